"""Neighbour density ratio (NDR): which share of the samples a neighbour list holds."""

from typing import ClassVar, final

from repscope.measures._approximation import UNCHANGED, said
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._score import Score
from repscope.neighbors import NeighborGraph


def neighbor_density_ratio(graph: NeighborGraph) -> Score:
    """The ratio k / n: class and layer similarity depend on k and n almost only through it.

    Compare such scores only between graphs of equal ratio. A layer does not change it, so `analyze` does not
    compute it unasked.

    References
    ----------
    A. Hryniowski, A Representational Response Analysis Framework for Convolutional Neural Networks,
    PhD thesis, University of Waterloo (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> neighbor_density_ratio(neighbor_graph(np.arange(10.0)[:, None], k=2)).value
    0.2
    """
    ratio = graph.density_ratio
    score = Score(
        measure="neighbor_density_ratio",
        value=ratio,
        interval=(ratio, ratio),
        interval_method="exact: a setting, not an estimate",
        details={"n": graph.n, "k": graph.k},
    )
    return said(score, [graph], UNCHANGED, NeighborDensityRatio.bounds)


@final
class NeighborDensityRatio(LayerMeasure):
    """NDR of every layer's graph."""

    name: ClassVar[str] = "neighbor_density_ratio"
    title: ClassVar[str] = "Neighbour density ratio"
    symbol: ClassVar[str] = "NDR"
    summary: ClassVar[str] = "Neighbours per sample over samples; the scale at which class and layer similarity look."
    needs: ClassVar[frozenset[str]] = frozenset({"graph"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    default: ClassVar[bool] = False
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Hryniowski, PhD thesis, University of Waterloo (2024)"

    def score(self, layer: LayerView) -> Score:
        """The graph's k / n."""
        return neighbor_density_ratio(layer.graph)


measure = NeighborDensityRatio()
