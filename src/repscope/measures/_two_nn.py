"""TwoNN: the dimension from the ratio of the second to the first neighbour's distance.

Where the density is constant out to the second neighbour, x = ln(r2/r1) has the density d·exp(−d·x).
Three ways to read d, each a function of the logarithms, and what each is uncertain by.
"""

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput

DRAWS = 1000


def maximum_likelihood(log_ratios: Float[np.ndarray, " m"]) -> float:
    """(m − 1) / Σ x, the unbiased maximum-likelihood estimate.

    Reference: E. Facco et al., Sci. Rep. 7, 12140 (2017); the unbiased form: F. Denti et al., Sci. Rep. 12,
    20005 (2022), eq. 4.

    >>> maximum_likelihood(np.array([0.1, 0.2, 0.3]))
    3.333...
    """
    return float((len(log_ratios) - 1) / np.sum(log_ratios))


def censor(log_ratios: Float[np.ndarray, " m"], censored: float) -> tuple[Float[np.ndarray, " m"], int]:
    """The logarithms with the largest share cut down to the largest one kept, and how many were kept.

    Raises
    ------
    BadInput
        If the share is not at least 0 and below 1, or leaves fewer than 2.
    """
    kept = _kept(len(log_ratios), censored, "censored")
    limit = np.partition(log_ratios, kept - 1)[kept - 1]
    if limit == 0:
        raise BadInput(
            f"the smallest {kept} of {len(log_ratios)} ratios r2/r1 are all 1, so nothing is left to read a dimension from; "
            "censor less, or look at a larger scale with estimator='gride' and a higher order"
        )
    return np.minimum(log_ratios, limit), kept


def censored_maximum_likelihood(log_ratios: Float[np.ndarray, " m"], censored: float) -> float:
    """(q − 1) / (Σ of the q smallest x + (m − q) · the q-th), the estimate when only the q smallest are trusted.

    The others count as "at least the q-th" (type II censoring), so that outliers in the tail have no
    weight and leaving them out no bias.

    Reference: J. F. Lawless, Statistical Models and Methods for Lifetime Data (2003), ch. 4.1.

    >>> round(censored_maximum_likelihood(np.array([0.1, 0.2, 0.3, 0.4, 99.0]), censored=0.2), 3)
    2.143
    """
    cut, kept = censor(log_ratios, censored)
    return float((kept - 1) / np.sum(cut))


def facco_fit(log_ratios: Float[np.ndarray, " m"], discarded: float) -> float:
    """Slope of the line through the origin and the points (x_i, −ln(1 − i/m)), the largest x left out.

    Reference: E. Facco et al., Sci. Rep. 7, 12140 (2017), Methods, steps 4 and 5; they leave out 10 %.

    >>> round(facco_fit(-np.log(1 - np.arange(1, 100) / 100) / 7, discarded=0.1), 1)
    7.2
    """
    kept = _kept(len(log_ratios), discarded, "discarded")
    if kept == len(log_ratios):
        raise BadInput(
            f"discarded = {discarded} leaves all {kept} ratios in; expected a share above 0: the largest has the empirical "
            "distribution 1, whose logarithm is infinite"
        )
    smallest = np.sort(log_ratios)[:kept]
    return _slope(smallest, _heights(len(log_ratios), kept))


def facco_fit_draws(log_ratios: Float[np.ndarray, " m"], discarded: float) -> Float[np.ndarray, " draws"]:
    """The slopes of `DRAWS` bootstrap samples of the ratios, from a fixed seed."""
    m = len(log_ratios)
    kept = _kept(m, discarded, "discarded")
    in_order, heights = np.sort(log_ratios), _heights(m, kept)
    generator = np.random.default_rng(0)
    draws = np.empty(DRAWS)
    for draw in range(DRAWS):
        times = np.bincount(generator.integers(m, size=m), minlength=m)
        draws[draw] = _slope(np.repeat(in_order, times)[:kept], heights)  # stays in order, so no sorting
    return draws


def _heights(m: int, kept: int) -> Float[np.ndarray, " q"]:
    return -np.log(1 - np.arange(1, kept + 1) / m)


def _slope(x: Float[np.ndarray, " q"], y: Float[np.ndarray, " q"]) -> float:
    squares = float(x @ x)
    return float(x @ y) / squares if squares > 0 else np.inf


def _kept(m: int, left_out: float, name: str) -> int:
    if not 0 <= left_out < 1:
        raise BadInput(f"{name} = {left_out!r} asked for; expected a share of the ratios, at least 0 and below 1")
    kept = int(m * (1 - left_out))
    if kept < 2:
        raise BadInput(f"{name} = {left_out} leaves {kept} of {m} ratios; expected at least 2: leave out less")
    return kept
