"""The compiled loops of the distances: Σ (x − y)² in float64 for lists of pairs.

A row meets four others at a time, eight features at once. The compiler by itself takes half as many at once and
converts the row anew for each other, which halves the speed, so this is written in its own terms, which hold on
every processor. The order of summation depends on the number of features alone.
"""

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
"""Features taken at once; slabs are padded to a multiple of them."""

TOGETHER = 4
"""Others that share the loads of a row."""


@intrinsic
def _add_four(typing_context: Any, slab: Any, row: Any, others: Any, first: Any, out: Any) -> Any:
    """Add Σ (x − y)² of a row and `others[first:first + 4]` to `out[first:first + 4]`."""
    return _signature(slab, row, others, first, out), _generator(TOGETHER)


@intrinsic
def _add_one(typing_context: Any, slab: Any, row: Any, others: Any, first: Any, out: Any) -> Any:
    """Add Σ (x − y)² of a row and `others[first]` to `out[first]`."""
    return _signature(slab, row, others, first, out), _generator(1)


def _signature(*arguments: Any) -> Any:
    return types.void(*arguments)


def _generator(together: int) -> Any:
    """The code for so many others."""
    double = ir.VectorType(ir.DoubleType(), LANES)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        slab, others, out = (
            context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2, 4)
        )
        element = context.get_value_type(signature.args[0].dtype)
        width = cgutils.unpack_tuple(builder, slab.shape)[1]
        places = [builder.add(arguments[3], ir.Constant(arguments[3].type, g)) for g in range(together)]

        def start(row: Any) -> Any:
            return builder.gep(slab.data, [builder.mul(row, width)])

        mine = start(arguments[1])
        theirs = [start(builder.sext(builder.load(builder.gep(others.data, [p])), width.type)) for p in places]

        def wide(begin: Any, at: Any) -> Any:
            pointer = builder.bitcast(builder.gep(begin, [at]), ir.VectorType(element, LANES).as_pointer())
            loaded = builder.load(pointer)
            loaded.align = 4
            return loaded if isinstance(element, ir.DoubleType) else builder.fpext(loaded, double)

        sums = [cgutils.alloca_once_value(builder, ir.Constant(double, [0.0] * LANES)) for _ in places]
        with cgutils.for_range_slice(
            builder, ir.Constant(width.type, 0), width, ir.Constant(width.type, LANES), inc=True
        ) as (at, _):
            own = wide(mine, at)
            for begin, total in zip(theirs, sums, strict=True):
                difference = builder.fsub(own, wide(begin, at))
                squared = builder.fmul(difference, difference, flags=["contract"])
                builder.store(builder.fadd(builder.load(total), squared, flags=["contract"]), total)
        for place, total in zip(places, sums, strict=True):
            lanes = builder.load(total)
            parts = [builder.extract_element(lanes, ir.Constant(ir.IntType(32), lane)) for lane in range(LANES)]
            while len(parts) > 1:
                parts = [builder.fadd(a, b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
            pointer = builder.gep(out.data, [place])
            builder.store(builder.fadd(builder.load(pointer), parts[0]), pointer)
        return context.get_dummy_value()

    return generate


@numba.njit(nogil=True, cache=True)
def add_squared_differences(
    slab: Any, rows: Any, starts: Any, others: Any, begin: int, end: int, block: int, out: Any
) -> None:
    """Add Σ (x − y)², over the features of the slab, to `out`, for lists `begin` to `end`.

    List i are the pairs of row `rows[i]` with `others[starts[i]:starts[i + 1]]`, in ascending order. They are visited
    `block` others at a time, so that these stay in the cache while all lists pass by.
    """
    cursor = starts[begin:end].copy()
    for last in range(block, slab.shape[0] + block, block):
        for i in range(begin, end):
            p = cursor[i - begin]
            stop = p
            while stop < starts[i + 1] and others[stop] < last:
                stop += 1
            while p + TOGETHER <= stop:
                _add_four(slab, rows[i], others, p, out)
                p += TOGETHER
            while p < stop:
                _add_one(slab, rows[i], others, p, out)
                p += 1
            cursor[i - begin] = stop


@numba.njit(nogil=True, cache=True)
def find_mirrored(rows: Any, starts: Any, others: Any, lists: Any, begin: int, end: int, place: Any) -> None:
    """For each pair (x, y) with y < x whose mirror (y, x) is in the list of y, where that is; else -1.

    `lists` says which list is that of a point; -1 for none.
    """
    for i in range(begin, end):
        x = rows[i]
        for p in range(starts[i], starts[i + 1]):
            y = others[p]
            place[p] = -1
            if y < x and lists[y] >= 0:
                low, stop = starts[lists[y]], starts[lists[y] + 1]
                high = stop
                while low < high:
                    middle = (low + high) // 2
                    if others[middle] < x:
                        low = middle + 1
                    else:
                        high = middle
                if low < stop and others[low] == x:
                    place[p] = low
