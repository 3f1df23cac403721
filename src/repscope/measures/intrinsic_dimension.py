"""Intrinsic dimension: in how many directions the samples of a layer spread, locally."""

from typing import ClassVar, Literal, final, get_args

from repscope.core.errors import BadInput
from repscope.measures._approximation import with_effect
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._estimates import Estimate, by_censored_likelihood, by_fit, by_gride, by_likelihood
from repscope.measures._ratios import Ratios, ratios
from repscope.measures._saturation import LARGEST, gaussian_dimension
from repscope.measures._score import Score
from repscope.neighbors import NeighborGraph

Estimator = Literal["two_nn", "two_nn_fit", "two_nn_censored", "gride"]


def intrinsic_dimension(
    graph: NeighborGraph,
    estimator: Estimator = "two_nn",
    *,
    discarded: float = 0.1,
    censored: float = 0.1,
    order: int = 1,
    outliers: Literal["cut", "keep"] = "cut",
) -> Score:
    """Intrinsic dimension of the samples from the distances to their nearest neighbours.

    Parameters
    ----------
    graph : NeighborGraph
        With k ≥ 2 (k ≥ 2·order for ``"gride"``).
    estimator : str
        ``"two_nn"``: maximum likelihood, (m − 1) / Σ ln(r2/r1).
        ``"two_nn_fit"``: Facco's line through the origin, with the largest ratios left out.
        ``"two_nn_censored"``: maximum likelihood that counts the largest ratios only as "at least so
        large"; use it where the tail is not trusted.
        ``"gride"``: maximum likelihood from r_2k / r_k, k being the order: the dimension at a larger
        scale, see `gride_curve`.
    discarded : float
        Share of the largest ratios that ``"two_nn_fit"`` leaves out, above 0.
    censored : float
        Share of the largest ratios that ``"two_nn_censored"`` censors.
    order : int
        k of ``"gride"``; 1 looks at the same ratios as TwoNN.
    outliers : str
        Whether ``"gride"`` leaves out extreme ratios as the reference implementations do (``"cut"``,
        counted and noted), or not (``"keep"``).

    Returns
    -------
    Score
        `per_sample` holds ln(r_2k/r_k), with NaN for samples that equal an earlier one. There is no null.
        `details`: `n`, `samples` (distinct ones), `copies` taken out, `tied` (ratios of exactly 1), `order`,
        `distance` (mean of the larger distance: the scale), `inflation` (by which the variance exceeds that
        of independent ratios), `gaussian` (the dimension of the isotropic gaussian that gives this reading
        with as many samples).

    Raises
    ------
    BadInput
        If the estimator is unknown, a parameter does not fit, fewer than 3 samples are distinct, the
        graph has too few neighbours, or all ratios are 1.

    Notes
    -----
    *Interval.* Neighbours share distances, so the ratios are not independent, and the textbook interval
    (2 m d / d̂ is chi-squared with 2 m degrees of freedom) covers the truth in 87 to 90 of 100 uniform
    samples instead of 95. The degrees of freedom are therefore divided by the inflation of the variance,
    estimated from the graph.

    *Saturation.* With n samples no estimator of this kind tells apart high dimensions: 70 read 39 at
    n = 1,000. What an isotropic gaussian of each dimension reads at this n is computed
    (`_saturation.expected_reading`); when the gaussian with this reading has a dimension above the interval,
    the shortfall is greater than the uncertainty, and a note says so: the value is then a lower bound.

    References
    ----------
    E. Facco, M. d'Errico, A. Rodriguez, A. Laio, Sci. Rep. 7, 12140 (2017).
    F. Denti, D. Doimo, A. Laio, A. Mira, Sci. Rep. 12, 20005 (2022).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> square = np.random.default_rng(0).random((500, 2)) @ np.array([[1.0, 0, 1], [0, 1, 1]])
    >>> score = intrinsic_dimension(neighbor_graph(square, k=2))
    >>> score.interval[0] < 2 < score.interval[1]
    True
    """
    if estimator not in get_args(Estimator):
        raise BadInput(f"there is no estimator {estimator!r}; known: {', '.join(map(repr, get_args(Estimator)))}")
    if outliers not in ("cut", "keep"):
        raise BadInput(f"outliers = {outliers!r} asked for; expected 'cut' or 'keep'")
    found = ratios(graph, order if estimator == "gride" else 1)
    if estimator == "two_nn":
        estimate = by_likelihood(found)
    elif estimator == "two_nn_censored":
        estimate = by_censored_likelihood(found, censored)
    elif estimator == "two_nn_fit":
        estimate = by_fit(found, discarded)
    else:
        estimate = by_gride(found, outliers)
    like = gaussian_dimension(estimate.value, len(found.log), found.order)
    details = {
        "n": graph.n,
        "samples": len(found.log),
        "copies": found.copies,
        "tied": found.tied,
        "order": found.order,
        "distance": found.distance,
        "gaussian": like,
        **estimate.details,
    }
    score = Score(
        measure="intrinsic_dimension",
        value=estimate.value,
        interval=(estimate.low, estimate.high),
        interval_method=estimate.method,
        per_sample=found.per_sample(),
        notes=(*_notes(found, estimate, like), *estimate.notes),
        details=details,
        summary=estimate.summary,
    )

    def again(other: NeighborGraph) -> Score:
        return intrinsic_dimension(
            other, estimator, discarded=discarded, censored=censored, order=order, outliers=outliers
        )

    return with_effect(score, [graph], again, IntrinsicDimension.bounds)


