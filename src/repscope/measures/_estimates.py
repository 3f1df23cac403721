"""From ratios of distances to a dimension with its interval, by each estimator.

Samples that are each other's neighbours share distances, so their ratios are not independent. For data of
constant density on a torus, in 1 to 10 dimensions, the variance of the estimates is 1.4 to 2 times that of
independent ratios; every interval here is widened by that factor as the graph itself shows it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.measures._gride import gride, score_and_information, within_reach
from repscope.measures._interval import Z95, shared_neighbor_inflation
from repscope.measures._ratios import Ratios
from repscope.measures._two_nn import (
    DRAWS,
    censor,
    censored_maximum_likelihood,
    facco_fit,
    facco_fit_draws,
    maximum_likelihood,
)

_WIDENED = "analytic, chi-squared, widened for shared neighbours"


@final
@dataclass(frozen=True)
class Estimate:
    """What an estimator answers about some ratios: value, 95 % interval, and how they were made.

    `summary` is the estimator: from logarithms of ratios to the value.
    """

    value: float
    low: float
    high: float
    method: str
    details: Mapping[str, float]
    summary: Callable[[Float[np.ndarray, " m"]], float]
    notes: tuple[str, ...] = ()


def by_likelihood(found: Ratios) -> Estimate:
    """Maximum likelihood over all ratios."""
    value = maximum_likelihood(found.log)
    inflation = shared_neighbor_inflation(1 - value * found.log, found.neighbors)
    low, high = _chi_squared(len(found.log), float(np.sum(found.log)), inflation)
    method = f"two_nn by maximum likelihood; {_WIDENED}"
    return Estimate(value, low, high, method, {"inflation": inflation}, maximum_likelihood)


def by_censored_likelihood(found: Ratios, censored: float) -> Estimate:
    """Maximum likelihood with the largest ratios censored."""
    cut, kept = censor(found.log, censored)
    value = censored_maximum_likelihood(found.log, censored)
    below = (found.log < cut.max()).astype(float)
    inflation = shared_neighbor_inflation(below - value * cut, found.neighbors)
    low, high = _chi_squared(kept, float(np.sum(cut)), inflation)
    method = f"two_nn by maximum likelihood, largest {censored:.3g} censored; {_WIDENED}"
    details = {"inflation": inflation, "censored": len(found.log) - kept}
    return Estimate(value, low, high, method, details, lambda log: censored_maximum_likelihood(log, censored))


def by_fit(found: Ratios, discarded: float) -> Estimate:
    """Facco's line through the origin.

    Raises
    ------
    BadInput
        If all ratios that are left in are 1.
    """
    value = facco_fit(found.log, discarded)
    if not np.isfinite(value):
        raise BadInput(
            f"more than {1 - discarded:.0%} of the {len(found.log)} ratios r2/r1 are exactly 1, so nothing is left to fit a line "
            "to; look at a larger scale with estimator='gride' and a higher order"
        )
    inflation = shared_neighbor_inflation(1 - maximum_likelihood(found.log) * found.log, found.neighbors)
    # inverted_cdf does not interpolate: a draw of nothing but ratios of 1 has an infinite slope
    low, high = np.quantile(facco_fit_draws(found.log, discarded), [0.025, 0.975], method="inverted_cdf")
    widen = np.sqrt(inflation)
    low, high = value - widen * max(0.0, value - low), value + widen * max(0.0, high - value)
    return Estimate(
        value,
        float(max(low, 0.0)),
        float(high),
        f"two_nn by Facco's fit, largest {discarded:.3g} left out; bootstrap over samples, {DRAWS} draws, widened for shared neighbours",
        {"inflation": inflation, "discarded": len(found.log) - int(len(found.log) * (1 - discarded))},
        lambda log: facco_fit(log, discarded),
    )


def by_gride(found: Ratios, outliers: str) -> Estimate:
    """Gride at the order of the ratios; `outliers` is ``"cut"`` or ``"keep"``."""
    keep = within_reach(found.log) if outliers == "cut" else np.ones(len(found.log), dtype=bool)
    log = found.log[keep]
    value = gride(log, found.order)
    score, information = score_and_information(log, value, found.order)
    contributions = np.zeros(len(found.log))
    contributions[keep] = score
    inflation = shared_neighbor_inflation(contributions, found.neighbors)
    relative = Z95 * np.sqrt(inflation / information) / value
    left_out = int(np.count_nonzero(~keep))
    notes = (
        f"{left_out:,} of {len(found.log):,} ratios lie beyond 20 times the spread of the others and were left out, as the "
        "reference implementation does; outliers='keep' keeps them",
    )
    return Estimate(
        value,
        float(value * np.exp(-relative)),
        float(value * np.exp(relative)),
        f"gride of order {found.order} by maximum likelihood; analytic, information, widened for shared neighbours",
        {"inflation": inflation, "left_out": left_out},
        lambda log: gride(log[within_reach(log)] if outliers == "cut" else log, found.order),
        notes if left_out else (),
    )


def _chi_squared(count: int, total: float, inflation: float) -> tuple[float, float]:
    """2 · Σx · d is chi-squared with 2 · count degrees of freedom; both shrink with the number of independent ratios."""
    from scipy.stats import chi2

    low, high = chi2.ppf([0.025, 0.975], 2 * count / inflation)
    value = (count - 1) / total
    return min(value, float(low * inflation / (2 * total))), max(value, float(high * inflation / (2 * total)))
