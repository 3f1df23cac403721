"""What queries found: average precision, recall, ranks, each with its interval."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.transfer._average_precision import chance_precision

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False)
class Retrieval:
    """What queries found.

    Attributes
    ----------
    precision : (q,) float64
        Average precision of each query.
    definition : {"step", "trapezoid"}
        Of average precision.
    ranks : tuple of (hits,) int64
        Of each query: the ranks, from 1 and rising, of the relevant items that were ranked, junk taken out.
    relevant, ranked : (q,) int64
        Of each query: relevant items in all, and items that were ranked.
    first : (q, m) int64
        Rows of the gallery that were found first, best first, junk taken out; −1 where there are no more.
    """

    precision: Float[np.ndarray, " q"]
    definition: str
    ranks: tuple[Int[np.ndarray, "_"], ...]
    relevant: Int[np.ndarray, " q"]
    ranked: Int[np.ndarray, " q"]
    first: Int[np.ndarray, "q m"]

    @property
    def map(self) -> float:
        """Mean average precision over queries."""
        return float(self.precision.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean average precision: how far it would move with other queries."""
        return self.score.interval

    @property
    def score(self) -> Score:
        """Mean average precision, its interval over queries, and what random rankings would give."""
        null = chance_precision(self.relevant, self.ranked, self.definition)
        return self._over_queries(self.precision, f"mAP ({self.definition})", null)

    def recall(self, k: int) -> float:
        """The share of a query's relevant items that are among the first k, averaged over queries.

        Raises
        ------
        BadInput
            If k is less than 1.
        """
        return float(self.recall_score(k).value)

    def recall_score(self, k: int) -> Score:
        """`recall` with its interval over queries; chance is k over the number of items."""
        null = float(np.minimum(1.0, _least_one(k) / self.ranked).mean())
        return self._over_queries(self._found_within(k) / self.relevant, f"recall@{k}", null)

    def hits(self, k: int) -> float:
        """The share of queries with a relevant item among the first k: what metric learning calls recall@k.

        Raises
        ------
        BadInput
            If k is less than 1.
        """
        return float((self._found_within(_least_one(k)) > 0).mean())

    def frame(self) -> "pd.DataFrame":
        """A row for each query (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Retrieval.frame()", "frame")
        columns = {
            "average_precision": self.precision,
            "relevant": self.relevant,
            "ranked": self.ranked,
            "first_rank": [float(ranks[0]) if len(ranks) else float("nan") for ranks in self.ranks],
        }
        frame: pd.DataFrame = pandas.DataFrame(columns)
        return frame

    def _found_within(self, k: int) -> Int[np.ndarray, " q"]:
        return np.array([int(np.searchsorted(ranks, k, side="right")) for ranks in self.ranks], dtype=np.int64)

    @staticmethod
    def _over_queries(values: Float[np.ndarray, " q"], measure: str, null: float) -> Score:
        score = mean_score(values, measure, "queries", null)
        low, high = score.interval
        within = (max(0.0, low), min(1.0, high)) if np.isfinite(low) else score.interval
        return Score(
            measure,
            score.value,
            within,
            score.interval_method,
            null,
            per_sample=values,
            details={"queries": float(len(values))},
        )

    def __str__(self) -> str:
        return str(self.score)


def _least_one(k: int) -> int:
    if k < 1:
        raise BadInput(f"the first {k} items were asked for; expected 1 or more")
    return k
