"""What a score says when a graph behind it is approximate: recall, effect on the value, and a wider interval."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.numbers import shown
from repscope.measures._effect import Effect, estimate_effect
from repscope.measures._score import Score
from repscope.neighbors import NeighborGraph
from repscope.neighbors._recall import Recall

LEAST = 30
"""Rows from which an effect is estimated."""

UNCHANGED = Effect(0.0, 0.0, 0.0)
"""Of graphs on what is not read from the lists."""


def with_effect(
    score: Score, graphs: Sequence[NeighborGraph], again: Callable[..., Score], bounds: tuple[float, float]
) -> Score:
    """The score as it is if all graphs are exact, or if it says already; else with what the approximation does to it.

    Parameters
    ----------
    score : Score
        From these graphs.
    graphs : sequence of NeighborGraph
        What it was computed from, exact ones among them or not.
    again : function
        The score from as many other graphs.
    bounds : (low, high)
        Least and greatest value of the measure.

    Returns
    -------
    Score
        With a note; `details` have `recall`, `recall_low`, `recall_high` (of the graph with the lowest) and, where it is
        known, `effect` (value from the approximate graphs minus value from exact ones), `effect_low`, `effect_high`.
        The interval holds what the exact graphs' may be; everything within bounds where the effect is not known.
    """
    if "recall" in score.details or all(graph.checked is None for graph in graphs):
        return score
    return said(score, graphs, _effect(score, graphs, again, bounds), bounds)


def said(score: Score, graphs: Sequence[NeighborGraph], effect: Effect | str, bounds: tuple[float, float]) -> Score:
    """The score with the note on approximate graphs and their effect, or why that is not known."""
    recalls = [found for graph in dict.fromkeys(graphs) if (found := graph.recall) is not None]
    if not recalls:
        return score
    worst = min(recalls, key=lambda found: found.value)
    details = {"recall": worst.value, "recall_low": worst.low, "recall_high": worst.high}
    low, high = score.interval
    if isinstance(effect, Effect):
        details |= {"effect": effect.value, "effect_low": effect.low, "effect_high": effect.high}
        interval = (
            max(min(low, bounds[0]), low - max(0.0, effect.high)),
            min(max(high, bounds[1]), high - min(0.0, effect.low)),
        )
    else:
        interval = (min(low, bounds[0]), max(high, bounds[1]))
    return replace(
        score,
        interval=interval,
        interval_method=f"{score.interval_method}; widened by the effect of approximate graphs",
        notes=(*score.notes, f"{_what_it_has(recalls, len(set(graphs)))}; {_what_it_does(effect)}"),
        details={**score.details, **details},
    )


def _what_it_has(recalls: Sequence[Recall], graphs: int) -> str:
    shares = " and ".join(f"{100 * recall.value:.3g} %" for recall in recalls)
    measured = "; ".join(map(str, recalls))
    if len(recalls) > 1:
        what = "the graphs are approximate: they have"
    else:
        what = f"{'the graph' if graphs == 1 else 'one of the graphs'} is approximate: it has"
    return f"{what} {shares} of the true nearest neighbours ({measured})"


def _what_it_does(effect: Effect | str) -> str:
    if isinstance(effect, str):
        return f"what is missed may change this value by anything, and its interval says so: {effect}"
    if effect == UNCHANGED:
        return "what is missed does not change this value"
    return (
        f"what is missed changes this value by {shown(effect.value, '+.2g')} (95 % interval {shown(effect.low, '+.2g')} to {shown(effect.high, '+.2g')}, from "
        "the same rows), and the score's interval includes that"
    )


def _effect(
    score: Score, graphs: Sequence[NeighborGraph], again: Callable[..., Score], bounds: tuple[float, float]
) -> Effect | str:
    """The effect, or why it is not known."""
    own = score.per_sample
    summary = score.summary if score.summary is not None else _mean
    if own is None or not np.isclose(summary(own[~np.isnan(own)]), score.value, rtol=1e-9, atol=1e-12):
        return "the measure does not say how it comes from values of single samples"
    mended = {id(graph): graph.with_exact_rows() for graph in graphs}
    exact = again(*(mended[id(graph)] for graph in graphs)).per_sample
    if exact is None or exact.shape != own.shape:
        return "the measure gives no value for each sample"
    changed = (own != exact) & ~(np.isnan(own) & np.isnan(exact))
    if len(mended) == 1 < len(graphs) and not changed.any():
        return UNCHANGED  # a layer and itself, whatever the lists
    drawn = [graph.checked.rows for graph in graphs if graph.checked is not None]
    if np.delete(changed, reduce(np.union1d, drawn)).any():
        return "the values of single samples depend on the lists of others as well"
    return _of_rows(own, exact, reduce(np.intersect1d, drawn), summary, score.value, bounds)


def _of_rows(
    own: Float[np.ndarray, " n"],
    exact: Float[np.ndarray, " n"],
    rows: Int[np.ndarray, " c"],
    summary: Callable[[Float[np.ndarray, " m"]], float],
    value: float,
    bounds: tuple[float, float],
) -> Effect | str:
    rows = rows[~np.isnan(own[rows]) & ~np.isnan(exact[rows])]
    n = int(np.count_nonzero(~np.isnan(own)))
    if len(rows) < min(LEAST, n):
        return f"only {len(rows)} rows were compared with exact ones in all graphs; expected {LEAST} or more: use the same seed"
    width = bounds[1] - bounds[0]
    # A group that lost all its nearest still has a value of the usual size: lists of others are not wilder than lists.
    largest = width if np.isfinite(width) else abs(value)
    try:
        found = estimate_effect(own[rows], exact[rows], summary, n, largest)
    except BadInput as error:
        return f"there is no value from the exact rows alone: {error}"
    return (
        found if np.isfinite([found.value, found.low, found.high]).all() else "it is not finite on the exact rows alone"
    )


def _mean(values: Float[np.ndarray, " m"]) -> float:
    return float(np.mean(values))