def gride_curve(graph: NeighborGraph, outliers: Literal["cut", "keep"] = "cut") -> tuple[Score, ...]:
    """The dimension over scale: Gride at the orders 1, 2, 4, 8 … that the graph's neighbours allow.

    A curve that is level over a range of scales is a dimension that can be trusted; one that falls from
    the first scale on shows noise at small distances, or saturation. `details["order"]` and
    `details["distance"]` of each score say the scale.

    Raises
    ------
    BadInput
        As `intrinsic_dimension`.

    References
    ----------
    F. Denti, D. Doimo, A. Laio, A. Mira, Sci. Rep. 12, 20005 (2022).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> square = np.random.default_rng(0).random((400, 2))
    >>> [round(score.value, 1) for score in gride_curve(neighbor_graph(square, k=9))]
    [2.0, 1.8, 2.0]
    """
    widest = max(1, graph.distinct().k // 2)
    orders = [2**i for i in range(widest.bit_length()) if 2**i <= widest]
    return tuple(intrinsic_dimension(graph, "gride", order=order, outliers=outliers) for order in orders)


def _notes(found: Ratios, estimate: Estimate, like: float) -> tuple[str, ...]:
    m = len(found.log)
    notes = []
    if found.copies:
        notes.append(f"{found.copies:,} of {found.n:,} samples are copies of others and were taken out")
    # Equal distances mean rounded features; they matter when leaving them out would leave the interval.
    if found.tied and estimate.value * (m - found.tied) / m < estimate.low:
        notes.append(
            f"the two distances are exactly equal for {found.tied:,} of {m:,} samples: features take few values, and the "
            "estimate reads too high"
        )
    if like > estimate.high:
        more = "more than " if like >= LARGEST else ""
        notes.append(
            f"saturated: with {m:,} samples {estimate.value:.3g} is also what an isotropic gaussian of {more}{like:.0f} dimensions "
            "reads; take it for a lower bound, and look how it grows with more samples and changes over the scale (gride_curve)"
        )
    return tuple(notes)


@final
class IntrinsicDimension(LayerMeasure):
    """TwoNN by maximum likelihood at every layer."""

    name: ClassVar[str] = "intrinsic_dimension"
    title: ClassVar[str] = "Intrinsic dimension"
    symbol: ClassVar[str] = "ID"
    summary: ClassVar[str] = (
        "In how many directions the samples spread around each other: high where a layer keeps much detail, "
        "low where it keeps little."
    )
    needs: ClassVar[frozenset[str]] = frozenset({"graph"})
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Facco, d'Errico, Rodriguez, Laio, Sci. Rep. 7, 12140 (2017)"

    def score(self, layer: LayerView) -> Score:
        """The layer's intrinsic dimension with the default estimator."""
        return intrinsic_dimension(layer.graph)


measure = IntrinsicDimension()
