"""The truth in float64, obvious and slow, and how far an answer is from it.

All squared distances from centred points in float64, where cancellation costs at most a few of sixteen digits; the
two nearest of each row again from differences. The points are what the engines get: float32, offset included.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CANDIDATES = 6
"""Of these, by the products, the two nearest by differences are taken."""

RELATIVE = 1e-11
"""Distances closer than this are equal: more than the products in float64 leave open."""


@dataclass(frozen=True)
class Compared:
    """How far an answer is from the truth.

    Attributes
    ----------
    ratio_error : float
        Largest relative error of r2 / r1; infinite where a ratio is not finite that should be.
    not_finite : int
        Rows whose ratio is not finite though no sample equals them.
    dimension_shift : float
        Relative error of the TwoNN estimate; NaN where ratios are not finite.
    wrong : int
        Rows with a neighbour that is farther than the k-th, named twice, or the row itself.
    """

    ratio_error: float
    not_finite: int
    dimension_shift: float
    wrong: int


class Truth:
    """Squared distances of all pairs.

    Attributes
    ----------
    tied : int
        Rows whose k-th and next neighbour are equally far: which of them is named is open, and counts as right.
    copies : int
        Rows that equal another; they have no ratio.
    """

    def __init__(self, points: NDArray[np.float32], k: int) -> None:
        exact = points.astype(np.float64)
        centred = exact - exact.mean(axis=0)
        norms = np.einsum("ij,ij->i", centred, centred)
        squared = norms[:, None] + norms - 2 * (centred @ centred.T)
        np.fill_diagonal(squared, np.inf)
        self._squared, self._k = squared, k
        smallest = np.partition(squared, (k - 1, k), axis=1)[:, k - 1 : k + 1]
        self._farthest = smallest[:, 0] + RELATIVE * smallest[:, 0] + 1e-14 * norms.max()
        self.tied = int(np.count_nonzero(smallest[:, 1] <= self._farthest))
        self._ratio = self._ratios(exact)
        self.copies = int(np.count_nonzero(~np.isfinite(self._ratio)))

    def _ratios(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        near = np.argpartition(self._squared, CANDIDATES, axis=1)[:, :CANDIDATES]
        two = np.empty((len(points), 2))
        for i, others in enumerate(near):
            two[i] = np.sort(((points[others] - points[i]) ** 2).sum(axis=1))[:2]
        return _quotient(np.sqrt(two))

    def compare(self, indices: NDArray[np.int64], distances: NDArray[np.floating]) -> Compared:
        """How far an engine's answer is from the truth."""
        n = len(indices)
        there = (indices >= 0) & (indices < n)
        squared = np.take_along_axis(self._squared, np.where(there, indices, 0), axis=1)
        in_order = np.sort(indices, axis=1)
        wrong = (squared > self._farthest[:, None]).any(axis=1) | ~there.all(axis=1)
        wrong |= (in_order[:, 1:] == in_order[:, :-1]).any(axis=1)
        usable = np.isfinite(self._ratio)
        ratio, truth = _quotient(distances[usable, :2].astype(np.float64)), self._ratio[usable]
        finite = np.isfinite(ratio)
        shift = np.log(truth).sum() / np.log(ratio).sum() - 1 if finite.all() else np.nan
        error = float(np.abs(ratio / truth - 1).max()) if finite.all() else np.inf
        return Compared(error, int(np.count_nonzero(~finite)), float(shift), int(np.count_nonzero(wrong)))


def _quotient(two: NDArray[np.float64]) -> NDArray[np.float64]:
    """r2 / r1; infinite where r1 is zero."""
    first, second = two.T
    return np.divide(second, first, out=np.full(len(two), np.inf), where=first > 0)
