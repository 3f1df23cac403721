"""The best of a large gallery, approximately, with the share of them that were found."""

import numpy as np
from jaxtyping import Float, Float32, Int

from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.maps._ranking import best
from repscope.neighbors._faiss import faiss_for, one_thread
from repscope.neighbors._recall import Recall, estimate_recall

LINKS = 32
IN_VIEW = 64
"""Items that a walk keeps in view, at least."""
OVERFETCH = 10
_BUDGET = 2**27


def approximate_best(
    queries: Float[np.ndarray, "q d"],
    gallery: Float[np.ndarray, "n d"],
    k: int,
    metric: str = "cosine",
    tried: int = 200,
    seed: int = 0,
) -> tuple[Int[np.ndarray, "q k"], Recall]:
    """Rows of the k best of the gallery for each query, by a navigable small world (faiss); the extra ``ann``.

    It pays for many queries of a large gallery: the links take longer to make than a few exact searches. What is found is put in order by
    scores in float64.

    Parameters
    ----------
    queries : (q, d) array
    gallery : (n, d) array
    k : int
    metric : {"cosine", "euclidean", "dot"}
        By ``"dot"`` walks end early where lengths differ much; the recall says so.
    tried : int
        Queries that are searched exactly as well, for the recall.
    seed : int
        Of the links and of the choice of those queries.

    Returns
    -------
    (q, k) int64, Recall

    Raises
    ------
    BadInput
        As for exact search; or if there is not a query to try.

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
    if tried < 1:
        raise BadInput(f"tried = {tried} queries; expected one or more, from which the recall is known")
    first, second = checked(queries, "the queries"), checked(gallery, "the gallery")
    some = np.sort(np.random.default_rng(seed).choice(len(first), min(tried, len(first)), replace=False))
    exact = best(first[some], second, k, metric)  # refuses what cannot be searched
    a, b = _to_walk(first, metric), _to_walk(second, metric)
    rows: Int[np.ndarray, "q k"] = np.empty((len(a), k), dtype=np.int64)
    faiss = faiss_for("approximate search")
    candidates = min(k + OVERFETCH, len(b))
    with one_thread(faiss):  # so that the number of threads changes nothing
        kind = faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexHNSWFlat(b.shape[1], LINKS, kind)
        index.hnsw.rng = faiss.RandomGenerator(seed)
        index.hnsw.efSearch = max(IN_VIEW, 2 * candidates)
        index.add(b)
        for block in row_blocks(len(a), 8 * candidates * (1 + b.shape[1]), _BUDGET):
            _, found = index.search(a[block], candidates)
            for place, line in zip(range(block.start, block.stop), found, strict=True):
                reached = np.sort(line[line >= 0])
                chosen = reached if len(reached) >= k else np.arange(len(b))
                rows[place] = chosen[best(first[place : place + 1], second[chosen], k, metric)[0]]
    shares = [len(set(x) & set(y)) / k for x, y in zip(rows[some].tolist(), exact.tolist(), strict=True)]
    return rows, estimate_recall(np.array(shares), len(first), k)


def _to_walk(vectors: Float[np.ndarray, "n d"], metric: str) -> Float32[np.ndarray, "n d"]:
    """In the index's numbers; of unit length where only directions count."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) if metric == "cosine" else np.ones((1, 1))
    return np.ascontiguousarray(vectors / lengths, dtype=np.float32)
