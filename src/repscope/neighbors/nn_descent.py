"""NN-descent (pynndescent): lists of neighbours improved by those of their neighbours, from trees of random cuts."""

import warnings
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.optional import optional
from repscope.core.points import Points
from repscope.neighbors._approximate import CentredRows, approximate_neighbors
from repscope.neighbors._search import Method, Neighbors


@final
@dataclass(frozen=True)
class NNDescent(Method):
    """Approximate neighbours by NN-descent: needs the package pynndescent, which no extra of repscope brings.

    Lists of neighbours begin in trees of random cuts and are improved by the neighbours of neighbours. They never
    begin with the lists of another layer: such a graph remembers that layer, and the similarity of the two comes out
    too high, while that is the number wanted.

    Parameters
    ----------
    n_trees, n_iters, max_candidates : int, optional
        Trees, rounds of improvement and candidates in each; as pynndescent chooses for so many points by default.
    delta : float
        Share of entries that must still change in a round for another one to follow.
    overfetch : int
        Candidates beyond those wanted: the k nearest are told apart by distances in float64.
    checked : int
        Samples whose lists are compared with exact ones, at least 100: recall and its effect on scores come from them.
    seed : int
        Of the trees and of the choice of those samples.

    Notes
    -----
    The same points, parameters and seed give the same graph: it runs on one thread, because what pynndescent finds
    depends on the number of threads. All points are held in memory, in float32. Metadata: the parameters, ``recall``,
    ``recall_interval``, ``checked``, ``seed``, and ``filled``, the rows that had fewer than k others and were
    therefore searched exactly.

    References
    ----------
    W. Dong, C. Moses, K. Li, WWW (2011).

    Examples
    --------
    >>> from repscope.neighbors import METHODS
    >>> METHODS["nn_descent"]
    NNDescent(n_trees=None, n_iters=None, max_candidates=None, delta=0.001, overfetch=10, checked=1000, seed=0)
    """

    summary: ClassVar[str] = "approximate: NN-descent (pynndescent), recall measured on exact rows"

    n_trees: int | None = None
    n_iters: int | None = None
    max_candidates: int | None = None
    delta: float = 0.001
    overfetch: int = 10
    checked: int = 1000
    seed: int = 0

    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        """The k nearest others of each of the distinct points, as far as the descent finds them."""
        counts = {"n_trees": self.n_trees, "n_iters": self.n_iters, "max_candidates": self.max_candidates}
        for name, value in counts.items():
            if value is not None and value < 1:
                raise BadInput(f"{name} = {value}; expected 1 or more, or None for a number that suits the points")
        package = optional("pynndescent", "neighbor_graph(…, NNDescent())", None)

        def find(rows: CentredRows, width: int) -> Int[np.ndarray, "m w"]:
            matrix = np.concatenate([rows.rows(block) for block in rows.blocks])
            with warnings.catch_warnings():  # rows left short are filled, and counted
                warnings.simplefilter("ignore")
                made = package.NNDescent(
                    matrix, n_neighbors=width, random_state=self.seed, n_jobs=1, delta=self.delta, **counts
                )
            found: Int[np.ndarray, "m w"] = made.neighbor_graph[0].astype(np.int64)
            return found

        about = {"method": "nn_descent", "delta": str(self.delta), **{n: str(v or "auto") for n, v in counts.items()}}
        return approximate_neighbors(points, k, self.overfetch, find, about, job)


method = NNDescent()
