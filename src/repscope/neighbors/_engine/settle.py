"""From candidates to neighbours: distances from differences, and the rows that they prove.

the best candidates ──► their distances ──► U, the distance of the last neighbour wanted
further candidates that their approximate distance does not rule out within U ──► their distances
every point that is no candidate is ruled out ──► the row is proved
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.memory import give_back
from repscope.core.points import Points
from repscope.core.threads import in_threads
from repscope.neighbors._engine.answer import Answer
from repscope.neighbors._engine.candidates import Found
from repscope.neighbors._engine.certificate import largest_score
from repscope.neighbors._engine.distances import PairLists, squared_distances

SPARE = 8
"""Candidates beyond those wanted whose distances are computed before anything is known."""

CHEAP = 4096
"""Features of further candidates per row that cost less than telling which candidates are further."""

ROWS = 1024
"""Rows that are looked at together."""


def settle(points: Points, found: Found, wanted: int, answer: Answer) -> Int[np.ndarray, " open"]:
    """Keep the rows whose `wanted` nearest the candidates prove, and return the others.

    Raises
    ------
    BadInput
        If the points do not fit the memory budget.
    """
    total = len(found.rows)
    place = np.empty(len(found.order), np.int64)  # of each point in the product's own order
    place[found.order] = np.arange(len(found.order))
    blocks = [slice(start, min(start + ROWS, total)) for start in range(0, total, ROWS)]
    width, spare = wanted + SPARE, found.candidates.keep - wanted - SPARE
    if spare * points.d <= CHEAP:
        width = max(found.candidates.keep, wanted)
    near = np.empty((total, width), np.int32)
    limits = np.empty(total)
    in_threads(lambda block: _nearest(found, block, near, limits), blocks)
    starts = np.arange(total + 1, dtype=np.int64) * width
    distances = squared_distances(points, PairLists(found.rows, starts, near.ravel())).reshape(near.shape)
    give_back()
    open_rows = np.zeros(total, bool)
    further: list[Further] = [Further.none(0)] * len(blocks)

    def look_further(number: int) -> None:
        block = blocks[number]
        distances[block][near[block] == found.rows[block, None]] = np.inf  # a row that has fewer candidates
        last = np.partition(distances[block], wanted - 1, axis=1)[:, wanted - 1]
        own, rounding = place[found.rows[block]], found.rounding
        cut = largest_score(rounding, rounding.norms[own], rounding.residuals[own], last) / found.step**2
        open_rows[block] = ~(limits[block] > cut)
        further[number] = _further(found, block, np.where(open_rows[block], -np.inf, cut), width)

    in_threads(look_further, range(len(blocks)))
    found.candidates.forget()
    give_back()
    more = squared_distances(points, _joined(found.rows, further))
    give_back()
    ends = np.cumsum([len(f.others) for f in further])

    def keep(number: int) -> None:
        block, f = blocks[number], further[number]
        mine = more[ends[number] - len(f.others) : ends[number]]
        good = np.flatnonzero(~open_rows[block])
        alone = good[f.counts[good] == 0]
        answer.keep(found.rows[block][alone], near[block][alone], distances[block][alone])
        joined = good[f.counts[good] > 0]
        if len(joined):
            others, squared = f.padded(mine, near[block], distances[block])
            answer.keep(found.rows[block][joined], others[joined], squared[joined])

    in_threads(keep, range(len(blocks)))
    return found.rows[open_rows]


@final
@dataclass(frozen=True, eq=False)
class Further:
    """For a block of rows, the candidates that may still lie within reach: lists one after the other."""

    counts: Int[np.ndarray, " b"]
    others: Int[np.ndarray, " pairs"]

    @staticmethod
    def none(rows: int) -> "Further":
        """No further candidates."""
        return Further(np.zeros(rows, np.int64), np.empty(0, np.int32))

    def padded(
        self,
        squared: Float[np.ndarray, " pairs"],
        near: Int[np.ndarray, "b c"],
        distances: Float[np.ndarray, "b c"],
    ) -> tuple[Int[np.ndarray, "b w"], Float[np.ndarray, "b w"]]:
        """These and the nearest together, ascending in each row; at infinite distance where there are no more."""
        width = int(self.counts.max())
        there = np.arange(width) < self.counts[:, None]
        others, far = np.full(there.shape, np.iinfo(np.int32).max, np.int32), np.full(there.shape, np.inf)
        others[there], far[there] = self.others, squared
        both, lengths = np.concatenate([near, others], axis=1), np.concatenate([distances, far], axis=1)
        order = np.argsort(both, axis=1)
        return np.take_along_axis(both, order, axis=1), np.take_along_axis(lengths, order, axis=1)


def _nearest(found: Found, block: slice, near: Int[np.ndarray, "n c"], limits: Float[np.ndarray, " n"]) -> None:
    """Fill the points of the best candidates, ascending, a row itself where it has fewer; and what all the rest score."""
    others, _, limits[block] = found.candidates.best(block, near.shape[1])
    rows = found.rows[block]
    near[block] = rows[:, None]
    chosen = others[:, : near.shape[1]]
    near[block, : chosen.shape[1]] = np.where(chosen < 0, rows[:, None], found.order[chosen])
    near[block].sort(axis=1)


def _further(found: Found, block: slice, cut: Float[np.ndarray, " b"], width: int) -> Further:
    """The candidates behind the first `width` that may lie within reach."""
    if found.candidates.keep <= width:
        return Further.none(len(cut))
    others, scores, _ = found.candidates.best(block, width)
    within = (scores[:, width:] <= cut[:, None]) & (others[:, width:] >= 0)
    chosen = found.order[others[:, width:][within]].astype(np.int32)
    counts = within.sum(axis=1)
    starts = np.repeat(np.arange(len(counts)), counts)
    return Further(counts, chosen[np.lexsort((chosen, starts))])


def _joined(rows: Int[np.ndarray, " b"], further: list[Further]) -> PairLists:
    """The lists of all blocks, one after the other."""
    counts = np.concatenate([f.counts for f in further])
    starts = np.concatenate([[0], np.cumsum(counts)])
    return PairLists(rows, starts, np.concatenate([f.others for f in further]))
