"""Mutual k-nearest neighbours: which share of a sample's neighbours is the same in two layers."""

from typing import ClassVar, final

from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerView, PairMeasure
from repscope.measures._neighbor_sets import compared_sets, dice
from repscope.measures._score import Score
from repscope.neighbors import NeighborGraph


def mutual_neighbors(graph_a: NeighborGraph, graph_b: NeighborGraph) -> Score:
    """Mean over samples of |A ∩ B| / k, A and B being a sample's k neighbours in the two graphs.

    With h of k neighbours shared this is h / k where `layer_similarity` (the Jaccard index of the same sets) is
    h / (2k − h): the two rank pairs of layers nearly alike, and differ as numbers.

    Parameters
    ----------
    graph_a, graph_b : NeighborGraph
        The same n samples in the same order, with the same number k of neighbours.

    Returns
    -------
    Score
        0 to 1. `per_sample`: the share of each sample. `null`: k / (n − 1), its exact expectation for unrelated
        graphs. `details` as those of `layer_similarity`.

    Raises
    ------
    Mismatch
        If the graphs are of different numbers of samples or neighbours.
    BadInput
        If all samples are equal in one of the layers: it says nothing about another.

    Notes
    -----
    *Interval, ties.* As for `layer_similarity`: from leaving each sample out, and widened by what ties leave open.

    References
    ----------
    M. Huh, B. Cheung, T. Wang, P. Isola, The Platonic representation hypothesis, ICML 2024, section 2 (without
    their normalisation of features; normalise the points first where cosine is meant).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import mutual_neighbors, neighbor_graph
    >>> points = np.random.default_rng(0).normal(size=(200, 3))
    >>> graph, unrelated = (neighbor_graph(x, k=10) for x in (points, points[::-1].copy()))
    >>> mutual_neighbors(graph, graph).value
    1.0
    >>> print(mutual_neighbors(graph, unrelated))
    mutual_neighbors 0.041 [0.0285, 0.05865], chance 0.0503
    """
    score = compared_sets(graph_a, graph_b, "mutual_neighbors", dice, graph_a.k / (graph_a.n - 1))
    return with_effect(score, [graph_a, graph_b], mutual_neighbors, MutualNeighbors.bounds)


@final
class MutualNeighbors(PairMeasure):
    """Mutual k-NN of every pair of layers."""

    name: ClassVar[str] = "mutual_neighbors"
    title: ClassVar[str] = "Mutual nearest neighbours"
    symbol: ClassVar[str] = "mutual k-NN"
    summary: ClassVar[str] = "The share of a sample's neighbours in one layer that are its neighbours in the other."
    needs: ClassVar[frozenset[str]] = frozenset({"graph"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    default: ClassVar[bool] = False
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Huh et al., ICML 2024"
    symmetric: ClassVar[bool] = True
    higher_means_closer: ClassVar[bool] = True

    def score(self, first: LayerView, second: LayerView) -> Score:
        """The share of the two layers."""
        return mutual_neighbors(first.graph, second.graph)


measure = MutualNeighbors()
