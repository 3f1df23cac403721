"""HSIC and CKA in long double from their definitions, with bounds on what the rounding of the points' type may do.

The debiased HSIC is the inner product of U-centered matrices over n (n − 3) (Székely and Rizzo 2014), and U-centering is a
projection: an error of the matrix K changes the inner product by no more than its norm times that of the other.
"""

from dataclasses import dataclass

import numpy as np

LONG = np.longdouble
UNIT64 = 2.0**-53


@dataclass(frozen=True)
class Kernel:
    """A U-centered matrix, its norm, and the norm of what rounding may add to it."""

    centered: np.ndarray
    norm: LONG
    error: LONG


def widened(x: np.ndarray) -> tuple[np.ndarray, int]:
    """The points in long double times 2^-exponent, largest about 1."""
    largest = float(np.abs(x).max())
    exponent = int(np.frexp(largest)[1]) if largest > 0 else 0
    return np.ldexp(x.astype(LONG), -exponent), exponent


def unit_of(x: np.ndarray) -> float:
    """Half the distance of neighboring numbers at 1, of the type in which points are computed with."""
    return UNIT64 if x.dtype == np.float64 else 2.0**-24


def linear(x: np.ndarray) -> tuple[Kernel, int]:
    """The linear kernel; the exponent is that of the points."""
    wide, exponent = widened(x)
    mean = wide.mean(axis=0)
    apart = wide - mean
    matrix = apart @ apart.T
    unit, (n, d) = unit_of(x), x.shape
    # features of a row are rounded when the mean is taken off; the mean itself is rounded, which moves all rows alike
    sizes = np.sqrt((apart**2).sum(axis=1)) + unit * np.sqrt((mean**2).sum())
    rounding = (d + 4) * unit * np.outer(sizes, sizes) + 8 * n * UNIT64 * np.abs(matrix)
    return _kernel(matrix, rounding), exponent


def gaussian(x: np.ndarray) -> Kernel | None:
    """The Gaussian kernel with σ the median distance; None where more than half of the pairs are copies."""
    wide, _ = widened(x)
    apart = wide - wide.mean(axis=0)
    n, d = x.shape
    squared = np.array([((apart - row) ** 2).sum(axis=1) for row in apart])
    pairs = np.triu_indices(n, 1)
    sigma = np.median(np.sqrt(squared[pairs]))
    sizes = (apart**2).sum(axis=1)
    if sigma <= 1e-6 * np.sqrt(sizes.max()):
        return None
    # in float64 from |a|² + |b|² − 2 a·b; the mean is rounded, which moves all rows alike
    moved = UNIT64 * (wide.mean(axis=0) ** 2).sum() ** 0.5
    largest = (np.sqrt(sizes.max()) + moved) ** 2
    wrong = 4 * (d + 4) * UNIT64 * largest
    matrix = np.exp(-squared / (2 * sigma**2))
    off = wrong / (2 * sigma**2) * (1 + 2 * squared / sigma**2)
    return _kernel(matrix, matrix * off + 8 * n * UNIT64)


def _kernel(matrix: np.ndarray, rounding: np.ndarray) -> Kernel:
    n = len(matrix)
    k = matrix - np.diag(np.diag(matrix))
    rows = k.sum(axis=1, keepdims=True) / (n - 2)
    centered = k - rows - rows.T + k.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(centered, 0)
    off = rounding - np.diag(np.diag(rounding))
    # the terms of the sums cancel: each is rounded in float64
    size = np.sqrt((k**2).sum()) + np.sqrt((np.diag(matrix) ** 2).sum())
    error = np.sqrt((off**2).sum()) + 16 * n * UNIT64 * size
    return Kernel(centered, np.sqrt((centered**2).sum()), error)


def hsic(a: Kernel, b: Kernel) -> tuple[float, float]:
    """The debiased HSIC and how far rounding may move it."""
    n = len(a.centered)
    count = n * (n - 3)
    wrong = a.error * b.norm + a.norm * b.error + a.error * b.error
    return float((a.centered * b.centered).sum() / count), float(wrong / count)


def cka(a: Kernel, b: Kernel) -> tuple[float, float]:
    """The debiased CKA and how far rounding may move it: infinitely where a matrix is nothing but rounding."""
    if a.norm <= 10 * a.error or b.norm <= 10 * b.error:
        return np.nan, np.inf
    shares = a.error / a.norm + b.error / b.norm
    return float((a.centered * b.centered).sum() / (a.norm * b.norm)), float(3 * shares + 1e-14)
