"""Nearest neighbour class similarity (NNCS): how many of a sample's neighbours are of its own class."""

from typing import Any, ClassVar, final

import numpy as np

from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._interval import JACKKNIFE, named_by, share_interval
from repscope.measures._labels import class_codes
from repscope.measures._score import Score
from repscope.measures._ties import exchangeable, tie_note
from repscope.neighbors import NeighborGraph


def class_similarity(graph: NeighborGraph, labels: Any) -> Score:
    """Share of pairs (sample, one of its k neighbours) in which both are of one class.

    Parameters
    ----------
    graph : NeighborGraph
        n samples with k neighbours each.
    labels : (n,) array, tensor or sequence of whole numbers or texts
        The class of each sample.

    Returns
    -------
    Score
        0 to 1. `per_sample`: the share among each sample's own neighbours. `null`: what shuffled labels give,
        the mean over samples of (n_c − 1) / (n − 1), n_c being the size of the sample's class. `details`:
        `n`, `k`, `classes`, `tied` rows, `tie_low` and `tie_high` (how far ties leave the value open),
        `effective` (number of independent pairs that would have the same variance).

    Raises
    ------
    BadInput
        If there are no labels, not one per sample, not classes, or only one class.

    Notes
    -----
    Labels and neighbours are shared between rows, so the per-sample values are not independent; the
    interval comes from leaving each sample out, of the rows and of the lists of all others, and in
    simulations covers a fresh sample's mean in 95 to 99 of 100 cases. It is then widened by what ties leave open.

    References
    ----------
    A. Hryniowski, A Representational Response Analysis Framework for Convolutional Neural Networks,
    PhD thesis, University of Waterloo (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> graph = neighbor_graph(np.array([[0.0], [1.0], [2.1], [10.0], [11.0]]), k=2)
    >>> score = class_similarity(graph, [0, 0, 0, 1, 1])
    >>> score.value, score.null
    (0.8, 0.4)
    """
    n, k = graph.n, graph.k
    codes, counts = class_codes(labels, n, "class_similarity")
    agree = codes[graph.indices] == codes[:, None]
    agreeing = np.count_nonzero(agree, axis=1)
    per_sample = agreeing / k
    value = float(agreeing.sum() / (n * k))
    # (n − 1)(value − value without sample i): its own row, and its entry in the lists that name it. A list of
    # one entry that loses it is counted as average.
    expected, rest = (per_sample, k - 1) if k > 1 else (np.full(n, value), 1)
    influence = per_sample - value + named_by(graph.indices, lambda rows: (agree[rows] - expected[rows, None]) / rest)
    (low, high), effective = share_interval(value, influence, most=n * k)
    open_entries = exchangeable(graph)
    tie_low = float(np.count_nonzero(open_entries & agree) / (n * k))
    tie_high = float(np.count_nonzero(open_entries & ~agree) / (n * k))
    score = Score(
        measure="class_similarity",
        value=value,
        interval=(max(0.0, low - tie_low), min(1.0, high + tie_high)),
        interval_method=JACKKNIFE,
        null=float(np.sum(counts * (counts - 1)) / (n * (n - 1))),
        per_sample=per_sample,
        notes=tie_note(graph.ties, n, tie_low, tie_high),
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
    return with_effect(score, [graph], lambda other: class_similarity(other, labels), ClassSimilarity.bounds)


@final
class ClassSimilarity(LayerMeasure):
    """NNCS at every layer."""

    name: ClassVar[str] = "class_similarity"
    title: ClassVar[str] = "Nearest neighbour class similarity"
    symbol: ClassVar[str] = "NNCS"
    summary: ClassVar[str] = (
        "How many of a sample's nearest neighbours are of its own class: at chance where classes are mixed, "
        "1 where they are apart."
    )
    needs: ClassVar[frozenset[str]] = frozenset({"graph", "labels"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Hryniowski, PhD thesis, University of Waterloo (2024)"

    def score(self, layer: LayerView) -> Score:
        """The layer's NNCS."""
        return class_similarity(layer.graph, layer.labels)


measure = ClassSimilarity()
