"""Retrieval: queries against a gallery, exactly, and judged."""

from collections.abc import Iterator, Sequence
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Int

from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.maps._ranking import best
from repscope.transfer._average_precision import check_definition, precision_of_ranks
from repscope.transfer._retrieval import Retrieval

Rows = Int[np.ndarray, "_"]
_BUDGET = 2**27


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
    judge = Judge(len(first), len(second), relevant, junk, definition, keep)
    for rows in query_blocks(len(first), len(second)):
        judge.take(rows, best(first[rows], second, len(second), metric))
    return judge.answer()


def query_blocks(queries: int, gallery: int) -> Iterator[slice]:
    """Blocks of queries whose whole rankings fit the memory."""
    return row_blocks(queries, 40 * gallery, max(_BUDGET, 40 * gallery))


@final
class Judge:
    """Rankings come block by block, are judged, and let go.

    Parameters
    ----------
    queries, gallery : int
        How many.
    relevant, junk
        As for `retrieve`.
    definition : str
    keep : int

    Raises
    ------
    BadInput
        If a query has no relevant item, or shapes disagree.
    """

    def __init__(self, queries: int, gallery: int, relevant: Any, junk: Any, definition: str, keep: int) -> None:
        check_definition(definition)
        self._n = gallery
        self._definition = definition
        self._relevant = _as_rows(relevant, queries, gallery, "relevant")
        none: Rows = np.empty(0, dtype=np.int64)
        self._junk = [none] * queries if junk is None else _as_rows(junk, queries, gallery, "junk")
        empty = [query for query in range(queries) if not len(self._relevant[query])]
        if empty:
            raise BadInput(
                f"{len(empty)} of {queries} queries have no relevant item, the first is row {empty[0]}; leave them out"
            )
        self._ranks: list[Rows] = []
        self._first = np.full((queries, min(keep, gallery)), -1, dtype=np.int64)

    def take(self, queries: slice, order: Int[np.ndarray, "b n"]) -> None:
        """The whole rankings of some queries, block after block."""
        for query, line in zip(range(queries.start, queries.stop), order, strict=True):
            flags: Bool[np.ndarray, " n"] = np.zeros(self._n, dtype=bool)
            flags[self._relevant[query]] = True
            out: Bool[np.ndarray, " n"] = np.zeros(self._n, dtype=bool)
            out[self._junk[query]] = True
            if (flags & out).any():
                raise BadInput(
                    f"row {int(np.flatnonzero(flags & out)[0])} of the gallery is relevant and junk at once for query {query}; "
                    "expected one of the two"
                )
            left = line[~out[line]]
            self._ranks.append(np.flatnonzero(flags[left]) + 1)
            shown = left[: self._first.shape[1]]
            self._first[query, : len(shown)] = shown

    def answer(self) -> Retrieval:
        """What all queries found."""
        totals = np.array([len(rows) for rows in self._relevant], dtype=np.int64)
        precision = [
            precision_of_ranks(ranks, int(total), self._definition)
            for ranks, total in zip(self._ranks, totals, strict=True)
        ]
        ranked = self._n - np.array([len(rows) for rows in self._junk], dtype=np.int64)
        return Retrieval(np.array(precision), self._definition, tuple(self._ranks), totals, ranked, self._first)


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
