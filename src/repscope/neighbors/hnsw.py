"""HNSW, a hierarchical navigable small world (faiss): a graph of links is walked towards each point."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.points import Points
from repscope.neighbors._approximate import CentredRows, approximate_neighbors
from repscope.neighbors._faiss import add_and_search, faiss_for
from repscope.neighbors._search import Method, Neighbors


@final
@dataclass(frozen=True)
class HNSW(Method):
    """Approximate neighbours by a hierarchical navigable small world: needs the extra ``ann``.

    Each point is linked to some near ones, on several levels, and a search walks along the links. What it misses are
    neighbours on islands that the walk does not reach, so misses cluster.

    Parameters
    ----------
    M : int
        Links of a point on the upper levels, and half of those on the lowest.
    ef_construction : int
        Points that a walk keeps in view while the links are made.
    ef_search : int, optional
        Points that a walk keeps in view when neighbours are sought; twice as many as candidates by default, at
        least 64, and never fewer than candidates.
    overfetch : int
        Candidates beyond those wanted: the k nearest are told apart by distances in float64.
    checked : int
        Samples whose lists are compared with exact ones, at least 100: recall and its effect on scores come from them.
    seed : int
        Of the points' levels and of the choice of those samples.

    Notes
    -----
    The same points, parameters and seed give the same graph: links depend on the order in which points come, so they
    are made on one thread, whatever the number of threads; searches run side by side. Metadata: ``M``,
    ``ef_construction``, ``ef_search``, ``recall``, ``recall_interval``, ``checked``, ``seed``, and ``filled``, the
    rows for which the walk found fewer than k others and which were therefore searched exactly.

    References
    ----------
    Y. A. Malkov, D. A. Yashunin, IEEE Trans. Pattern Anal. Mach. Intell. 42 (2020). M. Douze et al., The Faiss
    library, arXiv:2401.08281 (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> points = np.random.default_rng(0).standard_normal((2000, 8))
    >>> graph = neighbor_graph(points, k=10, method=HNSW(M=8, ef_search=21))
    >>> print(graph.recall)
    recall 0.9..., 95 % interval 0.9... to 0.9..., measured on 1,000 exact rows
    """

    summary: ClassVar[str] = "approximate: a navigable small world of links (faiss), recall measured on exact rows"

    M: int = 16
    ef_construction: int = 100
    ef_search: int | None = None
    overfetch: int = 10
    checked: int = 1000
    seed: int = 0

    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        """The k nearest others of each of the distinct points, as far as the walk reaches them."""
        if self.M < 2:
            raise BadInput(f"M = {self.M} links; expected 2 or more")
        for name, value in (("ef_construction", self.ef_construction), ("ef_search", self.ef_search)):
            if value is not None and value < 1:
                raise BadInput(f"{name} = {value} points in view; expected 1 or more")
        faiss = faiss_for("neighbor_graph(…, HNSW())")
        candidates = min(k + self.overfetch, points.n - 1) + 1
        in_view = max(candidates, self.ef_search or max(64, 2 * candidates))

        def find(rows: CentredRows, width: int) -> Int[np.ndarray, "m w"]:
            index = faiss.IndexHNSWFlat(rows.d, self.M)
            index.hnsw.rng = faiss.RandomGenerator(self.seed)
            index.hnsw.efConstruction, index.hnsw.efSearch = self.ef_construction, in_view
            return add_and_search(faiss, index, rows, width)

        about = {
            "method": "hnsw",
            "M": str(self.M),
            "ef_construction": str(self.ef_construction),
            "ef_search": str(in_view),
        }
        return approximate_neighbors(points, k, self.overfetch, find, about, job)


method = HNSW()
