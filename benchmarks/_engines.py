"""The engines: ours and their peers, each with its best settings that a user can be expected to find.

All get the same (n, d) float32 array in memory and give, for every row, the k nearest others: indices, distances.
The row itself is left out, by index, as part of what is timed. Libraries are imported in the engine's own process.

repscope exact         neighbor_graph with Exact(): what a user gets; also with its two first products fixed
repscope quantised     candidates from eight bits, not proved
faiss                  IndexFlatL2 as installed, all rows in one search; its own loader takes the processor's units
faiss tuned            the same with OpenBLAS told which kernel to take (on processors that it does not know it takes a
                       slower one) and blocks of 1024 × 2048, the best or nearly so of six sizes tried
scikit-learn           NearestNeighbors(algorithm="brute"): its blocked search, float64 inside
torch.cdist            and topk, 1024 rows at a time, which is faster than all at once and needs less memory
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._measure import instructions

Points = NDArray[np.float32]
Answer = tuple[NDArray[np.int64], NDArray[np.floating[Any]]]
Search = Callable[[Points, int], Answer]

BLOCK = 1024
"""Rows at a time of torch.cdist."""

KERNEL = next((kernel for unit, kernel in (("avx512f", "SkylakeX"), ("avx2", "Haswell")) if unit in instructions()), "")
"""OpenBLAS's best kernel for this processor; empty where there is no choice."""


@dataclass(frozen=True)
class Engine:
    """Parameters
    ----------
    search : callable
        (points, k) to (indices, distances).
    exact : bool
        Whether it says of itself that its answer is exact.
    needs : str
        The package, where it may be missing.
    method : str
        Ours: the name under which the method is found.
    environment : dict
        Set before the engine's process begins.
    """

    search: Search
    exact: bool = False
    needs: str = ""
    method: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> str:
        """Why it cannot run; empty if it can."""
        if self.needs and importlib.util.find_spec(self.needs) is None:
            return "not installed"
        if self.method and importlib.util.find_spec(f"repscope.neighbors.{self.method}") is None:
            return "not in this version"
        return ""


def _ours(name: str, **settings: Any) -> Search:
    def search(points: Points, k: int) -> Answer:
        import dataclasses

        from repscope.neighbors import METHODS, neighbor_graph

        graph = neighbor_graph(points, k, dataclasses.replace(METHODS[name], **settings))
        return graph.indices, graph.distances

    return search


def _faiss(points: Points, k: int, blocks: tuple[int, int] | None = None) -> Answer:
    import faiss

    if blocks is not None:
        faiss.cvar.distance_compute_blas_query_bs, faiss.cvar.distance_compute_blas_database_bs = blocks
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(points)
    squared, indices = index.search(points, k + 1)
    indices, squared = without_self(indices, squared)
    return indices, np.sqrt(np.maximum(squared, 0))


def _sklearn(points: Points, k: int) -> Answer:
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points)  # takes all of OpenMP's threads
    distances, indices = found.kneighbors()  # leaves each row itself out
    return indices, distances


def _cdist(points: Points, k: int) -> Answer:
    import torch

    rows = torch.from_numpy(points)
    indices, distances = np.empty((len(points), k + 1), np.int64), np.empty((len(points), k + 1), np.float32)
    with torch.inference_mode():
        for start in range(0, len(points), BLOCK):
            block = slice(start, start + BLOCK)
            nearest = torch.cdist(rows[block], rows).topk(k + 1, largest=False)
            indices[block], distances[block] = nearest.indices.numpy(), nearest.values.numpy()
    return without_self(indices, distances)


def without_self(indices: NDArray[np.int64], values: NDArray[Any]) -> Answer:
    """Each row's list without the row itself, wherever it stands; without the last entry where it is not there."""
    n, wide = indices.shape
    own = indices == np.arange(n)[:, None]
    drop = np.where(own.any(axis=1), own.argmax(axis=1), wide - 1)
    keep = np.arange(wide) != drop[:, None]
    return indices[keep].reshape(n, wide - 1), values[keep].reshape(n, wide - 1)


def _faiss_tuned(points: Points, k: int) -> Answer:
    return _faiss(points, k, blocks=(1024, 2048))


_RIGHT = {"OPENBLAS_CORETYPE": KERNEL} if KERNEL else {}

ENGINES = {
    "repscope exact": Engine(_ours("exact"), exact=True),
    "repscope exact float32": Engine(_ours("exact", product="float32"), exact=True),
    "repscope exact int8": Engine(_ours("exact", product="int8"), exact=True),
    "repscope quantised": Engine(_ours("quantised"), method="quantised"),
    "faiss": Engine(_faiss, needs="faiss"),
    "faiss tuned": Engine(_faiss_tuned, needs="faiss", environment=_RIGHT),
    "scikit-learn": Engine(_sklearn, needs="sklearn"),
    "torch.cdist": Engine(_cdist, needs="torch"),
}


def chosen(beginnings: tuple[str, ...]) -> list[str]:
    """Names of the engines that are called so or begin so; all without a wish."""
    found = [
        name
        for name in ENGINES
        if not beginnings or any(name == b or (b not in ENGINES and name.startswith(b)) for b in beginnings)
    ]
    if not found:
        raise SystemExit(f"no engine begins with {', '.join(beginnings)}; there are: {'; '.join(ENGINES)}")
    return found
