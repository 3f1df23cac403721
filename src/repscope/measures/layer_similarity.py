"""Nearest neighbour layer similarity (NNLS): how many neighbours a sample keeps from one layer to another."""

from functools import lru_cache
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.errors import Mismatch
from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerView, PairMeasure
from repscope.measures._interval import JACKKNIFE, named_by, share_interval
from repscope.measures._overlap import shared_entries
from repscope.measures._score import Score
from repscope.measures._ties import exchangeable, tie_note
from repscope.neighbors import NeighborGraph


def layer_similarity(graph_a: NeighborGraph, graph_b: NeighborGraph) -> Score:
    """Mean over samples of |A ∩ B| / |A ∪ B|, A and B being a sample's neighbours in the two graphs.

    This is the Jaccard index of the two sets. It is not the share of neighbours kept, |A ∩ B| / k, which is
    greater: a Jaccard index of 1/3 is half of the neighbours kept. The share is in `details["kept"]`.

    Parameters
    ----------
    graph_a, graph_b : NeighborGraph
        The same n samples in the same order, with the same number k of neighbours: two layers of one
        network (intra) or of two (inter).

    Returns
    -------
    Score
        0 to 1. `per_sample`: the Jaccard index of each sample. `null`: its exact expectation for unrelated
        graphs, where |A ∩ B| is hypergeometric; about r / (2 − r), r = k / (n − 1). `details`: `n`, `k`, `kept`,
        `tied` rows (in either graph), `tie_low`, `tie_high` (how far ties leave the value open),
        `effective` (number of independent pairs that would have the same variance).

    Raises
    ------
    Mismatch
        If the graphs are of different numbers of samples or neighbours.

    Notes
    -----
    *Interval.* Rows share neighbours, so it comes from leaving each sample out, of the rows and of the
    lists of all others; in simulations it covers a fresh sample's mean in 94 to 99 of 100 cases.

    *Ties.* Where samples outside a list are exactly as far as its last entry, the order of the samples
    decided, and a layer may differ from itself once the samples are reordered. The interval is widened to
    every value that another choice could give (a bound: the samples that might come in are not known),
    except for a graph and itself, whose choices are the same.

    References
    ----------
    A. Hryniowski, A Representational Response Analysis Framework for Convolutional Neural Networks,
    PhD thesis, University of Waterloo (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> points = np.random.default_rng(0).normal(size=(200, 3))
    >>> graph, noisy = (neighbor_graph(x, k=10) for x in (points, points + 0.1))
    >>> layer_similarity(graph, noisy).value
    1.0
    >>> unrelated = neighbor_graph(points[::-1].copy(), k=10)
    >>> low, high = layer_similarity(graph, unrelated).interval
    >>> low < layer_similarity(graph, unrelated).null < high
    True
    """
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
    per_sample = both / (2 * k - both)
    value = float(np.mean(per_sample))
    same = bool(both.min() == k)
    if same:
        (low, high), effective = (1.0, 1.0), float(n)
    else:
        influence = _influence(graph_a.indices, graph_b.indices, shared, both, value)
        (low, high), effective = share_interval(value, influence, most=n * k)
    tied = (graph_a.tied > 0) | (graph_b.tied > 0)
    tie_low, tie_high = (0.0, 0.0) if _equal(graph_a, graph_b) else _left_open(graph_a, graph_b, tied, shared, both)
    rows = int(np.count_nonzero(tied))
    score = Score(
        measure="layer_similarity",
        value=value,
        interval=(max(0.0, low - tie_low), min(1.0, high + tie_high)),
        interval_method="exact: all lists are equal" if same else JACKKNIFE,
        null=chance_similarity(n, k),
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
    return with_effect(score, [graph_a, graph_b], layer_similarity, LayerSimilarity.bounds)


@lru_cache(maxsize=256)
def chance_similarity(n: int, k: int) -> float:
    """NNLS of unrelated graphs: the expectation of h / (2k − h), h hypergeometric (k of n − 1 drawn, k marked).

    >>> round(chance_similarity(1001, 100), 4), round(0.1 / (2 - 0.1), 4)
    (0.0529, 0.0526)
    """
    from scipy.stats import hypergeom

    both = np.arange(max(0, 2 * k - (n - 1)), k + 1)
    return float(np.sum(hypergeom.pmf(both, n - 1, k, k) * both / (2 * k - both)))


def _influence(
    first: Int[np.ndarray, "n k"],
    second: Int[np.ndarray, "n k"],
    shared: Bool[np.ndarray, "n k"],
    both: Int[np.ndarray, " n"],
    value: float,
) -> Float[np.ndarray, " n"]:
    """(n − 1)(value − value without sample i): its own row, and its entries in the lists of the others.

    A row with h shared entries among u = 2k − h loses, with an entry that both lists have, h/u − (h−1)/(u−1),
    and with one that only one has, h/u − h/(u−1) (a gain). A row left with no entries is counted as average.
    """
    k = first.shape[1]
    union = 2 * k - both
    per_sample = both / union
    left = np.maximum(union - 1, 1)
    loss_one = per_sample - both / left
    loss_both = per_sample - np.where(union > 1, (both - 1) / left, value)
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
    ratio = now / (2 * k - now)
    low = float(np.sum(ratio - least / (2 * k - least)) / n)
    high = float(np.sum(most / (2 * k - most) - ratio) / n)
    return low, high


@final
class LayerSimilarity(PairMeasure):
    """NNLS of every pair of layers."""

    name: ClassVar[str] = "layer_similarity"
    title: ClassVar[str] = "Nearest neighbour layer similarity"
    symbol: ClassVar[str] = "NNLS"
    summary: ClassVar[str] = (
        "How alike the neighbours of a sample are in two layers: 1 where every list is the same, at chance where "
        "the layers have nothing in common."
    )
    needs: ClassVar[frozenset[str]] = frozenset({"graph"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Hryniowski, PhD thesis, University of Waterloo (2024)"
    symmetric: ClassVar[bool] = True
    higher_means_closer: ClassVar[bool] = True

    def score(self, first: LayerView, second: LayerView) -> Score:
        """The NNLS of the two layers."""
        return layer_similarity(first.graph, second.graph)


measure = LayerSimilarity()
