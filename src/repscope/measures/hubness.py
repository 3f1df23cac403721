"""Hubness: whether a few samples are neighbours of very many others, and many of none."""

from typing import ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._interval import Z95, jackknife_error
from repscope.measures._score import Score
from repscope.neighbors import NeighborGraph


def hubness(graph: NeighborGraph) -> Score:
    """Skewness of the in-degree: of how many lists each sample is in.

    Every sample has k neighbours, but is the neighbour of as many as happen to be near it. In spaces of high intrinsic
    dimension the in-degree grows a long tail of hubs, and many samples are nobody's neighbour.

    Parameters
    ----------
    graph : NeighborGraph
        n samples with k neighbours each.

    Returns
    -------
    Score
        About 0 where in-degrees are symmetric about k, several where there are hubs. `per_sample`: the in-degree.
        `null`: what lists drawn at random would give (binomial). `details`: `n`, `k`, `largest` in-degree, `orphans` (share
        of samples that are in no list), `in_hubs` (share of all entries that name one of the hubs, samples in more than 2k
        lists), `tied` rows.

    Notes
    -----
    *Interval.* From leaving each sample's in-degree out, in-degrees counted as independent.

    References
    ----------
    M. Radovanović, A. Nanopoulos, M. Ivanović, JMLR 11 (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> generator = np.random.default_rng(0)
    >>> low, high = (hubness(neighbor_graph(generator.normal(size=(500, d)), k=10)) for d in (2, 100))
    >>> low.value < 0.5 < 2 < high.value
    True
    """
    n, k = graph.n, graph.k
    degrees = np.bincount(graph.indices.reshape(-1), minlength=n).astype(np.float64)
    value = skewness(degrees)
    half = Z95 * jackknife_error(skewness_without_each(degrees))
    p = k / (n - 1)
    spread = np.sqrt((n - 1) * p * (1 - p))
    score = Score(
        measure="hubness",
        value=value,
        interval=(value - half, value + half),
        interval_method="analytic, delete-one jackknife over in-degrees",
        null=float((1 - 2 * p) / spread) if spread > 0 else 0.0,
        per_sample=degrees,
        notes=_note(graph.ties, n),
        details={
            "n": n,
            "k": k,
            "largest": float(degrees.max()),
            "orphans": float(np.mean(degrees == 0)),
            "in_hubs": float(degrees[degrees > 2 * k].sum() / (n * k)),
            "tied": graph.ties,
        },
        summary=skewness,
    )
    return with_effect(score, [graph], hubness, Hubness.bounds)


def skewness(values: Float[np.ndarray, " m"]) -> float:
    """The third central moment over the standard deviation cubed; 0 where all are equal.

    >>> skewness(np.array([0.0, 0.0, 0.0, 4.0]))
    1.1547005383792515
    """
    apart = values - values.mean()
    variance = float(np.mean(apart**2))
    return float(np.mean(apart**3)) / variance**1.5 if variance > 0 else 0.0


def _note(tied: int, n: int) -> tuple[str, ...]:
    if not tied:
        return ()
    return (
        f"{tied:,} of {n:,} samples have neighbours at exactly equal distances, among which the order of the samples decided; "
        "in another order in-degrees are others, by how much is not known",
    )


def skewness_without_each(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """The skewness with each value left out, from the sums of powers."""
    n = len(values) - 1
    shifted = values - values.mean()
    first, second, third = (np.sum(shifted**power) - shifted**power for power in (1, 2, 3))
    mean = first / n
    variance = np.maximum(second / n - mean**2, 0.0)
    moment = third / n - 3 * mean * second / n + 2 * mean**3
    without: Float[np.ndarray, " n"] = np.zeros(len(values))
    np.divide(moment, variance**1.5, out=without, where=variance > 1e-12)
    return without


@final
class Hubness(LayerMeasure):
    """Hubness of every layer's graph."""

    name: ClassVar[str] = "hubness"
    title: ClassVar[str] = "Hubness"
    symbol: ClassVar[str] = "S(N_k)"
    summary: ClassVar[str] = (
        "Whether a few samples are neighbours of very many others: near 0 where all are about equally often, several "
        "where there are hubs."
    )
    needs: ClassVar[frozenset[str]] = frozenset({"graph"})
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), float("inf"))
    default: ClassVar[bool] = False
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Radovanović et al., JMLR 11 (2010)"

    def score(self, layer: LayerView) -> Score:
        """The hubness of the layer's graph."""
        return hubness(layer.graph)


measure = Hubness()
