"""Two neighbour lists of every sample compared as sets: the mean, its interval, and what ties leave open."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.errors import BadInput, Mismatch
from repscope.measures._interval import JACKKNIFE, named_by, share_interval
from repscope.measures._overlap import shared_entries
from repscope.measures._score import Score
from repscope.measures._ties import exchangeable, tie_note
from repscope.neighbors import NeighborGraph

Index: TypeAlias = Callable[["Int[np.ndarray, ' m']", int], "Float[np.ndarray, ' m']"]
"""A similarity of two sets from h, what they share, and s, their sizes added up."""


def jaccard(shared: Int[np.ndarray, " m"], sizes: int) -> Float[np.ndarray, " m"]:
    """|A ∩ B| / |A ∪ B|.

    >>> jaccard(np.array([1, 2]), 4).tolist()
    [0.3333333333333333, 1.0]
    """
    similarity: Float[np.ndarray, " m"] = shared / (sizes - shared)
    return similarity


def dice(shared: Int[np.ndarray, " m"], sizes: int) -> Float[np.ndarray, " m"]:
    """2 |A ∩ B| / (|A| + |B|): for sets of the same size, the share of either that is in the other.

    >>> dice(np.array([1, 2]), 4).tolist()
    [0.5, 1.0]
    """
    similarity: Float[np.ndarray, " m"] = 2 * shared / sizes
    return similarity


def compared_sets(graph_a: NeighborGraph, graph_b: NeighborGraph, name: str, index: Index, chance: float) -> Score:
    """The mean over samples of an index of the two lists' similarity.

    Raises
    ------
    Mismatch
        If the graphs are of different numbers of samples or neighbours.
    BadInput
        If all samples are equal in one of the layers.
    """
    for which, graph in (("first", graph_a), ("second", graph_b)):
        if graph.constant:
            raise BadInput(
                f"all {graph.n:,} samples are equal in the {which} layer, each as near as any other: it says nothing about "
                "another layer; leave it out"
            )
    shared, both, per_sample = _compared(graph_a, graph_b, index)
    n, k = graph_a.n, graph_a.k
    value = float(np.mean(per_sample))
    same = bool(both.min() == k)
    if same:
        (low, high), effective = (1.0, 1.0), float(n)
    else:
        influence = _influence(graph_a.indices, graph_b.indices, shared, both, value, index)
        (low, high), effective = share_interval(value, influence, most=n * k)
    tied = (graph_a.tied > 0) | (graph_b.tied > 0)
    tie_low, tie_high = (
        (0.0, 0.0) if _equal(graph_a, graph_b) else _left_open(graph_a, graph_b, tied, shared, both, index)
    )
    rows = int(np.count_nonzero(tied))
    return Score(
        measure=name,
        value=value,
        interval=(max(0.0, low - tie_low), min(1.0, high + tie_high)),
        interval_method="exact: all lists are equal" if same else JACKKNIFE,
        null=chance,
        per_sample=per_sample,
        notes=tie_note(rows, n, tie_low, tie_high),
        details={
            "n": n,
            "k": k,
            "kept": float(np.mean(both) / k),
            "tied": rows,
            "tie_low": tie_low,
            "tie_high": tie_high,
            "effective": effective,
        },
    )


def mean_of_sets(graph_a: NeighborGraph, graph_b: NeighborGraph, index: Index) -> float:
    """The value of `compared_sets` alone, without the work of its interval; NaN where all samples of a layer are equal.

    Raises
    ------
    Mismatch
        If the graphs are of different numbers of samples or neighbours.
    """
    mean = float(np.mean(_compared(graph_a, graph_b, index)[2]))
    return float("nan") if graph_a.constant or graph_b.constant else mean


def _compared(
    graph_a: NeighborGraph, graph_b: NeighborGraph, index: Index
) -> tuple[Bool[np.ndarray, "n k"], Int[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Which entries of b's lists are in a's, how many of each row, and the index of each row."""
    n, k = graph_a.n, graph_a.k
    if graph_b.n != n:
        raise Mismatch(
            f"the graphs are of {n} and {graph_b.n} samples; expected the same samples in the same order: "
            "build both from the same data"
        )
    if graph_b.k != k:
        raise Mismatch(
            f"the graphs have {k} and {graph_b.k} neighbours per sample; expected the same number: "
            f"cut the longer one with graph.first({min(k, graph_b.k)})"
        )
    shared = shared_entries(graph_a.indices, graph_b.indices, n)
    both = np.count_nonzero(shared, axis=1)
    per_sample = index(both, 2 * k)
    return shared, both, per_sample


