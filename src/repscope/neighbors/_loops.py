"""The compiled loops; imported where they are used, because importing numba takes a moment.

Sums may be reordered, for vector units, but the same way every time: the order depends on the number of features.
"""

from typing import Any

import numba
import numpy as np

_SUMS = {"reassoc", "contract"}


@numba.njit(nogil=True, fastmath=_SUMS)
def add_squared_differences(slab: Any, rows: Any, others: Any, start: int, stop: int, out: Any) -> None:
    """Add Σ (x − y)², over the features of the slab, to `out` for rows `start` to `stop` and their lists of others."""
    features = slab.shape[1]
    for i in range(start, stop):
        row = rows[i]
        for q in range(others.shape[1]):
            other = others[i, q]
            total = 0.0
            for t in range(features):
                difference = np.float64(slab[row, t]) - np.float64(slab[other, t])
                total += difference * difference
            out[i, q] += total


@numba.njit(nogil=True, fastmath=_SUMS)
def scan(array: Any, bits: Any, sign: Any, factors: Any, keys: Any, finite: Any) -> None:
    """Fill a key per row, from the bits of its features, and whether all of them are finite."""
    for i in range(array.shape[0]):
        key = np.uint64(0)
        odd = 0
        for t in range(array.shape[1]):
            word = bits[i, t]
            if word == sign:  # -0.0 equals 0.0
                word = word ^ sign
            key += np.uint64(word) * factors[t]
            odd += not (abs(array[i, t]) < np.inf)
        keys[i] = key
        finite[i] = odd == 0


@numba.njit(nogil=True, fastmath=_SUMS)
def centre_and_norm(points: Any, centre: Any, out: Any, norms: Any) -> None:
    """Fill points less centre, and their squared norms in float64."""
    for i in range(points.shape[0]):
        total = 0.0
        for t in range(points.shape[1]):
            value = points[i, t] - centre[t]
            out[i, t] = value
            total += np.float64(value) * np.float64(value)
        norms[i] = total
