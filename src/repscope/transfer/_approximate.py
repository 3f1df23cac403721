"""The best of a large gallery, approximately, with the share of them that were found."""

from types import ModuleType

import numpy as np
from jaxtyping import Float, Int

from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.maps._ranking import METRICS, best, unit
from repscope.neighbors._faiss import faiss_for, one_thread
from repscope.neighbors._recall import Recall, estimate_recall

LINKS = 32
IN_VIEW = 64
"""Items that a walk keeps in view, at least."""
OVERFETCH = 10
_AS = {"cosine": "dot", "euclidean": "euclidean", "dot": "dot"}
"""The metric of vectors as they are walked among."""
_BUDGET = 2**27


def approximate_best(
    queries: Float[np.ndarray, "q d"],
    gallery: Float[np.ndarray, "n d"],
    k: int,
    metric: str = "cosine",
    without: Int[np.ndarray, " q"] | None = None,
    tried: int = 200,
    seed: int = 0,
) -> tuple[Int[np.ndarray, "q k"], Recall]:
    """Rows of the k best of the gallery for each query, by a navigable small world (faiss); needs the extra ``ann``.

    It pays for many queries of a large gallery: the links take longer to make than a few exact searches. What is found is put in order by
    scores in float64.

    Parameters
    ----------
    queries : (q, d) array
    gallery : (n, d) array
    k : int
    metric : {"cosine", "euclidean", "dot"}
        By ``"dot"`` walks end early where lengths differ much; the recall says so.
    without : (q,) integers, optional
        Of each query the row of the gallery that it is itself, which is no answer; −1 where it is none.
    tried : int
        Queries that are searched exactly as well, for the recall; two or more, if there are so many.
    seed : int
        Of the links and of the choice of those queries.

    Returns
    -------
    (q, k) int64, Recall

    Raises
    ------
    BadInput
        As for exact search; or if there are too few queries to try, or too few items for k answers.

    References
    ----------
    Y. A. Malkov, D. A. Yashunin, IEEE Trans. Pattern Anal. Mach. Intell. 42 (2020). M. Douze et al., The Faiss library,
    arXiv:2401.08281 (2024).

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(2000, 8))
    >>> rows, recall = approximate_best(points[:300], points, 5)
    >>> rows.shape, recall.value > 0.95, bool((rows[:, 0] == np.arange(300)).all())
    ((300, 5), True, True)
    """
    first, second = checked(queries, "the queries"), checked(gallery, "the gallery")
    if tried < min(2, len(first)):
        raise BadInput(f"tried = {tried} queries; expected two or more, from which the recall is known")
    if metric not in METRICS:
        raise BadInput(f"the metric {metric!r} is not known; expected one of {', '.join(METRICS)}")
    own: Int[np.ndarray, " q"] = np.full(len(first), -1) if without is None else np.asarray(without)
    most = k + int((own >= 0).any())
    if not k >= 1 or most > len(second):
        raise BadInput(f"the {k} best of {len(second) - most + k} were asked for; expected 1 to as many as there are")
    first, second = _to_walk(first, second, metric)
    rows = _walked(faiss_for("approximate search"), first, second, most, metric, seed)
    rows = _less(rows, own, k)
    some = np.sort(np.random.default_rng(seed).choice(len(first), min(tried, len(first)), replace=False))
    exact = _less(best(first[some], second, most, _AS[metric]), own[some], k)
    shares = [len(set(x) & set(y)) / k for x, y in zip(rows[some].tolist(), exact.tolist(), strict=True)]
    return rows, estimate_recall(np.array(shares), len(first), k)


def _walked(
    faiss: ModuleType,
    first: Float[np.ndarray, "q d"],
    second: Float[np.ndarray, "n d"],
    k: int,
    metric: str,
    seed: int,
) -> Int[np.ndarray, "q k"]:
    """What walks along the links find; where that is fewer than k, exactly."""
    rows: Int[np.ndarray, "q k"] = np.empty((len(first), k), dtype=np.int64)
    candidates = min(k + OVERFETCH, len(second))
    with one_thread(faiss):  # so that the number of threads changes nothing
        kind = faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexHNSWFlat(second.shape[1], LINKS, kind)
        index.hnsw.rng = faiss.RandomGenerator(seed)
        index.hnsw.efSearch = max(IN_VIEW, 2 * candidates)
        index.add(np.ascontiguousarray(second, dtype=np.float32))
        for block in row_blocks(len(first), 8 * candidates * (1 + second.shape[1]), _BUDGET):
            _, found = index.search(np.ascontiguousarray(first[block], dtype=np.float32), candidates)
            for place, line in zip(range(block.start, block.stop), found, strict=True):
                reached = np.sort(line[line >= 0])
                chosen = reached if len(reached) >= k else np.arange(len(second))
                rows[place] = chosen[best(first[place : place + 1], second[chosen], k, _AS[metric])[0]]
    return rows


def _to_walk(
    queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "n d"], metric: str
) -> tuple[Float[np.ndarray, "q d"], Float[np.ndarray, "n d"]]:
    """In float64: of unit length where only directions count; less the gallery's mean where only distances do."""
    first, second = queries.astype(np.float64), gallery.astype(np.float64)
    if metric == "cosine":
        return unit(first, "queries"), unit(second, "gallery")
    centre = second.mean(axis=0) if metric == "euclidean" else 0.0
    return first - centre, second - centre


def _less(rows: Int[np.ndarray, "q m"], own: Int[np.ndarray, " q"], k: int) -> Int[np.ndarray, "q k"]:
    """The first k of each line that are not the query itself."""
    kept = rows != own[:, None]
    kept &= kept.cumsum(axis=1) <= k
    left: Int[np.ndarray, "q k"] = rows[kept].reshape(len(rows), k)
    return left
