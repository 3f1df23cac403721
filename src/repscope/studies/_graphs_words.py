"""What kinds of neighbour graph do to the scores, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.numbers import shown

DIRECTED, MUTUAL, EITHER, WITHIN = KINDS = ("directed", "intersection", "union", "radius")
SAME_ORDER = 0.95
"""Rank correlation from which two curves put the layers into the same order."""


def number(value: Any) -> Any:
    """The value of a score, or a number as it is."""
    return value["value"] if isinstance(value, Mapping) else value


def _curve(found: Sequence[Mapping[str, Any]], kind: str, key: str) -> Float[np.ndarray, " l"]:
    """A number by layer; NaN where there is none."""
    values = [number(here[kind].get(key)) for here in found]
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def signed(change: float) -> str:
    """A change with its sign; one that rounds to nothing has none.

    >>> signed(0.0123), signed(-0.0123), signed(-0.0004), signed(0.0004)
    ('+0.012', '-0.012', '0.000', '0.000')
    """
    return shown(change, "+.3f")


def said_changes(kind: str, layers: Sequence[str], k: int, found: Sequence[Mapping[str, Any]]) -> str:
    """What a kind of graph does to the numbers."""
    without, mean = _curve(found, kind, "without_neighbors"), _curve(found, kind, "mean")
    most = _curve(found, kind, "largest")
    text = f"By {kind} a sample has {mean.min():.3g} to {mean.max():.3g} neighbours in the mean over a layer (directed: {k}), {most.max():.0f} at most; "
    worst = int(np.argmax(without))
    if without.max() > 0:
        text += (
            f"{100 * without.mean():.2g} % of the samples have none ({100 * without.max():.2g} % at {layers[worst]})"
        )
    else:
        text += "none is without"
    parts = []
    for key, name in (
        ("class_similarity", "NNCS"),
        ("layer_similarity", "NNLS to the next layer"),
        ("hubness", "hubness"),
    ):
        apart = _curve(found, kind, key) - _curve(found, DIRECTED, key)
        if np.isfinite(apart).any():
            parts.append(
                f"{name} by {signed(np.nanmean(apart))} ({signed(np.nanmin(apart))} to {signed(np.nanmax(apart))})"
            )
    return f"{text}. In the mean over the layers it differs from the directed graph in {', in '.join(parts)}."


def said_lost(kind: str, found: Sequence[Mapping[str, Any]]) -> str:
    """Which samples a kind of graph loses."""
    at = [
        here[kind]["lost"] for here in found if here[kind]["lost"]["count"] and here[kind]["lost"]["near"] is not None
    ]
    if not at:
        return ""
    weights = [lost["count"] for lost in at]

    def mean(key: str) -> float:
        return float(np.average([lost[key] for lost in at], weights=weights))

    text = (
        f"The samples that are lost by {kind} lie {'' if mean('far') > mean('near') else 'no '}farther off: the distance of their "
        f"k-th neighbour is {mean('far'):.2f} times the median, that of the others {mean('near'):.2f}"
    )
    if at[0]["classes"] is None:
        return f"{text}."
    text += f"; of their neighbours in the directed graph {100 * mean('classes'):.0f} % are of their class, of the others' {100 * mean('others'):.0f} %"
    without = [(number(here[DIRECTED]["class_similarity"]), here[kind]["lost"]["others"]) for here in found]
    change = float(np.mean([others - usual for usual, others in without if others is not None]))
    return f"{text}. To leave them out changes NNCS by {signed(change)} in the mean over the layers; the rest comes from other lists."


def said_order(found: Sequence[Mapping[str, Any]]) -> str:
    """Whether the kinds of graph put the layers into one order of NNCS."""
    from scipy.stats import spearmanr

    usual = _curve(found, DIRECTED, "class_similarity")
    curves = {kind: _curve(found, kind, "class_similarity") for kind in KINDS[1:]}
    if len(usual) < 3 or any(not np.isfinite(c).all() or np.ptp(c) == 0 for c in (usual, *curves.values())):
        return ""
    rank = {kind: float(spearmanr(curve, usual).statistic) for kind, curve in curves.items()}
    told = ", ".join(f"{kind} {shown(r, '.2f')}" for kind, r in rank.items())
    if min(rank.values()) >= SAME_ORDER:
        return f"All kinds of graph put the layers into the same order of NNCS (rank correlation with the directed graph: {told})."
    return (
        f"The kinds of graph do not put the layers into one order of NNCS (rank correlation with the directed graph: {told}); layers "
        "whose intervals meet may change places by chance."
    )


def said_default(found: Sequence[Mapping[str, Any]]) -> str:
    """Why the directed graph is the default, if these figures bear it out."""
    lost = {kind: _curve(found, kind, "without_neighbors").max() for kind in (MUTUAL, WITHIN)}
    spread = _curve(found, EITHER, "largest").max() / _curve(found, DIRECTED, "largest").max()
    losing = [
        f"{kind} loses up to {100 * share:.2g} % of a layer's samples" for kind, share in lost.items() if share > 0
    ]
    uneven = f"union gives some samples {spread:.2g} times as many neighbours as others"
    if losing and spread > 1:
        return (
            f"This is why the directed graph is the default: {', '.join(losing)} and {uneven}; in the directed graph every sample has "
            "k neighbours, so that all count alike and chance is known."
        )
    return "These figures do not show a reason for the directed graph: no other kind loses samples or gives some more than others."
