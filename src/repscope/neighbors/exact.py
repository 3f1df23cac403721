"""The exact method: every row of neighbours is proved, and every distance is computed from differences in float64.

    block of rows ──► float32 product with all points ──► candidates, a few more than wanted
                  ──► float64 distances from differences ──► sorted, proved by the rounding bound
    rows not proved ──► the same with a float64 product
    rows still open ──► differences to all points

What other programs do, |a|² + |b|² − 2 a·b in float32 and the k smallest, cancels when points are tight or far
from the origin: then the candidates themselves are wrong, and neither centring nor re-ranking saves them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.blocks import parse_bytes, row_blocks
from repscope.core.errors import BadInput
from repscope.core.progress import progress
from repscope.neighbors._certificate import proved
from repscope.neighbors._distances import squared_distances
from repscope.neighbors._search import Method, Neighbors

if TYPE_CHECKING:
    import torch


@final
@dataclass(frozen=True)
class Exact(Method):
    """Exact neighbours, blocked, never an n × n matrix.

    Parameters
    ----------
    overfetch : int, optional
        Candidates beyond those wanted. By default 10, and more for many features, where rounding is larger.
    memory : int or str
        Budget for the working blocks, beside the points themselves and one centred copy of them.

    Notes
    -----
    The graph's metadata say how many rows were proved by the float32 product, by the float64 product, and by
    direct differences (``proved_float32``, ``proved_float64``, ``proved_direct``).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> graph = neighbor_graph(np.eye(4) * [1, 2, 3, 4], k=1, method=Exact(memory="1MiB"))
    >>> graph.indices.ravel().tolist(), graph.metadata["method"]
    ([1, 0, 0, 0], 'exact')
    """

    summary: ClassVar[str] = "exact: every row proved, distances in float64"

    overfetch: int | None = None
    memory: int | str = "512MiB"

    def search(self, points: "Float[torch.Tensor, 'm d']", k: int) -> Neighbors:
        """The k nearest others of each of the distinct points."""
        if self.overfetch is not None and self.overfetch < 0:
            raise BadInput(f"overfetch = {self.overfetch} candidates beyond those wanted; expected zero or more")
        search = _Search(points, k, self.overfetch, parse_bytes(self.memory))
        return search.run()


method = Exact()


@final
class _Search:
    """One search: the scaled points, and the answer as it fills."""

    def __init__(self, points: "torch.Tensor", k: int, overfetch: int | None, memory: int) -> None:
        import torch

        wide = points if points.dtype in (torch.float32, torch.float64) else points.float()
        self.m, self.d = wide.shape
        self.k = k
        self.wanted = min(k + 1, self.m - 1)  # one more than asked for shows whether the last is tied
        extra = overfetch if overfetch is not None else 10 + self.d // 400
        self.candidates = min(self.wanted + extra, self.m - 1)
        self.memory = memory
        self.points, self.exponent = _in_range(wide)
        self.mean, self.scale = _centre(self.points)
        self.indices = np.empty((self.m, k), np.int64)
        self.distances = np.empty((self.m, k))
        self.beyond = np.zeros(self.m, np.int64)

    def run(self) -> Neighbors:
        """Fill all rows, by the cheapest way that proves them."""
        import torch

        everything = torch.arange(self.m, device=self.points.device)
        levels = ("float64",) if self.points.dtype == torch.float64 else ("float32", "float64")
        settled = {"float32": 0, "float64": 0}
        open_rows = everything
        with progress("neighbours", self.m, "rows") as advance:
            for precision in levels:
                if len(open_rows) == 0:
                    break
                before = len(open_rows)
                open_rows = self._by_product(open_rows, precision)
                settled[precision] = before - len(open_rows)
                advance(settled[precision])
            for block in self._row_blocks(len(open_rows), 8):
                self._by_differences(open_rows[block])
        return Neighbors(
            self.indices,
            np.ldexp(self.distances, self.exponent),
            self.beyond,
            {
                "method": "exact",
                "proved_float32": str(settled["float32"]),
                "proved_float64": str(settled["float64"]),
                "proved_direct": str(len(open_rows)),
            },
        )

    def _row_blocks(self, rows: int, width: int) -> Iterator[slice]:
        """Blocks of rows whose scores against all points fit the budget (scores, candidates and their order)."""
        return row_blocks(rows, 3 * width * self.m, max(self.memory, 3 * width * self.m))

    def _centred(self, rows: "torch.Tensor | slice", precision: str) -> "torch.Tensor":
        import torch

        return ((self.points[rows].double() - self.mean) * self.scale).to(getattr(torch, precision))

    def _by_product(self, rows: "torch.Tensor", precision: str) -> "torch.Tensor":
        """Settle the rows that a product of this precision can prove; the others are returned."""
        import torch

        with _full_precision():
            everything = torch.empty(self.points.shape, dtype=getattr(torch, precision), device=self.points.device)
            half_norms = torch.empty(self.m, dtype=torch.float64, device=self.points.device)
            for block in _blocks(self.m, self.d):
                everything[block] = self._centred(block, precision)
                half_norms[block] = everything[block].double().square().sum(dim=1) / 2
            left = []
            for block in self._row_blocks(len(rows), everything.element_size()):
                here = rows[block]
                approximate, others = self._nearest_by_product(everything, half_norms, here)
                squared = squared_distances(self.points, here, others)
                good = self._settle(here, others, squared, approximate, half_norms[here], precision)
                left.append(here[~good])
        return torch.cat(left)

    def _nearest_by_product(
        self, everything: "torch.Tensor", half_norms: "torch.Tensor", rows: "torch.Tensor"
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Candidates of the rows, and the largest approximate squared distance among each row's."""
        import torch

        # |y|²/2 − x·y orders the points y like their distance to x
        scores = torch.addmm(half_norms.to(everything.dtype), everything[rows], everything.T, alpha=-1)
        scores[torch.arange(len(rows), device=rows.device), rows] = torch.inf  # itself, by index
        values, others = torch.topk(scores, self.candidates, dim=1, largest=False, sorted=False)
        limit = 2 * (half_norms[rows] + values.max(dim=1).values.double())
        return limit, others

    def _settle(
        self,
        rows: "torch.Tensor",
        others: "torch.Tensor",
        squared: "torch.Tensor",
        limit: "torch.Tensor",
        half_norms: "torch.Tensor",
        precision: str,
    ) -> "torch.Tensor":
        """Sort candidates, keep the rows that are proved, and say which these are."""
        import torch

        near, ordered = _sort(others, squared.sqrt())
        scale = self.scale**2
        last = ordered[:, self.wanted - 1].square().cpu().numpy() * scale
        norm = np.sqrt(2 * half_norms.cpu().numpy())
        good = (
            np.ones(len(rows), bool)
            if self.candidates == self.m - 1
            else proved(limit.cpu().numpy(), last, norm, self.d, precision)
        )
        self._keep(rows.cpu().numpy()[good], near.cpu().numpy()[good], ordered.cpu().numpy()[good])
        return torch.from_numpy(good).to(rows.device)

    def _by_differences(self, rows: "torch.Tensor") -> None:
        """Settle rows by their differences to all points."""
        import torch

        everything = torch.arange(self.m, device=rows.device)
        others = everything.expand(len(rows), -1)
        others = others[others != rows[:, None]].reshape(len(rows), self.m - 1)
        near, ordered = _sort(others, squared_distances(self.points, rows, others).sqrt())
        self._keep(rows.cpu().numpy(), near.cpu().numpy(), ordered.cpu().numpy())

    def _keep(
        self, rows: Int[np.ndarray, " b"], near: Int[np.ndarray, "b c"], ordered: Float[np.ndarray, "b c"]
    ) -> None:
        self.indices[rows] = near[:, : self.k]
        self.distances[rows] = ordered[:, : self.k]
        self.beyond[rows] = (ordered[:, self.k :] == ordered[:, self.k - 1 : self.k]).sum(axis=1)


