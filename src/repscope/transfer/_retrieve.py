"""Retrieval: how well queries find what answers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.maps._ranking import best
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.transfer._average_precision import chance_precision, check_definition, precision_of_ranks

if TYPE_CHECKING:
    import pandas as pd

Rows = Int[np.ndarray, "_"]
_BUDGET = 2**27


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


def retrieve(
    queries: Any,
    gallery: Any,
    relevant: Any,
    junk: Any = None,
    *,
    definition: str = "step",
    metric: str = "cosine",
    keep: int = 20,
) -> Retrieval:
    """Rank the gallery for each query, by exact search in float64, and judge the rankings.

    Parameters
    ----------
    queries : (q, d) array or tensor
    gallery : (n, d) array or tensor
    relevant : (q, n) booleans, or a sequence of q arrays of rows
        What answers each query; one item or more. `same_label` makes it from labels.
    junk : (q, n) booleans, or a sequence of q arrays of rows, optional
        What is taken out of each query's ranking: the query itself where it lies in the gallery, and what counts neither for
        nor against.
    definition : {"step", "trapezoid"}
        Of average precision (`average_precision`).
    metric : {"cosine", "euclidean", "dot"}
        Items with equal scores are ranked by row.
    keep : int
        How many of the first found are kept of each query, to be shown.

    Returns
    -------
    Retrieval
        With `.map`, `.interval`, `.recall(k)`, `.hits(k)`.

    Raises
    ------
    BadInput
        If shapes disagree, numbers are not finite, all descriptors are the same, a query has no relevant item, or an item is
        relevant and junk at once.

    Notes
    -----
    *Interval.* Student's over queries. Queries that share their relevant items are not independent: with few classes and many
    queries of each it is too narrow.

    Examples
    --------
    >>> gallery = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> found = retrieve([[1.0, 0.2]], gallery, [[0, 2]])
    >>> found.ranks[0].tolist(), found.map, found.recall(2), found.hits(2)
    ([2, 3], 0.5833333333333333, 0.5, 1.0)
    """
    check_definition(definition)
    first, second = checked(queries, "the queries"), checked(gallery, "the gallery")
    if first.shape[1] != second.shape[1]:
        raise BadInput(
            f"the queries have {first.shape[1]} dimensions and the gallery {second.shape[1]}; expected descriptors of one kind"
        )
    if len(second) > 1 and (second == second[0]).all():
        raise BadInput(
            f"all {len(second)} descriptors of the gallery are the same, so it has no order; take another layer or descriptor"
        )
    q, n = len(first), len(second)
    answers = _as_rows(relevant, q, n, "relevant")
    left_out = _as_rows(junk, q, n, "junk") if junk is not None else [np.empty(0, dtype=np.int64)] * q
    empty = [query for query in range(q) if not len(answers[query])]
    if empty:
        raise BadInput(
            f"{len(empty)} of {q} queries have no relevant item, the first is row {empty[0]}; leave them out"
        )
    ranks: list[Rows] = []
    firsts = np.full((q, min(keep, n)), -1, dtype=np.int64)
    for rows in row_blocks(q, 40 * n, max(_BUDGET, 40 * n)):
        order = best(first[rows], second, n, metric)
        for query, line in zip(range(rows.start, rows.stop), order, strict=True):
            flags: Bool[np.ndarray, " n"] = np.zeros(n, dtype=bool)
            flags[answers[query]] = True
            out: Bool[np.ndarray, " n"] = np.zeros(n, dtype=bool)
            out[left_out[query]] = True
            if (flags & out).any():
                raise BadInput(
                    f"row {int(np.flatnonzero(flags & out)[0])} of the gallery is relevant and junk at once for query {query}; "
                    "expected one of the two"
                )
            line = line[~out[line]]
            ranks.append(np.flatnonzero(flags[line]) + 1)
            firsts[query, : min(keep, len(line))] = line[:keep]
    totals = np.array([len(a) for a in answers], dtype=np.int64)
    precision = np.array(
        [precision_of_ranks(r, int(count), definition) for r, count in zip(ranks, totals, strict=True)]
    )
    ranked = n - np.array([len(rows) for rows in left_out], dtype=np.int64)
    return Retrieval(precision, definition, tuple(ranks), totals, ranked, firsts)


def same_label(
    queries: Int[np.ndarray, " q"], gallery: Int[np.ndarray, " n"] | None = None
) -> tuple[Bool[np.ndarray, "q n"], Bool[np.ndarray, "q n"] | None]:
    """What is relevant, and what is junk, where items of one label answer each other.

    Parameters
    ----------
    queries : (q,) integers
    gallery : (n,) integers, optional
        Without it the queries are the gallery as well, and each of them is junk for itself.

    Examples
    --------
    >>> relevant, junk = same_label(np.array([0, 0, 1, 1]))
    >>> relevant[0].tolist(), junk[0].tolist()
    ([False, True, False, False], [True, False, False, False])
    """
    if gallery is not None:
        return queries[:, None] == gallery[None, :], None
    itself: Bool[np.ndarray, "q q"] = np.eye(len(queries), dtype=bool)
    return (queries[:, None] == queries[None, :]) & ~itself, itself


def _least_one(k: int) -> int:
    if k < 1:
        raise BadInput(f"the first {k} items were asked for; expected 1 or more")
    return k


def _as_rows(given: Any, q: int, n: int, what: str) -> Sequence[Rows]:
    """Rows of the gallery for each query, whichever way they came."""
    if hasattr(given, "detach"):
        given = given.detach().cpu().numpy()
    if isinstance(given, np.ndarray) and given.dtype == np.bool_:
        if given.shape != (q, n):
            raise BadInput(f"{what} has the shape {given.shape}; expected ({q}, {n}), queries by items of the gallery")
        return [np.flatnonzero(line) for line in given]
    if len(given) != q:
        raise BadInput(f"{what} has {len(given)} entries for {q} queries; expected one for each")
    out = []
    for query, rows in enumerate(given):
        line = np.asarray(list(rows))
        if len(line) and (line.dtype.kind not in "iu" or line.ndim != 1 or line.min() < 0 or line.max() >= n):
            raise BadInput(
                f"{what} of query {query} is {line[:3].tolist()}…; expected rows of the gallery, 0 to {n - 1}, or one matrix of "
                "booleans"
            )
        if len(set(line.tolist())) < len(line):
            raise BadInput(f"{what} of query {query} names a row twice; expected each once")
        out.append(line.astype(np.int64))
    return out
