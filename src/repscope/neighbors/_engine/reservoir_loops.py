"""The compiled loops of the reservoirs: thousands of millions of scores pass through here, and few stay.

Sixteen scores are compared at once with the thresholds of their rows and columns; the bits of the answer name the
few that are looked at one by one. Vector units have such a comparison and numba has no name for it, so it is
written in the compiler's own terms, which hold on every processor.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 16
"""Scores compared at once."""


def _vector(builder: Any, array: Any, index: Any, element: Any) -> Any:
    """Load LANES elements of an array from `index` on."""
    pointer = builder.bitcast(builder.gep(array, [index]), ir.VectorType(element, LANES).as_pointer())
    loaded = builder.load(pointer)
    loaded.align = 1
    return loaded


def _everywhere(builder: Any, value: Any) -> Any:
    """A vector that holds the value in all lanes."""
    undefined = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


@intrinsic
def _candidates(
    typing_context: Any, row: Any, at: Any, halves: Any, limits: Any, there: Any, own_half: Any, own_limit: Any
) -> Any:
    """Bits of the lanes in which `halves − product ≤ own_limit` or `own_half − product ≤ limits`."""
    signature = types.uint16(row, at, halves, limits, there, own_half, own_limit)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def data(position: int) -> Any:
            return context.make_array(signature.args[position])(context, builder, arguments[position]).data

        score = context.get_value_type(signature.args[5])
        product = _vector(builder, data(0), arguments[1], context.get_value_type(signature.args[0].dtype))
        if isinstance(signature.args[0].dtype, types.Integer):
            product = builder.sitofp(product, ir.VectorType(score, LANES))
        half, limit = (_vector(builder, data(place), arguments[4], score) for place in (2, 3))
        own_half, own_limit = (_everywhere(builder, arguments[place]) for place in (5, 6))
        for_row = builder.fcmp_ordered("<=", builder.fsub(half, product), own_limit)
        for_column = builder.fcmp_ordered("<=", builder.fsub(own_half, product), limit)
        return builder.bitcast(builder.or_(for_row, for_column), ir.IntType(LANES))

    return signature, generate


@intrinsic
def _lowest_bit(typing_context: Any, bits: Any) -> Any:
    """Position of the lowest bit that is set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return bits(bits), generate


@numba.njit(nogil=True, cache=True, inline="always")
def _key(score: Any, other: Any) -> Any:
    """One whole number that orders entries by score, and equal scores by index."""
    bits = np.float32(score + np.float32(0.0)).view(np.uint32)  # -0.0 equals 0.0
    ordered = ~bits if bits >> np.uint32(31) else bits | np.uint32(0x80000000)
    return (np.uint64(ordered) << np.uint64(32)) | np.uint64(other)


@numba.njit(nogil=True, cache=True, inline="always")
def _score(key: Any) -> Any:
    """The score of a key."""
    ordered = np.uint32(key >> np.uint64(32))
    bits = ordered & np.uint32(0x7FFFFFFF) if ordered >> np.uint32(31) else ~ordered
    return np.uint32(bits).view(np.float32)


