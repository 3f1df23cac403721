"""Scores by measure, partition and layer, and the ways to look at them: a curve, a matrix, a frame."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float

from repscope.activations import Scale
from repscope.core.errors import BadInput, nearest
from repscope.measures import Score

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@final
@dataclass(frozen=True, eq=False)
class ScoreRow:
    """One score and what it is of; `other` is the second layer of a pair, None for a measure of one layer.

    `scale` and `pooling` say at which scale the layer was looked at, of a pair the second.
    """

    partition: str
    layer: str
    other: str | None
    score: Score
    scale: Scale = 1
    pooling: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"partition": self.partition, "layer": self.layer, "other": self.other, **self.score.as_dict()}

    @staticmethod
    def from_dict(fields: dict[str, Any]) -> "ScoreRow":
        """What `as_dict` wrote."""
        return ScoreRow(fields["partition"], fields["layer"], fields["other"], Score.from_dict(fields))


@final
@dataclass(frozen=True, eq=False, repr=False)
class ScoreTable:
    """Scores in the order of the layers.

    Examples
    --------
    >>> from repscope.measures import Score
    >>> rows = [ScoreRow("train", name, None, Score("m", v, (v, v), "exact")) for name, v in (("a", 1.0), ("b", 2.0))]
    >>> [score.value for score in ScoreTable(tuple(rows)).curve("train")]
    [1.0, 2.0]
    """

    rows: tuple[ScoreRow, ...]

    def __repr__(self) -> str:
        what = f"{', '.join(self.measures)}; {', '.join(self.partitions)}; {len(self.layers)} layers"
        return f"ScoreTable({len(self.rows)} scores: {what})"

    def select(self, measure: str | None = None, partition: str | None = None) -> "ScoreTable":
        """The rows of one measure, or one partition, or both."""
        return ScoreTable(
            tuple(
                r
                for r in self.rows
                if (measure is None or r.score.measure == measure) and (partition is None or r.partition == partition)
            )
        )

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures that are in the table."""
        return tuple(dict.fromkeys(r.score.measure for r in self.rows))

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partitions that are in the table."""
        return tuple(dict.fromkeys(r.partition for r in self.rows))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are in the table (of a pair, the first)."""
        return tuple(dict.fromkeys(r.layer for r in self.rows))

    @property
    def others(self) -> tuple[str, ...]:
        """The second layers that are in the table."""
        return tuple(dict.fromkeys(r.other for r in self.rows if r.other is not None))

    def curve(self, partition: str | None = None) -> tuple[Score, ...]:
        """The scores of a measure of single layers, in the order of the layers.

        Raises
        ------
        BadInput
            If the table is not of one measure and one partition.
        """
        chosen = self._one(partition)
        return tuple(r.score for r in chosen if r.other is None)

    def matrix(self, partition: str | None = None) -> Float[np.ndarray, "l m"]:
        """The values of a measure of pairs: rows are first layers, columns second ones; NaN where there is none.

        Raises
        ------
        BadInput
            If the table is not of one measure and one partition.
        """
        chosen = [r for r in self._one(partition) if r.other is not None]
        rows = {name: i for i, name in enumerate(dict.fromkeys(r.layer for r in chosen))}
        columns = {name: i for i, name in enumerate(dict.fromkeys(r.other for r in chosen))}
        out = np.full((len(rows), len(columns)), np.nan)
        for r in chosen:
            out[rows[r.layer], columns[r.other]] = r.score.value
        return out

    def frame(self) -> "pd.DataFrame":
        """All rows as a pandas frame: partition, layer, other, value, low, high, null, measure, notes."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "ScoreTable.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame(list(self.records()))
        return frame

    def plot(self) -> "Figure":
        """A matplotlib figure: curves with interval bands and chance, or matrices, one for each partition.

        Raises
        ------
        BadInput
            If the table is empty, or not of one measure: ``table.select(measure="class_similarity").plot()``.
        """
        from repscope.studies._plots import plot

        return plot(self)

    def records(self) -> Iterable[dict[str, Any]]:
        """The rows as flat dictionaries, for a CSV file or a frame."""
        for r in self.rows:
            low, high = r.score.interval
            yield {
                "partition": r.partition,
                "layer": r.layer,
                "other": r.other,
                "value": r.score.value,
                "low": low,
                "high": high,
                "null": r.score.null,
                "measure": r.score.measure,
                "notes": "; ".join(r.score.notes),
                **({} if r.pooling is None else {"scale": r.scale, "pooling": r.pooling}),
            }

    def _one(self, partition: str | None) -> tuple[ScoreRow, ...]:
        chosen = self.select(partition=partition)
        if not chosen.rows:
            raise BadInput(
                f"there are no scores of partition {partition!r}; {nearest(str(partition), self.partitions)}"
            )
        if len(chosen.measures) > 1 or len(chosen.partitions) > 1:
            raise BadInput(
                f"the table holds the measures {chosen.measures} and the partitions {chosen.partitions}; "
                "a curve or a matrix is of one each: select(measure=…, partition=…)"
            )
        return chosen.rows
