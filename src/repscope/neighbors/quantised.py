"""Quantised candidates: products in few bits find a few more neighbours than wanted, float64 ranks them again."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.blocks import parse_bytes
from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.points import Points
from repscope.neighbors._approximate import CentredRows, approximate_neighbors
from repscope.neighbors._engine.all_pairs import all_pairs
from repscope.neighbors._engine.plan import Plan
from repscope.neighbors._engine.probes import product_is_right
from repscope.neighbors._engine.products import PRECISIONS
from repscope.neighbors._engine.rounded_points import RoundedPoints
from repscope.neighbors._search import Method, Neighbors

PRODUCTS = ("int8", "bfloat16")

ROWS = 1024
"""Rows whose candidates are taken out together."""


@final
@dataclass(frozen=True)
class Quantised(Method):
    """The nearest of k + 50 candidates that a product in eight bits finds, ranked by distances in float64.

    In practice these are the k nearest, and distances are those of `Exact`, but nothing is proved: at 50 candidates
    more than wanted the bound on what rounding to eight bits may do is wider than the gap behind the last of them.
    `Exact` uses the same product where the processor is fast at it, and takes as many candidates as the proof needs.

    Parameters
    ----------
    product : {"int8", "bfloat16"}
        What candidates come from; compared with float64 before it is used. int8 pays where the processor has
        instructions for it, bfloat16 where it has those.
    overfetch : int
        Candidates beyond those wanted.
    memory : int or str
        Budget for what is held beside the points themselves and the result.
    checked : int
        Samples whose lists are compared with exact ones, at least 100: recall and its effect on scores come from them.
    seed : int
        Of the choice of those samples.

    Notes
    -----
    The same points and parameters give the same graph, whatever the number of threads and the memory. Metadata:
    ``product``, ``overfetch``, ``recall``, ``recall_interval``, ``checked``, ``seed``, and ``filled``, the rows for
    which fewer than k candidates were found and which were therefore searched exactly.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> points = np.random.default_rng(0).standard_normal((2000, 64))
    >>> graph = neighbor_graph(points, k=10, method=Quantised())
    >>> print(graph.recall)
    recall 1.000, 95 % interval 0.9... to 1.000, measured on 256 exact rows
    """

    summary: ClassVar[str] = "candidates by int8 or bfloat16, distances in float64, recall measured on exact rows"

    product: str = "int8"
    overfetch: int = 50
    memory: int | str = "2GiB"
    checked: int = 256
    seed: int = 0

    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        """The k nearest of the candidates of each of the distinct points."""
        if self.product not in PRODUCTS:
            raise BadInput(
                f"product = {self.product!r}; expected 'int8' or 'bfloat16': Exact() takes more precise ones"
            )
        if not product_is_right(self.product):
            raise BadInput(
                f"this machine's product in {self.product} differs from float64 by more than rounding can explain; use "
                "Exact(), which does not need it"
            )

        def find(rows: CentredRows, width: int) -> Int[np.ndarray, "m w"]:
            made = RoundedPoints.within(rows.points, rows.centre, PRECISIONS[self.product], parse_bytes(self.memory))
            plan = Plan(self.product, width - 1, made.tiling.side, 0.0)
            found = all_pairs(made, plan, room=64 + width // 4, job=job)
            order, near = found.order, np.full((rows.n, width), -1, np.int32)
            for start in range(0, rows.n, ROWS):
                block = slice(start, min(start + ROWS, rows.n))
                best = found.candidates.best(block, width - 1)[0][:, : width - 1]
                near[order[block], : best.shape[1]] = np.where(best < 0, -1, order[best])
            return near

        about = {"method": "quantised", "product": self.product, "overfetch": str(self.overfetch)}
        return approximate_neighbors(points, k, self.overfetch, find, about, job)


method = Quantised()