@numba.njit(nogil=True, cache=True)
def _select(keys: Any, count: int, keep: int) -> None:
    """Move the lowest `keep` of the first `count` keys to the front (C. A. R. Hoare's selection)."""
    low, high, rank = 0, count - 1, keep - 1
    while low < high:
        a, b, c = keys[low], keys[(low + high) // 2], keys[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            return


@numba.njit(nogil=True, cache=True)
def prune(keys: Any, count: Any, limits: Any, row: int, keep: int) -> None:
    """Keep the lowest `keep` keys of a row; the score of the last of them becomes the row's limit."""
    if count[row] > keep:
        _select(keys[row], count[row], keep)
        count[row] = keep
        limits[row] = _score(keys[row, :keep].max())


@numba.njit(nogil=True, cache=True)
def _take(keys: Any, count: Any, limits: Any, row: int, offered: Any, keep: int) -> None:
    """Take keys into a row; prune it whenever it is full."""
    place = count[row]
    for p in range(len(offered)):
        if _score(offered[p]) <= limits[row]:  # it may have sunk since
            keys[row, place] = offered[p]
            place += 1
            if place == keys.shape[1]:
                count[row] = place
                prune(keys, count, limits, row, keep)
                place = count[row]
    count[row] = place


@numba.njit(nogil=True, cache=True)
def _take_held(
    keys: Any, count: Any, limits: Any, keep: int, first: int, held: Any, columns: Any, starts: Any, ordered: Any
) -> None:
    """Take what was held back into its columns, one after the other: each row of keys comes to the cache once."""
    starts[:] = 0
    for p in range(len(columns)):
        starts[columns[p] + 1] += 1
    for column in range(1, len(starts)):
        starts[column] += starts[column - 1]
    for p in range(len(columns)):
        ordered[starts[columns[p]]] = held[p]
        starts[columns[p]] += 1
    begin = 0
    for column in range(len(starts) - 1):
        if starts[column] > begin:
            _take(keys, count, limits, first + column, ordered[begin : starts[column]], keep)
            begin = starts[column]


@numba.njit(nogil=True, cache=True)
def _scan(
    line: Any,
    row: int,
    begin: int,
    first_column: int,
    halves: Any,
    limits: Any,
    mine: Any,
    held: Any,
    held_columns: Any,
    waiting: int,
) -> tuple[int, int]:
    """Sort out a line of a tile: the keys for its row, and behind those already waiting the keys for its columns."""
    half, limit = halves[row], limits[row]
    columns = len(line)
    whole = columns - columns % LANES
    kept = 0
    for b in range(begin - begin % LANES, columns, LANES):
        if b < whole:
            bits = np.uint32(_candidates(line, b, halves, limits, first_column + b, half, limit))
        else:
            bits = (np.uint32(1) << np.uint32(columns - whole)) - np.uint32(1)
        if b < begin:
            bits &= np.uint32(0xFFFF) << np.uint32(begin - b)
        while bits != np.uint32(0):
            column = b + np.int64(_lowest_bit(bits))
            bits = np.uint32(bits & (bits - np.uint32(1)))
            value = np.float32(line[column])
            other = first_column + column
            # written in any case, and kept if it counts: cheaper than a branch that nothing predicts
            score = halves[other] - value
            mine[kept] = _key(score, other)
            kept += score <= limit
            score = half - value
            held[waiting] = _key(score, row)
            held_columns[waiting] = column
            waiting += score <= limits[other]
    return kept, waiting


@numba.njit(nogil=True, cache=True)
def offer_tile(
    product: Any,
    first_row: int,
    first_column: int,
    halves: Any,
    keys: Any,
    count: Any,
    limits: Any,
    keep: int,
    mine: Any,
    held: Any,
    held_columns: Any,
    starts: Any,
    ordered: Any,
) -> None:
    """Offer every entry of a tile to its row and to its column; of a tile on the diagonal, its upper triangle.

    The score of y for x is |y|²/2 − x·y. The arrays from `mine` on are working space.
    """
    rows, columns = product.shape
    diagonal = first_row == first_column
    waiting = 0
    for a in range(rows):
        begin = a + 1 if diagonal else 0
        row = first_row + a
        kept, waiting = _scan(product[a], row, begin, first_column, halves, limits, mine, held, held_columns, waiting)
        _take(keys, count, limits, row, mine[:kept], keep)
        if a == rows - 1 or waiting + columns >= len(held):
            _take_held(
                keys, count, limits, keep, first_column, held, held_columns[:waiting], starts[: columns + 1], ordered
            )
            waiting = 0


@numba.njit(nogil=True, cache=True)
def arrange(keys: Any, count: Any, limits: Any, keep: int, width: int, start: int, stop: int) -> None:
    """Prune rows `start` to `stop`, and put the best `width` of each first."""
    for row in range(start, stop):
        prune(keys, count, limits, row, keep)
        if count[row] > width:
            _select(keys[row], count[row], width)


@numba.njit(nogil=True, cache=True)
def absorb(
    keys: Any, count: Any, limits: Any, keep: int, more: Any, more_limits: Any, starts: Any, start: int, stop: int
) -> None:
    """Offer the keys of other reservoirs to rows `start` to `stop`, and take over their limits where these are lower."""
    for row in range(start, stop):
        limits[row] = min(limits[row], more_limits[row])
        _take(keys, count, limits, row, more[starts[row] : starts[row + 1]], keep)


@numba.njit(nogil=True, cache=True)
def unpack(keys: Any, count: Any, start: int, others: Any, scores: Any) -> None:
    """Fill the indices and the scores of the rows from `start` on; -1 and infinity where there are no more."""
    for i in range(others.shape[0]):
        filled = count[start + i]
        for q in range(others.shape[1]):
            if q < filled:
                others[i, q] = np.int32(keys[start + i, q] & np.uint64(0xFFFFFFFF))
                scores[i, q] = _score(keys[start + i, q])
            else:
                others[i, q] = -1
                scores[i, q] = np.inf
