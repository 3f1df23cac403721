"""Squared distances from differences, in float64: the numbers that are kept.

On the processor a compiled loop takes the features a slab at a time, and the pairs in an order that lets a slab of
a few hundred points stay in the cache; on a GPU a gather does the same.
"""

import itertools
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.blocks import row_blocks
from repscope.core.points import ArrayPoints, Points
from repscope.core.threads import in_threads, thread_count

if TYPE_CHECKING:
    import torch

SLAB = 256
"""Features per slab: long enough to amortise the loop, short enough for many rows to stay in the cache."""

CACHED = 1024
"""Points whose slabs stay in the cache."""

MIRROR = 512
"""Features from which on it pays to look for the pair (y, x) instead of computing (x, y) again."""

CHUNK = 2**23
"""Bytes that are read at a time: slabs of few rows are cut from wider ones, because a pass over files costs."""

HELD = 2**30
"""Bytes of points that may be held where only whole rows can be had."""

PASSING = 1024
"""Points that pass by at a time there."""

GATHERED = 2**30
"""Bytes that a gather on a GPU may take at a time."""


@final
class PairLists:
    """Lists of pairs: row `rows[i]` with each of `others[starts[i]:starts[i + 1]]`, in ascending order.

    Examples
    --------
    >>> lists = PairLists.of(np.array([0, 1]), np.array([[2, 1], [2, 0]]))
    >>> lists.starts.tolist(), lists.others.tolist()
    ([0, 2, 4], [1, 2, 0, 2])
    """

    def __init__(
        self, rows: Int[np.ndarray, " b"], starts: Int[np.ndarray, " b+1"], others: Int[np.ndarray, " pairs"]
    ) -> None:
        self.rows = rows
        self.starts = starts
        self.others = others

    @staticmethod
    def of(rows: Int[np.ndarray, " b"], others: Int[np.ndarray, "b c"]) -> "PairLists":
        """Lists of the same length."""
        starts = np.arange(len(rows) + 1, dtype=np.int64) * others.shape[1]
        return PairLists(rows, starts, np.sort(others, axis=1).ravel())


def squared_distances(points: Points, pairs: PairLists) -> Float[np.ndarray, " pairs"]:
    """Σ (x − y)² in float64 of each pair.

    The order of summation depends on the number of features alone, so equal pairs of rows give equal bits,
    in whichever list they stand, and d(x, y) = d(y, x).

    Examples
    --------
    >>> import torch
    >>> from repscope.core.points import ArrayPoints
    >>> points = ArrayPoints(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
    >>> squared_distances(points, PairLists.of(np.array([0]), np.array([[1]]))).tolist()
    [25.0]
    """
    if not points.sliced:
        return _by_blocks(points, pairs)
    if points.device.type != "cpu":
        return gathered(points, pairs)
    place = _mirrors(points, pairs)
    if place is None:
        return _computed(points, pairs)
    alone = place < 0
    starts = np.concatenate([[0], np.cumsum(alone)])[pairs.starts]
    out = np.empty(len(pairs.others))
    out[alone] = _computed(points, PairLists(pairs.rows, starts, pairs.others[alone]))
    out[~alone] = out[place[~alone]]
    return out


