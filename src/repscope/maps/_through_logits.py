"""Maps found from two classifiers alone: through the logits, without any data."""

from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Mismatch
from repscope.maps._embeddings import checked
from repscope.maps._linear_map import LinearMap
from repscope.maps._space import Space

CUTOFF = 1e-10
"""Singular values of the target's classifier below this share of the largest are taken for zero."""


def through_logits(
    weight_a: Any,
    bias_a: Any,
    weight_b: Any,
    bias_b: Any,
    centred: bool = True,
    source: Space | None = None,
    target: Space | None = None,
) -> LinearMap:
    """The map after which B's classifier gives A's logits: C_B (M f + m) + b_B = C_A f + b_A for every f.

    Parameters
    ----------
    weight_a, bias_a : (classes, dA), (classes,)
        C_A and b_A, the classifier of the source.
    weight_b, bias_b : (classes, dB), (classes,)
        Those of the target, for the same classes in the same order.
    centred : bool
        Whether a number that is the same for all classes may be added to the logits, which changes no prediction:
        M = (H C_B)⁺ H C_A with H = 1 − 11ᵀ / classes. Without, M = C_B⁺ C_A.
    source, target : Space, optional
        Names for the two spaces.

    Returns
    -------
    LinearMap
        `exact` says whether the logits are A's for every f (up to that number, if centred); `rank` and
        `smallest_singular_value` are those of (H) C_B above the cutoff. Where it is not exact, ``facts["missing"]`` is
        the share of A's classifier that no map can give.

    Raises
    ------
    BadInput
        If a matrix is not one, or not finite.
    Mismatch
        If the numbers of classes differ.

    Notes
    -----
    It is exact if C_B has full row rank (classes ≤ dB), and centred from dB = classes − 1 on. High accuracy after an
    exact map says nothing about how similar the features are: f_B is not looked at.

    Weight decay lets classifiers lose the direction common to all classes; through one that did, the plain
    pseudo-inverse was seen to agree on 89 % of the predictions, the centred one on all.

    References
    ----------
    D. McNeely-White and others, *Exploring the Interchangeability of CNN Embedding Spaces*, whose equations swap the
    networks once; this is what holds in the convention logits = C f + b.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> (ca, cb), (ba, bb) = rng.normal(size=(2, 10, 16)), rng.normal(size=(2, 10))
    >>> found = through_logits(ca, ba, cb, bb, centred=False)
    >>> f = rng.normal(size=(5, 16))
    >>> bool(np.allclose(found.apply(f) @ cb.T + bb, f @ ca.T + ba)), found.exact
    (True, True)
    """
    ca, ba = _classifier(weight_a, bias_a, "A")
    cb, bb = _classifier(weight_b, bias_b, "B")
    if len(ca) != len(cb):
        background = ", one of them with a background class?" if abs(len(ca) - len(cb)) == 1 else ";"
        raise Mismatch(
            f"the classifier of A has {len(ca)} classes and that of B {len(cb)}{background} align their outputs first: "
            "the same classes in the same order"
        )
    wanted, offset, onto = ca, ba - bb, cb
    if centred:
        wanted, offset, onto = (m - m.mean(axis=0) for m in (ca, offset, cb))
    u, s, vt = np.linalg.svd(onto, full_matrices=False)
    kept = s > CUTOFF * s[0]
    if not kept.any():
        raise BadInput("the classifier of B gives all classes the same logits; no map can go through it")
    u, s, vt = u[:, kept], s[kept], vt[kept]
    weight, bias = (vt.T / s) @ (u.T @ wanted), (vt.T / s) @ (u.T @ offset)
    both = np.concatenate([wanted, offset[:, None]], axis=1)
    left = np.concatenate([onto @ weight, (onto @ bias)[:, None]], axis=1) - both
    missing = float(np.linalg.norm(left) / (np.linalg.norm(both) or 1.0))
    return LinearMap(
        weight,
        bias,
        source or Space("A", ca.shape[1]),
        target or Space("B", cb.shape[1]),
        {
            "kind": "through the logits",
            "centred": centred,
            "classes": len(ca),
            "rank": int(kept.sum()),
            "smallest_singular_value": float(s[-1]),
            "cutoff": CUTOFF,
            "exact": missing < 1e-10,
            "missing": missing,
        },
    )


def logit_exact(
    least_squares_map: LinearMap, weight_a: Any, bias_a: Any, weight_b: Any, bias_b: Any, centred: bool = True
) -> LinearMap:
    """Among all maps that keep A's logits, the one nearest to a fitted map: M = M_ls + C_B⁺ (C_A − C_B M_ls).

    Its error on the features lies between those of the fitted and of the analytic map. The distance to the fitted
    one says how much of a hybrid's accuracy is not owed to alike features.

    Parameters
    ----------
    least_squares_map : LinearMap
        From A to B.
    weight_a, bias_a, weight_b, bias_b : as in `through_logits`
    centred : bool
        As there.

    Returns
    -------
    LinearMap
        With `exact` as in `through_logits`.

    Raises
    ------
    Mismatch
        If the classifiers are not those of the map's two spaces, by their dimensions.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> (ca, cb), (ba, bb) = rng.normal(size=(2, 10, 16)), rng.normal(size=(2, 10))
    >>> fitted = LinearMap(np.eye(16), np.zeros(16), Space("A", 16), Space("B", 16))
    >>> f = rng.normal(size=(5, 16))
    >>> mapped = logit_exact(fitted, ca, ba, cb, bb, centred=False).apply(f)
    >>> bool(np.allclose(mapped @ cb.T + bb, f @ ca.T + ba))
    True
    """
    given = least_squares_map
    sides = [np.shape(weight_a)[-1], np.shape(weight_b)[-1]]
    if sides != [given.source.dimension, given.target.dimension]:
        raise Mismatch(
            f"the classifiers take {sides[0]} and {sides[1]} dimensions; the map goes from {given.source} to {given.target}"
        )
    # what is missing from the logits is itself a map through them: from C_A − C_B M_ls, and as much of the offset
    cb, bb = _classifier(weight_b, bias_b, "B")
    ca, ba = _classifier(weight_a, bias_a, "A")
    rest = through_logits(
        ca - cb @ given.weight, ba - (cb @ given.bias + bb), cb, np.zeros_like(bb), centred, given.source, given.target
    )
    whole = through_logits(ca, ba, cb, bb, centred, given.source, given.target)
    facts = {**whole.facts, "kind": "logit-exact, nearest to " + str(given.facts.get("kind", "a map"))}
    return LinearMap(
        given.weight + rest.weight, given.bias + rest.bias, given.source, given.target, facts, given.profiles
    )


def _classifier(
    weight: Any, bias: Any, which: str
) -> tuple[Float[np.ndarray, "classes d"], Float[np.ndarray, " classes"]]:
    matrix = checked(weight, f"the weights of the classifier of {which}").astype(np.float64)
    offset = checked(np.reshape(bias, (1, -1)), f"the biases of the classifier of {which}").astype(np.float64)[0]
    if len(offset) != len(matrix):
        raise BadInput(
            f"the classifier of {which} has weights for {len(matrix)} classes and {len(offset)} biases; expected as many"
        )
    return matrix, offset
