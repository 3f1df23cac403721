"""IVF, an inverted file (faiss): points are sorted into cells, and only the cells nearest to a point are searched."""

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.points import Points
from repscope.neighbors._approximate import CentredRows, approximate_neighbors
from repscope.neighbors._faiss import add_and_search, faiss_for, one_thread
from repscope.neighbors._search import Method, Neighbors

TRAINED = 64
"""Points per cell from which the cells' centres are found."""

ROUNDS = 10
"""Of k-means."""


@final
@dataclass(frozen=True)
class IVF(Method):
    """Approximate neighbours by an inverted file: needs the extra ``ann``.

    The points are sorted into cells by k-means, and each point is compared with those of the `nprobe` cells nearest
    to it. What it misses are neighbours across the border of a cell that was not searched, so misses cluster.

    Parameters
    ----------
    nlist : int, optional
        Cells; √m for m points by default, and never more than m.
    nprobe : int, optional
        Cells that are searched for each point; an eighth of all by default. All of them give the exact graph.
    overfetch : int
        Candidates beyond those wanted: the k nearest are told apart by distances in float64.
    checked : int
        Samples whose lists are compared with exact ones, at least 100: recall and its effect on scores come from them.
    seed : int
        Of k-means and of the choice of those samples.

    Notes
    -----
    The same points, parameters and seed give the same graph, whatever the number of threads. Metadata: ``nlist``,
    ``nprobe``, ``recall``, ``recall_interval``, ``checked``, ``seed``, and ``filled``, the rows for which the cells
    held fewer than k others and which were therefore searched exactly.

    References
    ----------
    J. Sivic, A. Zisserman, ICCV (2003). M. Douze et al., The Faiss library, arXiv:2401.08281 (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> points = np.random.default_rng(0).standard_normal((2000, 8))
    >>> graph = neighbor_graph(points, k=10, method=IVF(nprobe=4))
    >>> print(graph.recall)
    recall 0.8..., 95 % interval 0.7... to 0.8..., measured on 1,000 exact rows
    """

    summary: ClassVar[str] = "approximate: an inverted file of cells (faiss), recall measured on exact rows"

    nlist: int | None = None
    nprobe: int | None = None
    overfetch: int = 10
    checked: int = 1000
    seed: int = 0

    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        """The k nearest others of each of the distinct points, as far as they lie in the cells searched."""
        for name, value in (("nlist", self.nlist), ("nprobe", self.nprobe)):
            if value is not None and value < 1:
                raise BadInput(
                    f"{name} = {value} cells; expected 1 or more, or None for a number that suits the points"
                )
        cells = min(self.nlist or max(1, round(math.sqrt(points.n))), points.n)
        probed = min(self.nprobe or -(-cells // 8), cells)
        faiss = faiss_for("neighbor_graph(…, IVF())")

        def find(rows: CentredRows, width: int) -> Int[np.ndarray, "m w"]:
            centres = faiss.IndexFlatL2(rows.d)
            index = faiss.IndexIVFFlat(centres, rows.d, cells)
            index.cp.seed, index.cp.niter = self.seed, ROUNDS
            index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, TRAINED + 1  # ours are chosen here
            trained = np.random.default_rng(self.seed).choice(rows.n, min(TRAINED * cells, rows.n), replace=False)
            with one_thread(faiss):
                index.train(rows.rows(np.sort(trained)))
            job.tell(0.1)
            index.nprobe = probed
            return add_and_search(faiss, index, rows, width)

        about = {"method": "ivf", "nlist": str(cells), "nprobe": str(probed)}
        return approximate_neighbors(points, k, self.overfetch, find, about, job)


method = IVF()
