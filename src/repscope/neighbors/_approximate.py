"""What all approximate methods have in common: rows that an index can take, and its candidates made a graph.

points, centred in float64, in float32 ──► an index's candidates, a few more than wanted
    ──► itself taken out by index ──► distances from differences in float64 ──► sorted by distance and index
rows with fewer than k ──► exactly

What an index overlooked stays overlooked. That is measured elsewhere: `neighbor_graph` compares as many rows as
`Method.checked` says with exact ones.
"""

from collections.abc import Callable, Mapping
from typing import final

import numpy as np
from jaxtyping import Float, Float32, Int

from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.memory import give_back
from repscope.core.points import ChosenPoints, Points
from repscope.core.threads import in_threads
from repscope.neighbors._engine.answer import Answer
from repscope.neighbors._engine.distances import PairLists, squared_distances
from repscope.neighbors._engine.rows import survey
from repscope.neighbors._exact_rows import fill_exactly
from repscope.neighbors._search import Neighbors

BLOCK = 1024
"""Rows that are taken together; fixed, so that no result depends on threads or memory."""

SAMPLED = 256
"""Rows from which the scale is chosen."""


@final
class CentredRows:
    """Points less their mean, rounded to float32 only then, at a scale where squares neither overflow nor vanish.

    Attributes
    ----------
    points : Points
        As they were, times 2^-exponent.
    centre : (d,) float64
    exponent : int
    n, d : int

    Examples
    --------
    >>> from repscope.core.points import as_points
    >>> CentredRows(as_points([[2.0**700], [3 * 2.0**700]])).rows(slice(0, 2)).ravel().tolist()
    [-0.5, 0.5]
    """

    def __init__(self, points: Points) -> None:
        facts = survey(points)
        self.points = ChosenPoints(points, None, facts.exponent) if facts.exponent else points
        self.centre, self.exponent = facts.centre, facts.exponent
        self.n, self.d = points.n, points.d
        self._scale = 1.0
        some = self._centred(np.linspace(0, self.n - 1, min(SAMPLED, self.n)).astype(np.int64))
        self._scale = float(np.ldexp(1.0, -int(np.frexp(np.abs(some).max())[1])))

    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> Float32[np.ndarray, "b d"]:
        """Some of the rows."""
        with np.errstate(over="ignore"):  # a row far from all others: whatever is found for it is measured
            return np.ascontiguousarray(self._centred(index), np.float32)

    @property
    def blocks(self) -> list[slice]:
        """Which rows to take together."""
        return [slice(start, min(start + BLOCK, self.n)) for start in range(0, self.n, BLOCK)]

    def _centred(self, index: "slice | Int[np.ndarray, ' b']") -> Float[np.ndarray, "b d"]:
        centred: Float[np.ndarray, "b d"] = self.points.rows(index).cpu().numpy().astype(np.float64) - self.centre
        return centred * self._scale


def approximate_neighbors(
    points: Points,
    k: int,
    overfetch: int,
    find: Callable[[CentredRows, int], Int[np.ndarray, "m w"]],
    about: Mapping[str, str],
    job: Job,
) -> Neighbors:
    """The nearest of the candidates that an index finds.

    Parameters
    ----------
    points : Points
        Distinct and finite.
    k : int
    overfetch : int
        Candidates beyond those wanted.
    find : function
        Given the rows and a number, as many candidates of each row; itself, entries that are none (negative) and
        entries that occur twice may be among them.
    about : mapping of str to str
        Kept with the graph.

    Raises
    ------
    BadInput
        If `overfetch` is negative, or distances between different points are zero even in float64.

    Examples
    --------
    >>> from repscope.core.points import as_points
    >>> three = as_points([[0.0], [1.0], [3.0]])
    >>> poor = lambda rows, width: np.array([[0, 2], [1, -1], [1, 2]])
    >>> found = approximate_neighbors(three, 1, 0, poor, {}, Job())
    >>> found.indices.ravel().tolist(), found.squared.ravel().tolist(), found.metadata["filled"]
    ([2, 0, 1], [9.0, 1.0, 4.0], '1')
    """
    if overfetch < 0:
        raise BadInput(f"overfetch = {overfetch} candidates beyond those wanted; expected zero or more")
    rows = CentredRows(points)
    near = _listed(find(rows, min(k + overfetch, points.n - 1) + 1))
    give_back()
    answer = Answer(points.n, k)
    short = _keep_nearest(rows.points, near, answer)
    if len(short):
        fill_exactly(rows.points, rows.centre, short, answer)
    if not answer.squared.all():
        raise BadInput(
            "the features differ so much in size that distances between different samples come out as zero even in "
            "float64; leave out the constant or the huge features, or scale them"
        )
    job.finished()
    return Neighbors(answer.indices, answer.squared, answer.beyond, rows.exponent, {**about, "filled": str(len(short))})


def _listed(found: Int[np.ndarray, "m w"]) -> Int[np.ndarray, "m w"]:
    """Candidates, ascending in each row; the row itself in place of what is none."""
    own = np.arange(len(found), dtype=np.int32)[:, None]
    near = np.where((found < 0) | (found >= len(found)), own, found.astype(np.int32))
    near.sort(axis=1)
    twice = near[:, 1:] == near[:, :-1]
    near[:, 1:][twice] = np.broadcast_to(own, near.shape)[:, 1:][twice]
    near.sort(axis=1)
    return near


def _keep_nearest(points: Points, near: Int[np.ndarray, "m w"], answer: Answer) -> Int[np.ndarray, " short"]:
    """Fill the answer; the rows that have fewer than k candidates are left as they are and returned."""
    m, width = near.shape
    everyone = np.arange(m)
    pairs = PairLists(everyone, np.arange(m + 1, dtype=np.int64) * width, near.ravel())
    squared = squared_distances(points, pairs).reshape(near.shape)
    give_back()
    none = near == everyone[:, None]
    squared[none] = np.inf
    enough = width - np.count_nonzero(none, axis=1) >= answer.k

    def keep(start: int) -> None:
        rows = start + np.flatnonzero(enough[start : start + BLOCK])
        if len(rows):
            answer.keep(rows, near[rows], squared[rows])

    in_threads(keep, range(0, m, BLOCK))
    short: Int[np.ndarray, " short"] = everyone[~enough]
    return short
