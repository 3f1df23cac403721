"""Curves of scores over layers, as JSON holds them."""

from collections.abc import Sequence
from typing import Any

from repscope.measures import Score
from repscope.studies._result import StudyFigure
from repscope.studies._table import ScoreRow, ScoreTable

Curves = dict[str, dict[str, Any]]
"""By the names of curves, and by layer: scores as dictionaries."""


def rows_of(curves: Curves) -> list[list[Any]]:
    """In order, which JSON of names would not keep: curve, layer, score."""
    return [[curve, layer, score] for curve, scores in curves.items() for layer, score in scores.items()]


def curves_of(rows: Sequence[Sequence[Any]]) -> Curves:
    """Back.

    >>> curves_of(rows_of({"b": {"z": 1, "a": 2}}))
    {'b': {'z': 1, 'a': 2}}
    """
    found: Curves = {}
    for curve, layer, score in rows:
        found.setdefault(curve, {})[layer] = score
    return found


def figure_of(name: str, title: str, text: str, rows: Sequence[Sequence[Any]]) -> StudyFigure:
    """A figure of such rows."""
    scores = [ScoreRow(curve, layer, None, Score.from_dict(score)) for curve, layer, score in rows]
    return StudyFigure(name, title, text, ScoreTable(tuple(scores)))
