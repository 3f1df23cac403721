"""Some rows exactly, for searches that are not exact: to measure how good they are, and to fill what they left out."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.memory import give_back
from repscope.core.points import ChosenPoints, Points
from repscope.neighbors._engine.answer import Answer
from repscope.neighbors._engine.rest import settle_by_differences, settle_by_rows
from repscope.neighbors._engine.rows import survey

MEMORY = 2**26
"""Bytes that the rows may take at a time."""


@final
@dataclass(frozen=True, eq=False)
class ExactRows:
    """The exact lists of some points; `squared` are the squared distances times 4^-exponent."""

    rows: Int[np.ndarray, " c"]
    indices: Int[np.ndarray, "c k"]
    squared: Float[np.ndarray, "c k"]
    exponent: int


def exact_rows(points: Points, k: int, rows: Int[np.ndarray, " c"]) -> ExactRows:
    """The k nearest others of some of the distinct points.

    Examples
    --------
    >>> from repscope.core.points import as_points
    >>> found = exact_rows(as_points([[0.0], [1.0], [3.0]]), 1, np.array([2]))
    >>> found.indices.tolist(), found.squared.tolist()
    ([[1]], [[4.0]])
    """
    give_back()
    facts = survey(points)
    answer = Answer(points.n, k)
    fill_exactly(ChosenPoints(points, None, facts.exponent) if facts.exponent else points, facts.centre, rows, answer)
    return ExactRows(rows, answer.indices[rows], answer.squared[rows], facts.exponent)


def fill_exactly(points: Points, centre: Float[np.ndarray, " d"], rows: Int[np.ndarray, " c"], answer: Answer) -> None:
    """Fill these rows of an answer, each proved, or from its differences to all points."""
    wanted = min(answer.k + 1, points.n - 1)  # one more shows whether the last is tied
    keep = wanted + 10 + points.d // 200
    for precision in ("float32", "float64"):
        if len(rows):
            rows = settle_by_rows(points, centre, rows, precision, keep, wanted, MEMORY, answer)
    if len(rows):
        settle_by_differences(points, rows, MEMORY, answer)
