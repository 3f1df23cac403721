"""Points times a power of two, so that products of their features neither overflow nor underflow.

A measure that does not depend on scale is computed from scaled points: multiplying by a power of two rounds nothing. What does
depend on scale is multiplied back (`rescale`).
"""

import math

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.points import ChosenPoints, Points

IN_RANGE = range(-3, 17)
"""Points whose largest magnitude is below 2 to one of these stay as they are: in float32, sums over 2^20 features of products
of four of them are in range, and so are those of differences that are 2^24 times smaller."""


def exponent_of(largest: float) -> int:
    """The power of two by which points with this largest magnitude are to be divided; zero within the usual range.

    >>> exponent_of(100.0), exponent_of(1e9), exponent_of(1e-12), exponent_of(0.0)
    (0, 30, -39, 0)
    """
    if not 0 < largest < math.inf:
        return 0
    power = math.frexp(largest)[1]
    return 0 if power in IN_RANGE else power


def in_range(points: Points) -> tuple[Points, int]:
    """The points times a power of two, and that power: the points are the result times 2^exponent.

    Those within the usual range come back as they are.

    Examples
    --------
    >>> from repscope.core.points import as_points
    >>> scaled, exponent = in_range(as_points([[3e20], [1e20]]))
    >>> exponent, scaled.rows(slice(0, 1)).item() * 2.0**exponent
    (69, 3e+20)
    """
    exponent = exponent_of(points.largest)
    return (ChosenPoints(points, None, exponent) if exponent else points), exponent


def rescale(value: float, exponent: int, what: str) -> float:
    """A value times a power of two.

    Raises
    ------
    BadInput
        If that is beyond float64.

    Examples
    --------
    >>> rescale(1.5, 3, "an example")
    12.0
    """
    try:
        scaled = math.ldexp(value, exponent)
    except OverflowError:
        scaled = math.inf
    if (math.isinf(scaled) and math.isfinite(value)) or (value != 0 and scaled == 0):
        raise BadInput(
            f"{what} is {value:.3g} times 2^{exponent}, which float64 does not hold; divide the activations by a constant"
        )
    return scaled


def scale_rows(vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """The same directions: rows whose squares may be out of range times a power of two each, others as they are.

    Zero rows, and rows with NaN or infinite numbers, stay as they are.

    Examples
    --------
    >>> scale_rows(np.array([[3e-30, 4e-30], [3.0, 4.0]], np.float32)).round(3)
    array([[0.475, 0.634],
           [3.   , 4.   ]], dtype=float32)
    """
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    powers = np.frexp(largest)[1]
    out = (largest > 0) & np.isfinite(largest) & ~((powers > -20) & (powers < 40))
    if not out.any():
        return vectors
    scaled = vectors.copy()
    scaled[out] = np.ldexp(vectors[out], -powers[out][:, None])
    return scaled