def _sort(others: "torch.Tensor", distances: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """Candidates by distance, equal distances by index."""
    import torch

    by_index = torch.argsort(others, dim=1)
    others, distances = others.gather(1, by_index), distances.gather(1, by_index)
    order = torch.argsort(distances, dim=1, stable=True)
    return others.gather(1, order), distances.gather(1, order)


def _blocks(rows: int, features: int) -> Iterator[slice]:
    """Blocks of rows of about 32 MiB in float64."""
    return row_blocks(rows, 8 * features, max(2**25, 8 * features))


def _in_range(points: "torch.Tensor") -> "tuple[torch.Tensor, int]":
    """The points times 2^-e, and e: zero unless their squares would overflow or underflow. Nothing is rounded."""
    exponent = int(np.frexp(float(points.abs().max()))[1])
    if abs(exponent) < 60:
        return points, 0
    half = -exponent // 2  # in two steps: one factor alone may be out of range
    return points.double() * 2.0**half * 2.0 ** (-exponent - half), exponent


def _centre(points: "torch.Tensor") -> "tuple[torch.Tensor, float]":
    """Mean of the points in float64, and a power of two that brings the largest centred feature to about 1."""
    import torch

    total = torch.zeros(points.shape[1], dtype=torch.float64, device=points.device)
    for block in _blocks(*points.shape):
        total += points[block].double().sum(dim=0)
    mean = total / len(points)
    largest = max(float((points[block].double() - mean).abs().max()) for block in _blocks(*points.shape))
    return mean, float(2.0 ** -int(np.frexp(largest or 1.0)[1]))


@contextmanager
def _full_precision() -> Iterator[None]:
    """No reduced-precision product while the body runs: the bound assumes the precision that was asked for."""
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
