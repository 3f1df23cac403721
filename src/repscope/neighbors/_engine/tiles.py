"""Tiles: the pairs of all points as products of pairs of blocks, each pair of blocks once.

The points are taken in a shuffled order, so that any block is a fair sample of all points: the first block's
products with all the others tell each row about how near its neighbours are.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Bool, Int

from repscope.core.errors import OutOfSpace

SIDE = 1024
"""Points of a block: enough for a product at full speed, few enough for a tile to stay in the cache."""

LEAST = 64
"""Points of the smallest block that is worth a product."""


@final
@dataclass(frozen=True)
class Tiling:
    """How m points are cut into blocks, and in which order their pairs are visited.

    Attributes
    ----------
    points : int
        m.
    side : int
        Points of a block, at most.
    resident : bool
        Whether all rounded points are kept in memory; if not, tiles that share a block follow one another.
    threads : int, optional
        That multiply at the same time; as many as torch may use by default.
    held : int
        Rounded blocks that are kept in memory if not all are.
    granule : int
        Consecutive points that stay together, because they cost no more than one of them (`Points.granule`).

    Examples
    --------
    >>> tiling = Tiling(points=10, side=4, resident=True)
    >>> tiling.edges.tolist(), len(tiling.tiles)
    ([0, 3, 6, 10], 6)
    """

    points: int
    side: int
    resident: bool
    threads: int | None = None
    held: int = 2
    granule: int = 1

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-self.points // self.side)

    @cached_property
    def edges(self) -> Int[np.ndarray, " edges"]:
        """Where the blocks begin and end; they are of nearly the same size."""
        edges: Int[np.ndarray, " edges"] = np.linspace(0, self.points, self.blocks + 1).astype(np.int64)
        return edges

    @cached_property
    def order(self) -> Int[np.ndarray, " m"]:
        """The points in the order in which they are cut: granules shuffled, always the same way.

        >>> Tiling(8, 4, resident=True, granule=3).order.tolist()
        [6, 7, 0, 1, 2, 3, 4, 5]
        """
        starts = np.random.default_rng(0).permutation(-(-self.points // self.granule)) * self.granule
        order = (starts[:, None] + np.arange(self.granule)).ravel()
        shuffled: Int[np.ndarray, " m"] = order[order < self.points]
        return shuffled

    def block(self, number: int) -> slice:
        """The places of a block in that order."""
        return slice(int(self.edges[number]), int(self.edges[number + 1]))

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """All pairs of blocks, in an order that depends on nothing but their number."""
        return [(i, j) for i in range(self.blocks) for j in range(i + 1)]

    def number(self, tile: tuple[int, int]) -> int:
        """Where a pair, in whichever order it is given, stands among `pairs`."""
        low, high = sorted(tile)
        return high * (high + 1) // 2 + low

    def share(self, part: int, parts: int) -> Bool[np.ndarray, " tiles"]:
        """Which of `pairs` are in the part-th of so many shares of nearly the same size.

        >>> Tiling(10, 4, resident=True).share(1, 2).tolist()
        [False, False, False, True, True, True]
        """
        edges = np.linspace(0, len(self.pairs), parts + 1).astype(int)
        where = np.arange(len(self.pairs))
        mine: Bool[np.ndarray, " tiles"] = (edges[part] <= where) & (where < edges[part + 1])
        return mine

    @property
    def times_read(self) -> float:
        """How often all points are read for the products: once, if all rounded points are kept.

        >>> Tiling(1000, 100, resident=True).times_read, Tiling(1000, 100, resident=False, held=4).times_read
        (1.0, 3.8)
        """
        if self.resident:
            return 1.0
        return 2.0 + sum(self.blocks - group.start for group in _groups(self)) / self.blocks

    @cached_property
    def tiles(self) -> list[tuple[int, int]]:
        """Pairs of blocks: all with the first block; then, if all are resident, pairs that have no block in common
        follow one another, so that threads do not wait for each other; else the pairs of one block.
        """
        first = [(block, 0) for block in range(self.blocks)]
        rest = range(1, self.blocks)
        if not self.resident:
            # as many blocks as are held meet each of the others while it is there
            columns = [(group, j) for group in _groups(self) for j in range(group.start, self.blocks)]
            return first + [(i, j) for group, j in columns for i in group if i <= j]
        # a tournament: in every round each block plays one other
        players: list[int | None] = [*rest, *([None] if len(rest) % 2 else [])]
        rounds = []
        for _ in range(len(players) - 1):
            half = len(players) // 2
            rounds += [
                (min(a, b), max(a, b))
                for a, b in zip(players[:half], reversed(players[half:]), strict=True)
                if a is not None and b is not None
            ]
            players = [players[0], players[-1], *players[1:-1]]
        return first + rounds + [(block, block) for block in rest]


def _groups(tiling: Tiling) -> list[range]:
    """Blocks, but for the first, as many together as are held."""
    width = max(1, tiling.held - (tiling.threads or 1))
    return [range(start, min(start + width, tiling.blocks)) for start in range(1, tiling.blocks, width)]


def fitting_tiling(
    points: int, features: int, bytes_per_feature: int, memory: int, threads: int, granule: int = 1
) -> Tiling:
    """The tiling that fits a memory budget.

    Raises
    ------
    OutOfSpace
        If the budget does not hold the smallest one; the message says how much would.
    """
    side = SIDE
    while side > LEAST and 4 * _working(side, features, bytes_per_feature, 1) > memory:
        side //= 2  # whatever the number of threads: machines that share a search must agree
    least = _working(side, features, bytes_per_feature, 1)
    if least > memory:
        raise OutOfSpace(
            f"a memory budget of {memory / 2**20:.1f} MiB does not hold one tile of {features} features; "
            f"the least that works is {math.ceil(least * 10 / 2**20) / 10} MiB"
        )
    while _working(side, features, bytes_per_feature, threads) > memory:
        threads -= 1
    left = memory - _tiles_alone(side, features, threads)
    resident = points * features * bytes_per_feature <= left
    held = left // (side * features * bytes_per_feature)
    return Tiling(points, side, resident, threads, held, granule)


def _tiles_alone(side: int, features: int, threads: int) -> int:
    """Each thread's product, and the rows that it rounds."""
    return threads * (4 * side * side + 8 * side * features)


def _working(side: int, features: int, bytes_per_feature: int, threads: int) -> int:
    """What the tiles take, when of the rounded points only those are kept that are being multiplied."""
    return _tiles_alone(side, features, threads) + (threads + 1) * side * features * bytes_per_feature
