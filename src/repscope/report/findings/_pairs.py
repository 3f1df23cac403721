"""A matrix of similarities of layers, with the error of every cell."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import final

import numpy as np
from jaxtyping import Float

from repscope.report.findings._curve import Effect
from repscope.studies import ScoreTable

WIDTH = 2 * NormalDist().inv_cdf(0.975)
"""Of a 95 % interval, in standard errors."""


@final
@dataclass(frozen=True, eq=False)
class Pairs:
    """Similarities of the layers of one network, or of two.

    Attributes
    ----------
    rows, columns : tuple of str
    values, errors : (l, m) float64
        Similarities and their standard errors, from the scores' 95 % intervals.
    kept : (l, m) float64
        Share of the neighbours that both layers have, |A ∩ B| / k; where a score does not say, 2J / (1 + J) of its mean index J.
    chance : float
        What unrelated layers would have; where a score does not say, 2J / (1 + J) of its mean index J.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Float[np.ndarray, "l m"]
    errors: Float[np.ndarray, "l m"]
    kept: Float[np.ndarray, "l m"]
    chance: float

    @staticmethod
    def of(table: ScoreTable) -> "Pairs":
        """From the scores of one measure and one partition."""
        rows, columns = ({x: i for i, x in enumerate(names)} for names in (table.layers, table.others))
        values = np.full((len(rows), len(columns)), np.nan)
        errors, kept = np.full_like(values, np.nan), np.full_like(values, np.nan)
        chance = np.nan
        for row in table.rows:
            if row.other is not None:
                i, j = rows[row.layer], columns[row.other]
                low, high = row.score.interval
                values[i, j] = row.score.value
                errors[i, j] = (high - low) / WIDTH
                kept[i, j] = row.score.details.get("kept", 2 * row.score.value / (1 + row.score.value))
                chance = chance if row.score.null is None else row.score.null
        return Pairs(tuple(rows), tuple(columns), values, errors, kept, float(chance))

    def among(self, layers: tuple[str, ...]) -> "Pairs":
        """The rows and columns of these layers, in this order, as far as they are there."""
        rows, columns = (tuple(x for x in layers if x in there) for there in (self.rows, self.columns))
        cells = np.ix_([self.rows.index(x) for x in rows], [self.columns.index(x) for x in columns])
        return Pairs(rows, columns, self.values[cells], self.errors[cells], self.kept[cells], self.chance)

    def effect(self, row: str, column: str) -> Effect:
        """One cell."""
        i, j = self.rows.index(row), self.columns.index(column)
        return Effect(float(self.values[i, j]), float(self.errors[i, j]))

    def share_kept(self, row: str, column: str) -> float:
        """Share of the neighbours that both layers have."""
        return float(self.kept[self.rows.index(row), self.columns.index(column)])


def combined(terms: Iterable[tuple[float, Effect]]) -> Effect:
    """A weighted sum of effects whose dependence is not known: the error is the largest that it can have.

    >>> combined([(1.0, Effect(0.5, 0.01)), (-1.0, Effect(0.2, 0.02))])
    Effect(value=0.3, error=0.03, slack=0.0)
    """
    listed = list(terms)
    return Effect(sum(w * e.value for w, e in listed), sum(abs(w) * e.error for w, e in listed))
