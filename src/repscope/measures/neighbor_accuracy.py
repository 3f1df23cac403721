"""k-NN classifier accuracy: how often a vote of the neighbours names the sample's own class."""

from functools import lru_cache
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.blocks import row_blocks
from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._interval import mutual_share, wilson
from repscope.measures._labels import class_codes
from repscope.measures._score import Score
from repscope.measures._ties import exchangeable, tie_note
from repscope.neighbors import NeighborGraph

_BUDGET = 2**26
_DRAWN_COUNTS = 1_000_000


def neighbor_accuracy(graph: NeighborGraph, labels: Any) -> Score:
    """Accuracy of a k-nearest-neighbour classifier, each sample classified by the others (leave-one-out).

    Each neighbour has one vote; of the classes with most votes the one with the nearest neighbour wins.

    Parameters
    ----------
    graph : NeighborGraph
        n samples with k neighbours each.
    labels : (n,) array, tensor or sequence of whole numbers or texts
        The class of each sample.

    Returns
    -------
    Score
        0 to 1. `per_sample`: 1.0 where the vote is right, 0.0 where it is wrong. `null`: the accuracy that
        shuffled labels give, by drawing lists of k + 1 labels from these class sizes (about the share of the
        largest class when classes are unequal and k is large). `details`: `n`, `k`, `classes`, `tied` rows,
        `tie_low`, `tie_high` (how far ties leave the value open), `effective` (samples, as the interval counts
        them).

    Raises
    ------
    BadInput
        If there are no labels, not one per sample, not classes, or only one class.

    Notes
    -----
    Two samples that vote for each other are right together more often than by chance: with k votes their
    correlation is up to about 1/k where votes are close, so all such pairs of a sample add up to the share of its
    neighbours that name it in turn, m. Wilson's interval is therefore taken with n / (1 + m) samples, and widened
    by what ties leave open.

    References
    ----------
    T. Cover, P. Hart, IEEE Trans. Inf. Theory 13 (1967). E. B. Wilson, J. Am. Stat. Assoc. 22 (1927).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> graph = neighbor_graph(np.array([[0.0], [1.0], [2.1], [10.0], [11.0], [12.1]]), k=2)
    >>> neighbor_accuracy(graph, [0, 0, 0, 1, 1, 1]).value
    1.0
    """
    n, k = graph.n, graph.k
    codes, counts = class_codes(labels, n, "neighbor_accuracy")
    right = np.empty(n, bool)
    surely, possibly = right.copy(), right.copy()
    open_entries = exchangeable(graph)
    for rows in row_blocks(n, 16 * (len(counts) + 2 * k), _BUDGET):
        classes, own = codes[graph.indices[rows]], codes[rows]
        right[rows] = _vote(classes, len(counts)) == own
        surely[rows], possibly[rows] = _whichever_is_first(
            classes, graph.distances[rows], own, right[rows], len(counts)
        )
        tied = np.flatnonzero(graph.tied[rows])
        if len(tied):
            outcomes = _whatever_comes(classes[tied], open_entries[rows][tied], own[tied], len(counts))
            surely[rows.start + tied], possibly[rows.start + tied] = outcomes
    tie_low = float(np.count_nonzero(right & ~surely) / n)
    tie_high = float(np.count_nonzero(~right & possibly) / n)
    value = float(right.mean())
    effective = n / (1 + mutual_share(graph.indices))
    low, high = wilson(value, effective)
    score = Score(
        measure="neighbor_accuracy",
        value=value,
        interval=(max(0.0, low - tie_low), min(1.0, high + tie_high)),
        interval_method="analytic, Wilson, samples that vote for each other counted as dependent",
        null=chance_accuracy(tuple(counts.tolist()), k),
        per_sample=right.astype(np.float64),
        notes=tie_note(int(np.count_nonzero((graph.tied > 0) | (surely != possibly))), n, tie_low, tie_high),
        details={
            "n": n,
            "k": k,
            "classes": len(counts),
            "tied": graph.ties,
            "tie_low": tie_low,
            "tie_high": tie_high,
            "effective": effective,
        },
    )
    return with_effect(score, [graph], lambda other: neighbor_accuracy(other, labels), NeighborAccuracy.bounds)


