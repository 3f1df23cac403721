"""The rounding bound by which a row of neighbours is proved.

Points are centred and rounded to the precision of a product, x to x̂ with |x − x̂| = e_x, measured. Let U be the
exact distance of the last neighbour wanted. For a point y within U of x, |x̂ − ŷ| ≤ U + e_x + e_y, and the score of
y for x, |ŷ|²/2 − x̂·ŷ = (|x̂ − ŷ|² − |x̂|²) / 2, exceeds what that allows by no more than the product and the
additions may err. If every point that was not taken as a candidate has a score above that, none of them lies within
U, and the row is proved.

Points that were moved far would make all rows hard to prove, were e_y replaced by the largest. So the score of y is
lowered by ρ e_y + e_y²/2, with one radius ρ for all rows, about U + e_x: what it must not exceed is then
((U + e_x)² − |x̂|²) / 2 + (U + e_x − ρ) e_y, where e_y hardly counts.

The bound on a product of d terms, whatever the order of summation, is γ_d |x̂| |ŷ| with γ_d = d u / (1 − d u)
(N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 3.1). A product of whole
numbers is exact; only its conversion rounds.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

TINY = {"float32": 2.0**-120, "float64": 2.0**-1000}
"""More than what underflow can take from a term, for points whose largest feature is above 2^-40."""

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
"""Unit roundoff of the precisions in which scores are kept."""


@final
@dataclass(frozen=True, eq=False)
class Rounding:
    """How far rounded points lie from the points, and how far a product of them may be off.

    Attributes
    ----------
    residuals : (m,) float64
        e_x = |x − x̂| of each centred point.
    norms : (m,) float64
        |x̂|.
    features : int
        d, the terms of a product.
    terms : int
        Roundings of a product: d for floating-point numbers, 1 for whole numbers, whose sum is exact.
    scores : {"float32", "float64"}
        Type of the products and scores.
    radius : float
        ρ, by which the scores of points that were moved are lowered.
    """

    residuals: Float[np.ndarray, " m"]
    norms: Float[np.ndarray, " m"]
    features: int
    terms: int
    scores: str
    radius: float = 0.0

    def halves(self, step: float) -> Float[np.ndarray, " m"]:
        """What products are subtracted from to give scores, in squares of the step."""
        lowered = self.norms**2 / 2 - self.radius * self.residuals - self.residuals**2 / 2 * (self.radius > 0)
        halves: Float[np.ndarray, " m"] = lowered / step**2
        return halves

    @property
    def largest(self) -> float:
        """The largest residual of all points."""
        return float(self.residuals.max(initial=0.0)) * (1 + self.features * 2.0**-52)

    @property
    def relative(self) -> float:
        """The largest residual relative to its point's norm; infinite if a point was rounded to zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.residuals > 0, self.residuals / self.norms, 0.0)
        return float(ratio.max(initial=0.0)) * (1 + self.features * 2.0**-52)


def largest_score(
    rounding: Rounding, norm: Float[np.ndarray, " b"], residual: Float[np.ndarray, " b"], last: Float[np.ndarray, " b"]
) -> Float[np.ndarray, " b"]:
    """The largest score that a point within √last of x can have.

    Parameters
    ----------
    rounding : Rounding
        Of all points.
    norm, residual : (b,)
        |x̂| and |x − x̂| of these rows.
    last : (b,)
        Exact squared distance of the last neighbour wanted, as computed in float64 from differences.

    Returns
    -------
    (b,) float64
        Infinite where `last` is, and where d is too large for the precision to say anything.

    Examples
    --------
    >>> import numpy as np
    >>> exact = Rounding(np.zeros(2), np.ones(2), features=64, terms=64, scores="float64")
    >>> largest_score(exact, np.ones(1), np.zeros(1), np.ones(1)).round(9).tolist()
    [0.0]
    """
    u, double = UNIT[rounding.scores], UNIT["float64"]
    d, radius = rounding.features, rounding.radius
    terms = (rounding.terms + 3) * u
    if terms >= 1:
        return np.full_like(norm, np.inf)
    gamma = terms / (1 - terms)
    own = residual * (1 + d * 2 * double) + 2 * double * norm  # the centring in float64 included
    known = np.isfinite(last)
    reach = (
        np.sqrt(np.where(known, last, 0) * (1 + (d + 8) * double)) + own
    )  # U + e_x, the rounding of the exact distance included
    relative, largest = rounding.relative, rounding.largest
    other = norm + reach + largest  # |ŷ| ≤ |x̂| + U + e_x + e_y
    if relative < 0.5:  # and e_y ≤ relative · |ŷ|, which far from the largest point is less
        other = np.minimum(other, (norm + reach) / (1 - relative))
        theirs = np.minimum(largest, relative * other)
    else:
        theirs = np.full_like(norm, largest)
    theirs = theirs + 2 * double * other
    # (R + e_y)²/2 − ρ e_y − e_y²/2 with R = U + e_x, at its largest e_y; without ρ nothing was taken away
    allowed = reach**2 / 2 + np.maximum(reach - radius, 0) * theirs + (theirs**2 / 2 if radius == 0 else 0)
    product = gamma * norm * other  # of x̂·ŷ
    # of |ŷ|²/2 less what it was lowered by, kept in the precision of the scores, and of the subtraction
    addition = u * (other**2 + 2 * radius * theirs + theirs**2 + 2 * norm * other)
    norms_own = (d + 4) * double * (norm**2 + other**2)  # of the norms, in float64
    bound: Float[np.ndarray, " b"] = (allowed + product + addition + norms_own) * (1 + 16 * double)
    return np.where(known, bound - norm**2 / 2 + d * TINY[rounding.scores], np.inf)
