"""Verification: do two images show the same identity? By distance, in one space or across two with a map between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.base import clone

from repscope.core.errors import BadInput, Mismatch
from repscope.core.scaling import scale_rows
from repscope.maps._embeddings import Embeddings, checked
from repscope.maps._estimator import MapEstimator
from repscope.maps._linear_map import LinearMap

DRAWS = 1000
"""Bootstrap draws of identities."""

PROTOCOLS = ("paper", "cross-fitted")


@final
@dataclass(frozen=True, eq=False)
class Verification:
    """How well pairs of the same identity are told from others.

    Attributes
    ----------
    accuracy : float
        Mean over the folds.
    deviation : float
        Standard deviation over the folds, as the papers print it. Folds are few, and images occur in many pairs: it is
        no interval.
    interval : (float, float)
        95 % interval of the accuracy, from a bootstrap over identities, maps and thresholds as they are.
    interval_method : str
    fold_accuracies, thresholds : (folds,) float64
        Distances below a fold's threshold are taken for the same identity.
    distances : (m,) float64
        1 − cosine of every pair, by the map of its fold, which was fitted without it.
    same : (m,) bool
    protocol : str
    notes : tuple of str
    """

    accuracy: float
    deviation: float
    interval: tuple[float, float]
    interval_method: str
    fold_accuracies: Float[np.ndarray, " folds"]
    thresholds: Float[np.ndarray, " folds"]
    distances: Float[np.ndarray, " m"]
    same: Bool[np.ndarray, " m"]
    protocol: str
    notes: tuple[str, ...] = ()
    _weights: Float[np.ndarray, "draws m"] = field(default_factory=lambda: np.empty((0, 0)), repr=False)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.accuracy:.2f} % ± {100 * self.deviation:.2f} [{100 * low:.2f}, {100 * high:.2f}]"

    def roc(self) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"]]:
        """False and true accept rates at every threshold, both rising from 0 to 1."""
        far, tar = _roc(self.distances, self.same, np.ones((1, len(self.same))))
        return far[0], tar[0]

    def tar_at_far(self, far: float) -> float:
        """Share of the pairs of the same identity that are accepted, where at most `far` of the others are.

        Raises
        ------
        BadInput
            If `far` is not between 0 and 1, or less than one of the other pairs.
        """
        others = int((~self.same).sum())
        if not 0 < far < 1 or far * others < 1:
            raise BadInput(
                f"the true accept rate at a false accept rate of {far!r} was asked for; {others} pairs of different "
                f"identities can tell rates from {1 / others:.2g} on"
            )
        return _accepted(*self.roc(), far)

    def tar_interval(self, far: float) -> tuple[float, float]:
        """95 % interval of `tar_at_far`, from the same bootstrap."""
        self.tar_at_far(far)
        return _percentiles([_accepted(*curve, far) for curve in zip(*self._curves, strict=True)])

    @property
    def equal_error_rate(self) -> float:
        """Where as large a share of the same identities is refused as of the others is accepted."""
        return _equal_error(*self.roc())

    @property
    def equal_error_interval(self) -> tuple[float, float]:
        """95 % interval of the equal error rate, from the same bootstrap."""
        return _percentiles([_equal_error(*curve) for curve in zip(*self._curves, strict=True)])

    @cached_property
    def _curves(self) -> tuple[Float[np.ndarray, "draws r"], Float[np.ndarray, "draws r"]]:
        return _roc(self.distances, self.same, self._weights)


def verify(
    x1: Any,
    x2: Any,
    same: Any,
    folds: Any,
    map: MapEstimator | LinearMap | None = None,
    protocol: str = "paper",
    identities: Any = None,
    seed: int = 0,
) -> Verification:
    """Tell pairs of the same identity from others by their distance, fold by fold.

    Parameters
    ----------
    x1, x2 : (m, d) and (m, e) arrays, or Embeddings
        Embeddings of the first and the second image of each pair, perhaps by two networks. They are normalised to unit
        length.
    same : (m,) bool
        Whether a pair is of one identity.
    folds : (m,) integers
        The fold of each pair; identities of different folds are different.
    map : MapEstimator, LinearMap or None
        From the first space to the second: a kind, fitted for each fold to the *matched* pairs of the others; a map that is
        there already; or none, where both are one space.
    protocol : "paper" or "cross-fitted"
        From which distances a fold's threshold is chosen, so that the accuracy on the other folds is greatest: the paper's
        are of the pairs that the map was fitted to, and smaller for that reason; cross-fitted, each other fold is measured
        by a map fitted without it.
    identities : (m, 2) array, optional
        Who is shown; then intervals are from a bootstrap over identities, and folds are checked. Without, over pairs.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Verification

    Raises
    ------
    BadInput
        If there are fewer than two folds, a fold lacks one kind of pair, a vector is zero, numbers are not finite, the
        protocol is unknown, or an identity is in several folds.
    Mismatch
        If lengths differ, the spaces have different dimensions and there is no map, or a map that is there already is of other
        spaces or would go backwards.

    References
    ----------
    G. Huang, M. Ramesh, T. Berg, E. Learned-Miller, *Labeled Faces in the Wild*, 2007, view 2. D. McNeely-White, B.
    Sattelberg, N. Blanchard, R. Beveridge, *Exploring the Interchangeability of CNN Embedding Spaces* (maps between matched
    pairs).

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> people = random.normal(size=(80, 8))
    >>> first = np.repeat(np.arange(80), 2)
    >>> same = np.tile([True, False], 80)
    >>> second = np.where(same, first, first // 8 * 8 + (first + 1) % 8)
    >>> x1, x2 = (people[who] + 0.3 * random.normal(size=(160, 8)) for who in (first, second))
    >>> found = verify(x1, x2, same, first // 8, identities=np.stack([first, second], axis=1))
    >>> found.accuracy > 0.9, found.interval[0] < found.accuracy
    (True, True)
    """
    if isinstance(map, LinearMap):
        _require_spaces(map, x1, x2)
    vectors = [x.vectors if isinstance(x, Embeddings) else x for x in (x1, x2)]
    first, second = (
        _unit(checked(x, what).astype(np.float64), what) for x, what in zip(vectors, ("x1", "x2"), strict=True)
    )
    matched, fold = np.asarray(same).astype(bool), np.asarray(folds)
    _check(first, second, matched, fold, map, protocol)
    who = None if identities is None else _disjoint(np.asarray(identities), fold)
    distances, thresholds, accuracies = np.empty(len(fold)), [], []
    numbers, notes = np.unique(fold), list[str]()
    for number in numbers.tolist():
        test = fold == number
        there = _fitted(map, first, second, matched & ~test, notes)
        distances[test] = _distance(there, first[test], second[test])
        if protocol == "paper" or not isinstance(map, MapEstimator):
            seen = ~test
            known = _distance(there, first[seen], second[seen])
        else:
            parts = [_left_out(map, first, second, matched, fold, number, g) for g in numbers.tolist() if g != number]
            seen = np.concatenate([rows for rows, _ in parts])
            known = np.concatenate([found for _, found in parts])
        thresholds.append(best_threshold(known, matched[seen]))
        accuracies.append(np.mean((distances[test] < thresholds[-1]) == matched[test]))
    per_fold = np.array(accuracies)
    right = (distances < np.array(thresholds)[np.searchsorted(numbers, fold)]) == matched
    weights = np.stack(list(_draws(who, matched, seed)))
    means = (weights * right).sum(axis=1) / weights.sum(axis=1)
    over = "identities" if who is not None else "pairs, which share images: give identities"
    return Verification(
        accuracy=float(per_fold.mean()),
        deviation=float(per_fold.std(ddof=1)),
        interval=_percentiles(list(means)),
        interval_method=f"bootstrap over {over}, {DRAWS} draws, maps and thresholds as they are",
        fold_accuracies=per_fold,
        thresholds=np.array(thresholds),
        distances=distances,
        same=matched,
        protocol=protocol,
        notes=tuple(dict.fromkeys(notes)),
        _weights=weights,
    )


def best_threshold(distances: Float[np.ndarray, " m"], same: Bool[np.ndarray, " m"]) -> float:
    """The threshold of the greatest accuracy: exact, in the middle of the gap it lies in; of several, the widest gap's.

    >>> best_threshold(np.array([0.1, 0.2, 0.6, 0.9]), np.array([True, True, False, False]))
    0.4
    """
    order = np.argsort(distances, kind="stable")
    d, s = distances[order], same[order]
    # right if the first i are accepted: the same among them, the others among the rest
    right = (
        np.concatenate([[0], np.cumsum(s)])
        + np.concatenate([[0], np.cumsum(~s)])[-1]
        - np.concatenate([[0], np.cumsum(~s)])
    )
    edges = np.concatenate([[d[0] - 1e-9], d, [d[-1] + 1e-9]])
    low, high = edges[:-1], edges[1:]
    usable = high > low  # between equal distances there is no threshold
    right = np.where(usable, right, -1)
    best = np.flatnonzero(right == right.max())
    widest = best[np.argmax((high - low)[best])]
    return float((low[widest] + high[widest]) / 2)


def _require_spaces(there: LinearMap, x1: Any, x2: Any) -> None:
    """Refuse a map that is of other spaces, or would be applied backwards."""
    for x, require in ((x1, there.require_source), (x2, there.require_target)):
        if isinstance(x, Embeddings):
            require(x.space)
    if not isinstance(x1, Embeddings):
        there.apply(x1)


def _check(
    first: Float[np.ndarray, "m d"],
    second: Float[np.ndarray, "m e"],
    same: Bool[np.ndarray, " m"],
    folds: Int[np.ndarray, " m"],
    there: MapEstimator | LinearMap | None,
    protocol: str,
) -> None:
    if protocol not in PROTOCOLS:
        raise BadInput(f"the protocol {protocol!r} was asked for; expected 'paper' or 'cross-fitted'")
    lengths = (len(first), len(second), len(same), len(folds))
    if len(set(lengths)) > 1:
        raise Mismatch(f"there are {lengths} first and second embeddings, same and folds; expected as many of each")
    if there is None and first.shape[1] != second.shape[1]:
        raise Mismatch(
            f"the first embeddings have {first.shape[1]} dimensions and the second {second.shape[1]}; without a map between "
            "them they have to be of one space: give one, for example map=Ridge(1.0)"
        )
    numbers = np.unique(folds)
    lacking = [int(n) for n in numbers if len(np.unique(same[folds == n])) < 2]
    if len(numbers) < 2 or lacking:
        what = f"fold {lacking[0]} has pairs of one kind only" if lacking else f"there is {len(numbers)} fold"
        raise BadInput(f"{what}; expected two or more folds, each with pairs of the same and of different identities")
    if protocol == "cross-fitted" and isinstance(there, MapEstimator) and len(numbers) < 3:
        raise BadInput(
            "there are 2 folds; the cross-fitted protocol needs three or more: one to be tested, one to choose the threshold "
            "by, one to fit the map to"
        )


def _disjoint(identities: np.ndarray, folds: Int[np.ndarray, " m"]) -> Int[np.ndarray, "m 2"]:
    """Identities as numbers; refused if one is in several folds."""
    if identities.shape != (len(folds), 2):
        raise Mismatch(
            f"identities have the shape {identities.shape}; expected ({len(folds)}, 2), those of both images"
        )
    names, numbers = np.unique(identities.reshape(-1), return_inverse=True)
    numbers = numbers.reshape(-1)
    where = np.repeat(folds, 2)
    low, high = np.full(len(names), np.iinfo(np.int64).max), np.full(len(names), np.iinfo(np.int64).min)
    np.minimum.at(low, numbers, where)
    np.maximum.at(high, numbers, where)
    both = np.flatnonzero(low < high)
    if len(both):
        one = both[0]
        raise BadInput(
            f"{len(both)} of {len(names)} identities are in several folds, such as {str(names[one])!r} in {low[one]} and "
            f"{high[one]}: what is learnt from a fold would be tested on the same people; divide the identities first"
        )
    return numbers.reshape(-1, 2)


def _fitted(
    there: MapEstimator | LinearMap | None,
    first: Float[np.ndarray, "m d"],
    second: Float[np.ndarray, "m e"],
    rows: Bool[np.ndarray, " m"],
    notes: list[str],
) -> LinearMap | None:
    if not isinstance(there, MapEstimator):
        return there
    found: LinearMap = clone(there).fit(first[rows], second[rows]).map_
    notes += found.facts.get("notes", [])
    return found


def _left_out(
    there: MapEstimator,
    first: Float[np.ndarray, "m d"],
    second: Float[np.ndarray, "m e"],
    same: Bool[np.ndarray, " m"],
    folds: Int[np.ndarray, " m"],
    test: int,
    out: int,
) -> tuple[Int[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """Distances of one training fold by a map that has seen neither it nor the test fold."""
    found = _fitted(there, first, second, same & (folds != test) & (folds != out), [])
    rows = np.flatnonzero(folds == out)
    return rows, _distance(found, first[rows], second[rows])


def _distance(
    there: LinearMap | None, first: Float[np.ndarray, "m d"], second: Float[np.ndarray, "m e"]
) -> Float[np.ndarray, " m"]:
    mapped = first if there is None else there.apply(first, sure=True)
    mapped = scale_rows(mapped)
    lengths = np.linalg.norm(mapped, axis=1)
    cosine = (mapped * second).sum(axis=1) / np.where(
        lengths > 0, lengths, 1.0
    )  # what is mapped to nothing is far away
    distance: Float[np.ndarray, " m"] = 1 - cosine
    return distance


def _unit(vectors: Float[np.ndarray, "m d"], what: str) -> Float[np.ndarray, "m d"]:
    vectors = scale_rows(vectors)
    lengths = np.linalg.norm(vectors, axis=1)
    if not lengths.all():
        raise BadInput(
            f"{int((lengths == 0).sum())} of {len(vectors)} vectors of {what} are zero, the first is row "
            f"{int(np.argmin(lengths))}: they cannot be normalised to unit length"
        )
    unit: Float[np.ndarray, "m d"] = vectors / lengths[:, None]
    return unit


def _draws(
    who: Int[np.ndarray, "m 2"] | None, same: Bool[np.ndarray, " m"], seed: int
) -> Iterator[Float[np.ndarray, " m"]]:
    """Weights of pairs when identities are drawn again: a pair of two counts as often as both are drawn together."""
    generator = np.random.default_rng(seed)
    count = len(same) if who is None else int(who.max()) + 1
    made = 0
    while made < DRAWS:
        times = np.bincount(generator.integers(0, count, count), minlength=count).astype(float)
        if who is not None:
            times = np.where(who[:, 0] == who[:, 1], times[who[:, 0]], times[who[:, 0]] * times[who[:, 1]])
        if times[same].any() and times[~same].any():  # few identities may leave no pair of a kind
            made += 1
            yield times


def _roc(
    distances: Float[np.ndarray, " m"], same: Bool[np.ndarray, " m"], weights: Float[np.ndarray, "draws m"]
) -> tuple[Float[np.ndarray, "draws r"], Float[np.ndarray, "draws r"]]:
    """False and true accept rates at all thresholds, for each row of weights."""
    order = np.argsort(distances, kind="stable")
    last = np.append(np.diff(distances[order]) > 0, True)  # pairs of one distance are accepted together
    curves = []
    for kind in (~same, same):
        passed = np.cumsum((weights * kind)[:, order], axis=1)
        share = passed[:, last] / passed[:, -1:]
        curves.append(np.concatenate([np.zeros((len(weights), 1)), share], axis=1))
    return curves[0], curves[1]


def _accepted(far: Float[np.ndarray, " r"], tar: Float[np.ndarray, " r"], most: float) -> float:
    return float(tar[np.searchsorted(far, most * (1 + 1e-12), side="right") - 1])


def _equal_error(far: Float[np.ndarray, " r"], tar: Float[np.ndarray, " r"]) -> float:
    """Where far = 1 − tar, on the line between the two thresholds about it."""
    difference = far - (1 - tar)
    after = int(np.argmax(difference >= 0))
    before = max(after - 1, 0)
    step = difference[after] - difference[before]
    share = 0.0 if step <= 0 else -difference[before] / step
    return float(far[before] + share * (far[after] - far[before]))


def _percentiles(values: list[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
