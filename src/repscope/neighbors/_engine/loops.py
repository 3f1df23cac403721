"""The compiled loops; imported where they are used, because importing numba takes a moment.

Sums may be reordered, for vector units, but the same way every time: the order depends on the number of features.
"""

from typing import Any

import numba
import numpy as np

_SUMS = {"reassoc", "contract"}


@numba.njit(nogil=True, fastmath=_SUMS, cache=True)
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


@numba.njit(nogil=True, fastmath=_SUMS, cache=True)
def round_to_float(rows: Any, centre: Any, out: Any, norms: Any, residuals: Any) -> None:
    """Fill rows less centre, rounded to the type of `out`; their squared norms, and how far they were moved, squared."""
    for i in range(rows.shape[0]):
        norm = 0.0
        residual = 0.0
        for t in range(rows.shape[1]):
            value = np.float64(rows[i, t]) - centre[t]
            out[i, t] = value
            near = np.float64(out[i, t])
            norm += near * near
            residual += (value - near) * (value - near)
        norms[i] = norm
        residuals[i] = residual


@numba.njit(nogil=True, fastmath=_SUMS, cache=True)
def rotate(rows: Any, centre: Any, signs: Any, mixed: int, out: Any) -> None:
    """Fill rows less centre, signs changed, by the Walsh-Hadamard transform over `mixed` features that lie equally far apart.

    The transform is not scaled: lengths grow by √mixed. `out` is wider than the rows where that divides its width.
    """
    features = rows.shape[1]
    apart = out.shape[1] // mixed
    for i in range(rows.shape[0]):
        line = out[i]
        for t in range(features):
            line[t] = (np.float64(rows[i, t]) - centre[t]) * signs[t]
        line[features:] = 0
        run = apart
        while run < len(line):
            for begin in range(0, len(line), 2 * run):
                first, second = line[begin : begin + run], line[begin + run : begin + 2 * run]
                for t in range(run):
                    total = first[t] + second[t]
                    second[t] = first[t] - second[t]
                    first[t] = total
            run *= 2


@numba.njit(nogil=True, fastmath=_SUMS, cache=True)
def round_to_levels(rows: Any, per_step: float, most: float, out: Any, norms: Any, residuals: Any) -> None:
    """As `round_to_float`, to whole numbers of steps, at most `most` of them."""
    for i in range(rows.shape[0]):
        norm = 0.0
        residual = 0.0
        for t in range(rows.shape[1]):
            value = np.float64(rows[i, t]) * per_step
            near = min(max(np.rint(value), -most), most)
            out[i, t] = np.int8(near)
            norm += near * near
            residual += (value - near) * (value - near)
        norms[i] = norm
        residuals[i] = residual


@numba.njit(nogil=True, fastmath=_SUMS, cache=True)
def add_columns(rows: Any, sums: Any) -> float:
    """Add the rows to the sums of their columns; returns the largest absolute value."""
    largest = 0.0
    for i in range(rows.shape[0]):
        for t in range(rows.shape[1]):
            value = np.float64(rows[i, t])
            sums[t] += value
            largest = max(largest, abs(value))
    return largest


@numba.njit(nogil=True, cache=True)
def pack(squared: Any, bits: int, out: Any) -> None:
    """Numbers that ascend as squared distances do, but for their last bits, which say at which place each stands."""
    low = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    words = squared.view(np.uint64)
    for i in range(squared.shape[0]):
        for t in range(squared.shape[1]):
            out[i, t] = (words[i, t] & ~low) | np.uint64(t)


@numba.njit(nogil=True, cache=True)
def unpack_nearest(
    packed: Any, squared: Any, others: Any, bits: int, rows: Any, k: int, indices: Any, lengths: Any, beyond: Any
) -> None:
    """Fill the k nearest of these rows: packed numbers, sorted, put right where their last bits decided."""
    low = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    width = squared.shape[1]
    place = np.empty(width, np.int64)
    for i in range(packed.shape[0]):
        for t in range(width):
            p = np.int64(packed[i, t] & low)
            s = t
            while s > 0 and (
                squared[i, p] < squared[i, place[s - 1]]
                or (squared[i, p] == squared[i, place[s - 1]] and p < place[s - 1])
            ):
                place[s] = place[s - 1]
                s -= 1
            place[s] = p
        row = rows[i]
        for t in range(k):
            indices[row, t] = others[i, place[t]]
            lengths[row, t] = squared[i, place[t]]
        last = squared[i, place[k - 1]]
        tied = 0
        for t in range(k, width):
            tied += squared[i, place[t]] == last
        beyond[row] = tied