@lru_cache(maxsize=64)
def chance_accuracy(counts: tuple[int, ...], k: int) -> float:
    """The accuracy of the vote when labels have nothing to do with neighbours, for classes of these sizes.

    A sample and its k neighbours then are k + 1 labels drawn without replacement, any of which may be the
    sample's own. Taking one away from class c lets c win only if c led: alone if it still leads, else by a draw
    among those now equal. The mean of that over up to 20,000 drawn lists (fixed seed) has no other chance in it.
    With one or two neighbours the nearest decides, which is as often right as (n_c − 1) / (n − 1).

    >>> chance_accuracy((6, 5), 1)
    0.45...
    >>> chance_accuracy((900, 100), 25)  # the vote always names the large class
    0.8996...
    """
    if k <= 2:
        n = sum(counts)
        return sum(c * (c - 1) for c in counts) / (n * (n - 1))
    draws = max(1000, min(20_000, _DRAWN_COUNTS // len(counts)))
    drawn = np.random.default_rng(0).multivariate_hypergeometric(counts, k + 1, size=draws, method="marginals")
    drawn.sort(axis=1)
    lead, runner_up = drawn[:, -1], drawn[:, -2]
    equal = np.count_nonzero(drawn == runner_up[:, None], axis=1) + 1
    wins = np.select([lead - 1 > runner_up, lead - 1 == runner_up], [1.0, 1 / equal], 0.0)
    return float(np.mean(wins * lead / (k + 1)))


def _vote(classes: Int[np.ndarray, "m k"], count: int) -> Int[np.ndarray, " m"]:
    """The class with most votes in each row; of several, the one that comes first in the row."""
    votes = _tally(classes, slice(None), count)
    winner: Int[np.ndarray, " m"] = votes.argmax(axis=1)
    drawn = np.flatnonzero(np.count_nonzero(votes == votes.max(axis=1, keepdims=True), axis=1) > 1)
    strength = np.take_along_axis(votes[drawn], classes[drawn], axis=1)
    winner[drawn] = classes[drawn, strength.argmax(axis=1)]
    return winner


def _whichever_is_first(
    classes: Int[np.ndarray, "m k"],
    distances: Float[np.ndarray, "m k"],
    own: Int[np.ndarray, " m"],
    right: Bool[np.ndarray, " m"],
    count: int,
) -> tuple[Bool[np.ndarray, " m"], Bool[np.ndarray, " m"]]:
    """Whether the own class wins in every order of equally far neighbours, and whether it wins in some.

    The order matters where a vote is drawn and the nearest neighbours of the classes in question are equally far.
    """
    surely, possibly = right.copy(), right.copy()
    votes = _tally(classes, slice(None), count)
    drawn = np.flatnonzero(np.count_nonzero(votes == votes.max(axis=1, keepdims=True), axis=1) > 1)
    strength = np.take_along_axis(votes[drawn], classes[drawn], axis=1)
    leads = strength == strength.max(axis=1, keepdims=True)
    nearest = np.where(leads, distances[drawn], np.inf).min(axis=1, keepdims=True)
    first = leads & (distances[drawn] == nearest)
    ours = classes[drawn] == own[drawn, None]
    surely[drawn] = ~(first & ~ours).any(axis=1)
    possibly[drawn] = (first & ours).any(axis=1)
    return surely, possibly


def _whatever_comes(
    classes: Int[np.ndarray, "m k"], open_entries: Bool[np.ndarray, "m k"], own: Int[np.ndarray, " m"], count: int
) -> tuple[Bool[np.ndarray, " m"], Bool[np.ndarray, " m"]]:
    """Whether the own class wins whatever the exchangeable entries are, and whether it wins for some."""
    rows = np.arange(len(classes))
    free = np.count_nonzero(open_entries, axis=1)
    votes = _tally(classes, ~open_entries, count)
    ours = votes[rows, own]
    votes[rows, own] = -1
    theirs = votes.max(axis=1)
    return ours > theirs + free, ours + free >= theirs


def _tally(
    classes: Int[np.ndarray, "m k"], counted: Bool[np.ndarray, "m k"] | slice, count: int
) -> Int[np.ndarray, "m c"]:
    cells = np.arange(len(classes))[:, None] * count + classes
    return np.bincount(cells[counted].reshape(-1), minlength=len(classes) * count).reshape(len(classes), count)


@final
class NeighborAccuracy(LayerMeasure):
    """k-NN classifier accuracy at every layer."""

    name: ClassVar[str] = "neighbor_accuracy"
    title: ClassVar[str] = "k-NN classifier accuracy"
    symbol: ClassVar[str] = "k-NN"
    summary: ClassVar[str] = "How often a vote of a sample's nearest neighbours names its class."
    needs: ClassVar[frozenset[str]] = frozenset({"graph", "labels"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Cover, Hart, IEEE Trans. Inf. Theory 13 (1967)"

    def score(self, layer: LayerView) -> Score:
        """The layer's leave-one-out accuracy."""
        return neighbor_accuracy(layer.graph, layer.labels)


measure = NeighborAccuracy()
