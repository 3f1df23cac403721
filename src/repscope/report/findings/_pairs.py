"""A matrix of similarities of layers, with the error of every cell."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import final

import numpy as np
from jaxtyping import Float

from repscope.measures._curve import Effect
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
        What unrelated layers would have; NaN if no score says it.
    per_sample : mapping of (row, column) to (n,) float64
        The similarities of each sample, of scores that still have them: fresh ones do, stored ones do not.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Float[np.ndarray, "l m"]
    errors: Float[np.ndarray, "l m"]
    kept: Float[np.ndarray, "l m"]
    chance: float
    per_sample: Mapping[tuple[str, str], Float[np.ndarray, " n"]] = field(default_factory=dict)

    @staticmethod
    def of(table: ScoreTable) -> "Pairs":
        """From the scores of one measure and one partition; without layers that have none."""
        answered = [row for row in table.rows if row.other is not None and row.score.interval_method != "none"]
        firsts, seconds = {row.layer for row in answered}, {row.other for row in answered}
        rows = {name: i for i, name in enumerate(name for name in table.layers if name in firsts)}
        columns = {name: i for i, name in enumerate(name for name in table.others if name in seconds)}
        values = np.full((len(rows), len(columns)), np.nan)
        errors, kept = np.full_like(values, np.nan), np.full_like(values, np.nan)
        chance = np.nan
        per_sample: dict[tuple[str, str], Float[np.ndarray, " n"]] = {}
        for row in answered:
            if row.other is not None:
                i, j = rows[row.layer], columns[row.other]
                low, high = row.score.interval
                values[i, j] = row.score.value
                errors[i, j] = (high - low) / WIDTH
                kept[i, j] = row.score.details.get("kept", 2 * row.score.value / (1 + row.score.value))
                chance = chance if row.score.null is None else row.score.null
                if row.score.per_sample is not None:
                    per_sample[row.layer, row.other] = row.score.per_sample
        return Pairs(tuple(rows), tuple(columns), values, errors, kept, float(chance), per_sample)

    def among(self, layers: tuple[str, ...]) -> "Pairs":
        """The rows and columns of these layers, in this order, as far as they are there."""
        rows, columns = (tuple(x for x in layers if x in there) for there in (self.rows, self.columns))
        cells = np.ix_([self.rows.index(x) for x in rows], [self.columns.index(x) for x in columns])
        values, errors, kept = self.values[cells], self.errors[cells], self.kept[cells]
        return Pairs(rows, columns, values, errors, kept, self.chance, self.per_sample)

    def effect(self, row: str, column: str) -> Effect:
        """One cell."""
        i, j = self.rows.index(row), self.columns.index(column)
        return Effect(float(self.values[i, j]), float(self.errors[i, j]))

    def contrast(self, weights: Mapping[tuple[str, str], float]) -> Effect:
        """A weighted sum of cells.

        The cells are of the same samples. Where their per-sample values are known, the sum is taken sample by
        sample; the error of its mean, as if samples were independent, is widened by the most that a cell's own
        error exceeds its error under independence, since neighbours share samples. Where they are not known, the error
        is the largest that the cells' errors allow.
        """
        cells = {cell: self.effect(*cell) for cell in weights}
        value = sum(w * cells[cell].value for cell, w in weights.items())
        error = sum(abs(w) * cells[cell].error for cell, w in weights.items())
        if all(cell in self.per_sample for cell in weights):
            alone = {cell: standard_error(self.per_sample[cell]) for cell in weights}
            wider = max((cells[cell].error / a for cell, a in alone.items() if a > 0), default=math.inf)
            together = np.sum([w * self.per_sample[cell] for cell, w in weights.items()], axis=0)
            error = min(error, wider * standard_error(together))
        return Effect(float(value), float(error))

    def share_kept(self, row: str, column: str) -> float:
        """Share of the neighbours that both layers have."""
        return float(self.kept[self.rows.index(row), self.columns.index(column)])


def standard_error(values: Float[np.ndarray, " n"]) -> float:
    """Of a mean of independent values.

    >>> standard_error(np.array([1.0, -1.0, 1.0, -1.0]))
    0.5
    """
    return float(np.std(values) / np.sqrt(len(values)))
