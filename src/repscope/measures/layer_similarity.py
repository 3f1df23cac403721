"""Nearest neighbour layer similarity (NNLS): how many neighbours a sample keeps from one layer to another."""

from functools import lru_cache
from typing import ClassVar, final

import numpy as np

from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerView, PairMeasure
from repscope.measures._neighbor_sets import compared_sets, jaccard, mean_of_sets
from repscope.measures._score import Score
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
    BadInput
        If all samples are equal in one of the layers: it says nothing about another.

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
    score = compared_sets(graph_a, graph_b, "layer_similarity", jaccard, chance_similarity(graph_a.n, graph_a.k))
    return with_effect(score, [graph_a, graph_b], layer_similarity, LayerSimilarity.bounds)


def layer_similarity_value(graph_a: NeighborGraph, graph_b: NeighborGraph) -> float:
    """NNLS without its interval, for means over many pairs of networks; errors are those of `layer_similarity`.

    >>> from repscope import neighbor_graph
    >>> one, other = (neighbor_graph(np.random.default_rng(seed).normal(size=(50, 3)), k=5) for seed in (0, 1))
    >>> layer_similarity_value(one, other) == layer_similarity(one, other).value
    True
    """
    return mean_of_sets(graph_a, graph_b, jaccard)


@lru_cache(maxsize=256)
def chance_similarity(n: int, k: int) -> float:
    """NNLS of unrelated graphs: the expectation of h / (2k − h), h hypergeometric (k of n − 1 drawn, k marked).

    >>> round(chance_similarity(1001, 100), 4), round(0.1 / (2 - 0.1), 4)
    (0.0529, 0.0526)
    """
    from scipy.stats import hypergeom

    both = np.arange(max(0, 2 * k - (n - 1)), k + 1)
    return float(np.sum(hypergeom.pmf(both, n - 1, k, k) * both / (2 * k - both)))


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