def _influence(
    first: Int[np.ndarray, "n k"],
    second: Int[np.ndarray, "n k"],
    shared: Bool[np.ndarray, "n k"],
    both: Int[np.ndarray, " n"],
    value: float,
    index: Index,
) -> Float[np.ndarray, " n"]:
    """(n − 1)(value − value without sample i): its own row, and its entries in the lists of the others.

    A row with h shared entries among s = 2k loses, with an entry that both lists have, f(h, s) − f(h − 1, s − 2), and
    with one that only one has, f(h, s) − f(h, s − 1) (a gain). A row left with no entries is counted as average.
    """
    k = first.shape[1]
    per_sample = index(both, 2 * k)
    loss_one = per_sample - (index(both, 2 * k - 1) if k > 1 else np.minimum(both, 1.0))
    loss_both = per_sample - (index(both - 1, 2 * k - 2) if k > 1 else value)
    # A shared entry is met in both lists and has added 2 · loss_one when it should add loss_both.
    amend = loss_both - 2 * loss_one

    def in_second(rows: slice) -> Float[np.ndarray, "m k"]:
        weights: Float[np.ndarray, "m k"] = shared[rows] * amend[rows, None]
        weights += loss_one[rows, None]
        return weights

    influence: Float[np.ndarray, " n"] = per_sample - value + named_by(second, in_second)
    influence += named_by(first, lambda rows: np.repeat(loss_one[rows], k))
    return influence


def _equal(graph_a: NeighborGraph, graph_b: NeighborGraph) -> bool:
    """Whether the graphs are one and the same, so that ties were broken alike."""
    return graph_a is graph_b or (
        np.array_equal(graph_a.indices, graph_b.indices) and np.array_equal(graph_a.distances, graph_b.distances)
    )


def _left_open(
    graph_a: NeighborGraph,
    graph_b: NeighborGraph,
    tied: Bool[np.ndarray, " n"],
    shared: Bool[np.ndarray, "n k"],
    both: Int[np.ndarray, " n"],
    index: Index,
) -> tuple[float, float]:
    """By how much at most the mean could be lower or higher if ties were broken otherwise.

    Of a tied row every exchangeable entry may go and anything may come: a shared one that is exchangeable
    in either list may be lost, and one that is not shared may give way to a shared one.
    """
    rows = np.flatnonzero(tied)
    if not len(rows):
        return 0.0, 0.0
    n, k = graph_a.n, graph_a.k
    open_a, open_b = exchangeable(graph_a)[rows], exchangeable(graph_b)[rows]
    shared_b = shared[rows]
    shared_a = shared_entries(graph_b.indices[rows], graph_a.indices[rows], n)
    lost = np.count_nonzero(open_a & shared_a, axis=1) + np.count_nonzero(open_b & shared_b, axis=1)
    won = np.count_nonzero(open_a & ~shared_a, axis=1) + np.count_nonzero(open_b & ~shared_b, axis=1)
    now = both[rows]
    least, most = np.maximum(now - lost, 0), np.minimum(now + won, k)
    low = float(np.sum(index(now, 2 * k) - index(least, 2 * k)) / n)
    high = float(np.sum(index(most, 2 * k) - index(now, 2 * k)) / n)
    return low, high
