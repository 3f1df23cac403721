"""Reservoirs: for every row the best few others it has met so far.

Whatever the order in which tiles are offered, and in however many reservoirs that are joined afterwards, the best
`keep` of each row are the same: equal scores are ordered by index.
"""

import threading
from collections.abc import Mapping
from typing import final

import numpy as np
from jaxtyping import Float, Float32, Int, UInt64

from repscope.neighbors._engine.candidates import Candidates

ROOM = 64
"""Entries beyond those kept, so that a row is not pruned at every new one."""

HELD = 65536
"""Entries held back for the columns of a tile at a time."""


@final
class Reservoirs(Candidates):
    """The best `keep` others of each row, and the score that every other point has at least.

    Parameters
    ----------
    rows : int
        How many, fewer than 2^31.
    keep : int
        Entries of each row that are never lost.
    room : int
        Entries beyond those, before a row is pruned.

    Attributes
    ----------
    keys : (rows, keep + room) uint64
        Score and index in one number, which orders entries by score and equal scores by index.
    count : (rows,)
        How many of a row are filled.
    limits : (rows,) float32
        Every point outside has a score of at least this; infinite until a row is full or a limit is set.
    """

    def __init__(self, rows: int, keep: int, room: int = ROOM) -> None:
        self.keep = keep
        self.keys: UInt64[np.ndarray, "rows width"] = np.empty((rows, keep + room), np.uint64)
        self.count: Int[np.ndarray, " rows"] = np.zeros(rows, np.int32)
        self.limits: Float32[np.ndarray, " rows"] = np.full(rows, np.inf, np.float32)
        self._own = threading.local()

    def offer(
        self, product: np.ndarray, first_row: int, first_column: int, halves: Float32[np.ndarray, " rows"]
    ) -> None:
        """Offer a tile of products x·y to its rows and its columns; the scores are |y|²/2 − x·y.

        Threads may offer tiles at the same time as long as these have no rows or columns in common.

        Examples
        --------
        >>> points = np.array([[0.0], [1.0], [3.0]], np.float32)
        >>> found = Reservoirs(3, keep=1)
        >>> found.offer(points @ points.T, 0, 0, (points**2).sum(1) / 2)
        >>> found.best(slice(0, 3), 1)[0].ravel().tolist()
        [1, 0, 1]
        """
        from repscope.neighbors._engine.reservoir_loops import offer_tile

        columns = product.shape[1]
        if getattr(self._own, "columns", 0) < columns:
            held = max(HELD, 2 * columns + 1)
            self._own.space = (
                np.empty(columns + 1, np.uint64),  # a row's own
                np.empty(held, np.uint64),  # what is held back for the columns, and for which
                np.empty(held, np.int32),
                np.empty(columns + 1, np.int32),  # where each column's begin, and all by column
                np.empty(held, np.uint64),
            )
            self._own.columns = columns
        offer_tile(
            product, first_row, first_column, halves, self.keys, self.count, self.limits, self.keep, *self._own.space
        )

    def best(
        self, rows: slice, width: int
    ) -> tuple[Int[np.ndarray, "b w"], Float32[np.ndarray, "b w"], Float[np.ndarray, " b"]]:
        """The entries of these rows, each row's best `width` first.

        Returns
        -------
        others : (b, w)
            Which points; -1 where a row has fewer.
        scores : (b, w)
            Theirs; infinite where a row has fewer.
        limits : (b,)
            The score that every point outside has at least.
        """
        from repscope.neighbors._engine.reservoir_loops import arrange, unpack

        arrange(self.keys, self.count, self.limits, self.keep, width, rows.start, rows.stop)
        shape = (rows.stop - rows.start, max(int(self.count[rows].max(initial=0)), 1))
        others, scores = np.empty(shape, np.int32), np.empty(shape, np.float32)
        unpack(self.keys, self.count, rows.start, others, scores)
        return others, scores, self.limits[rows].astype(np.float64)

    def forget(self) -> None:
        """Give back the memory."""
        self.keys = np.empty((0, self.keys.shape[1]), np.uint64)

    def arrays(self) -> dict[str, np.ndarray]:
        """What there is, for a file: each row's best, one row after the other, how many, and the limits."""
        from repscope.neighbors._engine.reservoir_loops import arrange

        rows = len(self.count)
        arrange(self.keys, self.count, self.limits, self.keep, self.keep, 0, rows)
        there = np.arange(self.keys.shape[1]) < self.count[:, None]
        return {"keys": self.keys[there].view(np.int64), "count": self.count, "limits": self.limits}

    def absorb(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take in what other reservoirs of the same rows have met.

        Examples
        --------
        >>> points = np.array([[0.0], [1.0], [3.0], [4.0]], np.float32)
        >>> halves = (points**2).sum(1) / 2
        >>> one, other = Reservoirs(4, keep=1), Reservoirs(4, keep=1)
        >>> one.offer(points[:2] @ points[:2].T, 0, 0, halves)
        >>> other.offer(points[:2] @ points[2:].T, 0, 2, halves)
        >>> other.offer(points[2:] @ points[2:].T, 2, 2, halves)
        >>> one.absorb(other.arrays())
        >>> one.best(slice(0, 4), 1)[0].ravel().tolist()
        [1, 0, 3, 2]
        """
        from repscope.neighbors._engine.reservoir_loops import absorb

        starts = np.concatenate([[0], np.cumsum(arrays["count"], dtype=np.int64)])
        keys = arrays["keys"].view(np.uint64)
        absorb(self.keys, self.count, self.limits, self.keep, keys, arrays["limits"], starts, 0, len(self.count))
