"""Changing the embedding model behind an index: what a map would keep, beside what doing nothing keeps.

status quo    old queries against the old index
naive swap    new queries against the old index, dimensions cut off or filled with zeros
mapped        new queries taken into the old space; or the old index taken into the new one
re-scored     the mapped ranking's first candidates, ranked again by the new model
re-indexed    new queries against the new index: what all the work would give
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int
from sklearn.base import clone

from repscope.core.errors import BadInput, Mismatch
from repscope.core.numbers import with_interval
from repscope.maps._embeddings import Embeddings, paired_by_id
from repscope.maps._estimator import MapEstimator
from repscope.maps._ranking import best, ndcg_at, recall_at
from repscope.maps.identity import Identity
from repscope.maps.ridge import Ridge

if TYPE_CHECKING:
    import pandas as pd

STATUS_QUO, NAIVE, REINDEXED = "status quo", "naive swap", "re-indexed"
QUERIES, INDEX = "mapped, queries into the index", "mapped, index to the queries"
RESCORED = "mapped, best {} re-scored"
SIZES = (500, 1000, 2000, 5000, 10_000, 20_000)
LEAST_QUERIES = 20


@final
@dataclass(frozen=True, eq=False)
class MigrationRow:
    """One way of answering queries, and how well it does.

    Attributes
    ----------
    way : str
    pairs : int or None
        That the map was fitted on; None where there is no map.
    recall, ndcg : (value, low, high)
        Means over queries, with 95 % intervals.
    against_status_quo : (value, low, high)
        Difference of recall on the same queries.
    per_query : (q,) float64
        Recall of each query.
    """

    way: str
    pairs: int | None
    recall: tuple[float, float, float]
    ndcg: tuple[float, float, float]
    against_status_quo: tuple[float, float, float]
    per_query: Float[np.ndarray, " q"]


@final
@dataclass(frozen=True, eq=False)
class Migration:
    """What changing the model would do, row by row, and a verdict.

    Attributes
    ----------
    rows : tuple of MigrationRow
    k : int
    judged : bool
        Whether by relevance judgements; else the new model's own neighbours are taken for the truth.
    verdict : str
        In words.
    limits : tuple of str
        What the verdict does not say.
    """

    rows: tuple[MigrationRow, ...]
    k: int
    judged: bool
    verdict: str
    limits: tuple[str, ...]

    def row(self, way: str) -> MigrationRow:
        """The row of a way, with the most pairs."""
        found = [row for row in self.rows if row.way.startswith(way)]
        if not found:
            raise BadInput(
                f"there is no row {way!r}; there are {', '.join(dict.fromkeys(row.way for row in self.rows))}"
            )
        return found[-1]

    def frame(self) -> "pd.DataFrame":
        """The rows (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Migration.frame()", "frame")
        lines = [
            {
                "way": row.way,
                "pairs": row.pairs,
                "recall": row.recall[0],
                "recall_low": row.recall[1],
                "recall_high": row.recall[2],
                "ndcg": row.ndcg[0],
                "ndcg_low": row.ndcg[1],
                "ndcg_high": row.ndcg[2],
                "against_status_quo": row.against_status_quo[0],
            }
            for row in self.rows
        ]
        frame: pd.DataFrame = pandas.DataFrame(lines)
        return frame


def check_migration(
    index: tuple[Embeddings, Embeddings],
    queries: tuple[Embeddings, Embeddings],
    pairs: tuple[Embeddings, Embeddings],
    relevance: Mapping[str, Sequence[str]] | None = None,
    kind: MapEstimator | None = None,
    k: int = 10,
    sizes: Sequence[int] = SIZES,
    candidates: int | None = None,
    metric: str = "cosine",
    seed: int = 0,
) -> Migration:
    """Compare doing nothing, swapping, mapping and re-indexing.

    Parameters
    ----------
    index, queries, pairs : (old, new)
        Embeddings of the same samples by the old and by the new model: of the index, of the queries, and of the pairs that maps
        are fitted on. Pairs should be in neither of the others.
    relevance : mapping of str to sequence of str, optional
        For each query's id the ids in the index that answer it. Without, the new model's k nearest are taken for the truth,
        which hides how good doing nothing is.
    kind : MapEstimator, optional
        `Ridge("cv")` by default.
    k : int
        How many answers are looked at.
    sizes : sequence of int
        Numbers of pairs; those that there are, and all there are.
    candidates : int, optional
        Of the mapped ranking that the new model ranks again: by default 200, or a tenth of the index if that is less, for of a
        small index even candidates drawn at random hold much.
    metric : "cosine", "euclidean" or "dot"
        Of the index.
    seed : int
        Of the choice of pairs.

    Returns
    -------
    Migration

    Raises
    ------
    Mismatch
        If samples differ on the two sides, or spaces from one part to another.
    BadInput
        If there are too few queries, or judgements name what is not there.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> old = random.normal(size=(900, 8))
    >>> new = old @ random.normal(size=(8, 8))
    >>> parts = [slice(0, 500), slice(500, 600), slice(600, 900)]
    >>> both = [tuple(Embeddings.of(x[p], n, [str(i) for i in range(p.start, p.stop)]) for x, n in ((old, "old"), (new, "new"))) for p in parts]
    >>> found = check_migration(both[0], both[1], both[2])
    >>> found.row("mapped, index").recall[0] > 0.99, found.row("naive swap").recall[0] < 0.3
    (True, True)
    """
    old, new = paired_by_id(*index)
    old_queries, new_queries = paired_by_id(*queries)
    old_pairs, new_pairs = paired_by_id(*pairs)
    _check_spaces((old, old_queries, old_pairs), (new, new_queries, new_pairs))
    if len(old_queries) < LEAST_QUERIES:
        raise BadInput(
            f"{len(old_queries)} queries came; expected {LEAST_QUERIES} or more, for intervals that mean something"
        )
    if not 1 <= k <= len(old):
        raise BadInput(f"k={k!r} of an index of {len(old)}; expected 1 to as many")
    if candidates is None:
        candidates = min(200, len(old) // 10)
    top = min(max(candidates, k), len(old))
    truth = best(new_queries.vectors, new.vectors, top, metric)
    relevant = (
        [set(line) for line in truth[:, :k].tolist()] if relevance is None else _relevant(relevance, old_queries, old)
    )
    rows: list[MigrationRow] = []
    status = recall_at(best(old_queries.vectors, old.vectors, k, metric), relevant)

    def note(way: str, count: int | None, found: Int[np.ndarray, "q k"]) -> None:
        recall = recall_at(found[:, :k], relevant)
        rows.append(
            MigrationRow(way, count, mean(recall), mean(ndcg_at(found[:, :k], relevant)), mean(recall - status), recall)
        )

    note(STATUS_QUO, None, best(old_queries.vectors, old.vectors, k, metric))
    swapped = Identity().fit(new_pairs.vectors, old_pairs.vectors).predict(new_queries.vectors)
    note(NAIVE, None, best(swapped, old.vectors, k, metric))
    estimator = kind if kind is not None else Ridge("cv")
    for count, chosen in _subsets(len(old_pairs), sizes, seed):
        x, y = old_pairs.vectors[chosen], new_pairs.vectors[chosen]
        towards_old, towards_new = clone(estimator).fit(y, x), clone(estimator).fit(x, y)
        note(QUERIES, count, best(towards_old.predict(new_queries.vectors), old.vectors, k, metric))
        first = best(new_queries.vectors, towards_new.predict(old.vectors), top, metric)
        note(INDEX, count, first)
        note(RESCORED.format(top), count, _rescored(first, truth, new_queries, new, k, metric))
    note(REINDEXED, None, truth)
    smallest = min(old.space.dimension, new.space.dimension)
    return Migration(
        tuple(rows),
        k,
        relevance is not None,
        _verdict(rows, k, relevance is not None),
        tuple(_limits(len(old_queries), len(old), len(old_pairs), smallest, relevance is not None)),
    )


def mean(values: Float[np.ndarray, " q"]) -> tuple[float, float, float]:
    """A mean over queries and its 95 % interval, by Student's t.

    >>> tuple(round(x, 3) for x in mean(np.array([0.0, 1.0, 0.0, 1.0])))
    (0.5, -0.419, 1.419)
    """
    from scipy.stats import t

    middle = float(values.mean())
    half = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return middle, middle - half, middle + half


def _check_spaces(olds: Sequence[Embeddings], news: Sequence[Embeddings]) -> None:
    for side in (olds, news):
        for other, what in zip(side[1:], ("queries", "pairs"), strict=True):
            if not side[0].space.agrees_with(other.space):
                raise Mismatch(
                    f"the index is of {side[0].space} and the {what} of {other.space}; expected embeddings by one model: was old "
                    "taken for new?"
                )


def _relevant(relevance: Mapping[str, Sequence[str]], queries: Embeddings, index: Embeddings) -> list[set[int]]:
    place = {name: row for row, name in enumerate(index.ids)}
    out = []
    for name in queries.ids:
        if name not in relevance or not relevance[name]:
            raise BadInput(f"the query {name!r} has no judgements; leave it out, or give the ids that answer it")
        strange = [one for one in relevance[name] if one not in place]
        if strange:
            raise BadInput(f"the query {name!r} is answered by {strange[0]!r}, which is not in the index")
        out.append({place[one] for one in relevance[name]})
    return out


def _subsets(n: int, sizes: Sequence[int], seed: int) -> Iterator[tuple[int, Int[np.ndarray, " m"]]]:
    """Rows of more and more pairs, each part of the next."""
    order = np.random.default_rng(seed).permutation(n)
    for count in sorted({size for size in sizes if size < n} | {n}):
        yield count, np.sort(order[:count])


def _rescored(
    first: Int[np.ndarray, "q c"],
    truth: Int[np.ndarray, "q c"],
    queries: Embeddings,
    index: Embeddings,
    k: int,
    metric: str,
) -> Int[np.ndarray, "q k"]:
    """The candidates of each query in the order of the new model."""
    out = np.empty((len(first), k), dtype=np.int64)
    for row, line in enumerate(first):
        inner = best(queries.vectors[row : row + 1], index.vectors[line], k, metric)[0]
        out[row] = line[inner]
    return out


def _verdict(rows: Sequence[MigrationRow], k: int, judged: bool) -> str:
    """In words, from the differences on the same queries."""
    last = {row.way.split(",")[0] if row.pairs is None else row.way: row for row in rows}
    status, whole = last[STATUS_QUO], last[REINDEXED]
    mapped = max((row for way, row in last.items() if way in (QUERIES, INDEX)), key=lambda row: row.recall[0])
    rescored = next(row for way, row in last.items() if "re-scored" in way)

    def said(row: MigrationRow) -> str:
        return with_interval([100 * x for x in row.against_status_quo], "+.1f", " points")

    numbers = (
        f"Recall@{k}: status quo {100 * status.recall[0]:.1f} %, naive swap {100 * last[NAIVE].recall[0]:.1f} %, mapped "
        f"{100 * mapped.recall[0]:.1f} % ({said(mapped)} against the status quo), re-scored {100 * rescored.recall[0]:.1f} % "
        f"({said(rescored)}), re-indexed {100 * whole.recall[0]:.1f} %."
    )
    if not judged:
        kept = 100 * mapped.recall[0] / whole.recall[0] if whole.recall[0] else 0.0
        return (
            f"{numbers} The new model's own neighbours are taken for the truth: the map gives {kept:.0f} % of them, which says how "
            "well it imitates a full re-index and nothing about whether answers get better. Judge with relevance before you migrate."
        )
    if whole.against_status_quo[2] < 0:
        return f"{numbers} Keep the old model: even a full re-index would be worse on these queries."
    if mapped.against_status_quo[1] > 0:
        return f"{numbers} The map alone is better than keeping the old model: use it until the index is made anew."
    if rescored.against_status_quo[1] > 0:
        return (
            f"{numbers} The map alone is not shown to be better than keeping the old model; as a generator of candidates that the "
            "new model re-scores it is: use it so, or re-index."
        )
    if whole.against_status_quo[1] > 0:
        return (
            f"{numbers} No map is shown to be better than keeping the old model: keep it until the index is made anew."
        )
    return f"{numbers} No change is shown to be better than keeping the old model on these queries."


def _limits(queries: int, index: int, pairs: int, dimension: int, judged: bool) -> Iterator[str]:
    yield f"It holds for queries like these {queries:,} and an index like these {index:,}; other domains need pairs of their own."
    if pairs < 5 * dimension:
        yield f"{pairs} pairs are few for {dimension} dimensions: more would probably help."
    if not judged:
        yield "Without relevance judgements the status quo looks as bad as it differs from the new model, not as bad as it is."
    yield "The map also links stores that were taken for anonymous: guard it like the embeddings."