def _computed(points: Points, pairs: PairLists) -> Float[np.ndarray, " pairs"]:
    """The distances, each computed."""
    out = np.zeros(len(pairs.others))
    shares = _shares(len(pairs.rows))
    wide = max(1, CHUNK // (points.n * SLAB * points.dtype.itemsize)) * SLAB
    for start in range(0, points.d, wide) if len(out) else ():
        _add(_slabs(points.columns(start, min(start + wide, points.d))), pairs, shares, out)
    return out


def _add(
    slabs: list[np.ndarray], pairs: PairLists, shares: list[tuple[int, int]], out: Float[np.ndarray, " pairs"]
) -> None:
    """Add what these slabs contribute."""
    from repscope.neighbors._engine.difference_loops import add_squared_differences

    def add(share: tuple[int, int]) -> None:
        for slab in slabs:
            add_squared_differences(slab, pairs.rows, pairs.starts, pairs.others, *share, CACHED, out)

    in_threads(add, shares)


def _slabs(columns: "torch.Tensor") -> list[np.ndarray]:
    """SLAB features at a time, the last ones padded with zeros to whole lanes."""
    from repscope.neighbors._engine.difference_loops import LANES

    slabs = [np.ascontiguousarray(columns[:, s : s + SLAB]) for s in range(0, columns.shape[1], SLAB)]
    if spare := -slabs[-1].shape[1] % LANES:
        slabs[-1] = np.pad(slabs[-1], ((0, 0), (0, spare)))
    return slabs


def passing(features: int, itemsize: int, granule: int) -> tuple[int, int]:
    """Where only whole rows can be had: how many rows are held, and how many others pass by together.

    >>> passing(16_384, 4, granule=64)
    (14336, 1024)
    """
    side = int(np.clip(HELD // (8 * features), granule, PASSING))
    return max(side, HELD // (itemsize * features) - 2 * side), side


def _by_blocks(points: Points, pairs: PairLists) -> Float[np.ndarray, " pairs"]:
    """The same where only whole rows can be had: a group of rows is held while all points pass by."""
    import torch

    out = np.empty(len(pairs.others))
    kept, side = passing(points.d, points.dtype.itemsize, points.granule)
    for first in range(0, len(pairs.rows), kept):
        group = slice(first, min(first + kept, len(pairs.rows)))
        own = pairs.rows[group]
        mine = slice(int(pairs.starts[group.start]), int(pairs.starts[group.stop]))
        places = np.repeat(np.arange(len(own)), np.diff(pairs.starts[first : group.stop + 1]))
        matrix = torch.empty((len(own) + side, points.d), dtype=points.dtype)
        matrix[: len(own)] = points.rows(own)
        for start in range(0, points.n, side):
            here = slice(start, min(start + side, points.n))
            met = np.flatnonzero((pairs.others[mine] >= here.start) & (pairs.others[mine] < here.stop))
            if not len(met):
                continue
            matrix[len(own) : len(own) + here.stop - start] = points.rows(here).cpu()
            starts = np.searchsorted(places[met], np.arange(len(own) + 1))
            others = (pairs.others[mine][met] - start + len(own)).astype(np.int32)
            out[mine.start + met] = _computed(ArrayPoints(matrix), PairLists(np.arange(len(own)), starts, others))
    return out


def _mirrors(points: Points, pairs: PairLists) -> Int[np.ndarray, " pairs"] | None:
    """Where each pair stands the other way round; None where it does not pay to look."""
    from repscope.neighbors._engine.difference_loops import find_mirrored

    if points.d < MIRROR or 4 * len(pairs.rows) < points.n:
        return None
    place = np.empty(len(pairs.others), np.int32 if len(pairs.others) < 2**31 else np.int64)
    lists = np.full(points.n, -1, np.int64)
    lists[pairs.rows] = np.arange(len(pairs.rows))

    def find(share: tuple[int, int]) -> None:
        find_mirrored(pairs.rows, pairs.starts, pairs.others, lists, *share, place)

    in_threads(find, _shares(len(pairs.rows)))
    return place


def _shares(rows: int) -> list[tuple[int, int]]:
    """Consecutive rows for the threads to take, a few shares each."""
    edges = np.linspace(0, rows, 4 * thread_count() + 1).astype(int)
    return [share for share in itertools.pairwise(edges.tolist()) if share[0] < share[1]]


def gathered(points: Points, pairs: PairLists) -> Float[np.ndarray, " pairs"]:
    """The same by tensor operations, on whichever device the points are."""
    import torch

    rows = torch.from_numpy(np.repeat(pairs.rows, np.diff(pairs.starts))).to(points.device)
    others = torch.from_numpy(pairs.others).to(points.device)
    total = torch.zeros(len(others), dtype=torch.float64, device=points.device)
    for start in range(0, points.d, SLAB):
        slab = points.columns(start, min(start + SLAB, points.d))
        for block in row_blocks(len(others), 3 * 8 * SLAB, GATHERED):  # both, and their difference
            difference = slab[rows[block]].double() - slab[others[block]].double()
            total[block] += difference.square_().sum(dim=1)
    return total.cpu().numpy()
