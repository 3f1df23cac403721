"""The rounding bound by which a row of neighbours is proved.

Candidates come from |x|² + |y|² − 2 x·y with a product in low precision. Let u be its unit roundoff, the points
centred and rounded to it, and let r be the exact distance of the last neighbour wanted. A point y that was not
taken as a candidate and yet lies within r of x would have |y| ≤ |x| + r, so that its approximate squared
distance would exceed r² by no more than the errors below allow. If even the candidates' limit, which y did not
undercut, exceeds that, no such y exists and the row is proved.

The bound on a product of d terms, whatever the order of summation, is γ_d |x| |y| with γ_d = d u / (1 − d u)
(N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 3.1).
"""

import numpy as np
from jaxtyping import Float

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
"""Unit roundoff of the precisions in which the product can be made."""

TINY = {"float32": 2.0**-120, "float64": 2.0**-1000}
"""More than what underflow can take from a term, for points whose largest feature is above 2^-40."""


def squared_distance_error(
    norm: Float[np.ndarray, " rows"], reach: Float[np.ndarray, " rows"], features: int, precision: str
) -> Float[np.ndarray, " rows"]:
    """Largest error of an approximate squared distance from x to any point within `reach` of it.

    Parameters
    ----------
    norm : (rows,)
        |x| of the rounded, centred point, in float64.
    reach : (rows,)
        The distance r within which the other point lies.
    features : int
        Number of terms d of the product.
    precision : {"float32", "float64"}
        Of the product.

    Returns
    -------
    (rows,) float64
        Infinite where d is too large for the precision to say anything.
    """
    u = UNIT[precision]
    terms = (features + 3) * u
    if terms >= 1:
        return np.full_like(norm, np.inf)
    gamma = terms / (1 - terms)
    other = norm + reach * (1 + 4 * u) + 4 * u * norm  # |y|, itself of rounded coordinates
    product = 2 * gamma * norm * other  # of −2 x·y
    addition = 2 * u * (other**2 + 2 * norm * other)  # of adding |y|², kept in the product's precision
    moved = u * (norm + other) * 2  # by how much rounding the coordinates moves the two points, with room to spare
    rounding = 2 * reach * moved + moved**2
    norms_own = (features + 4) * UNIT["float64"] * (norm**2 + other**2)  # of the norms, in float64
    error: Float[np.ndarray, " rows"] = product + addition + rounding + norms_own + features * TINY[precision]
    return error


def proved(
    limit: Float[np.ndarray, " rows"],
    last: Float[np.ndarray, " rows"],
    norm: Float[np.ndarray, " rows"],
    features: int,
    precision: str,
) -> np.ndarray:
    """Whether no point outside the candidates can be as near as the last neighbour.

    Parameters
    ----------
    limit : (rows,)
        Largest approximate squared distance among the candidates; every other point's is at least this.
    last : (rows,)
        Exact squared distance of the last neighbour wanted.
    norm, features, precision
        As for `squared_distance_error`.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> proved(2.0 * one, one, one, 64, "float32").item(), proved(1.000001 * one, one, one, 64, "float32").item()
    (True, False)
    """
    exact_error = (features + 8) * UNIT["float64"] * last
    allowed = squared_distance_error(norm, np.sqrt(last + exact_error), features, precision)
    verdict: np.ndarray = limit > last + exact_error + allowed
    return verdict
