"""The exact method: every row of neighbours is proved, and every distance is computed from differences in float64.

    points, centred ──► float32 products of blocks ──► candidates, a few more than wanted
                    ──► float64 distances from differences ──► sorted, proved by the rounding bound
    rows not proved ──► the same with a float64 product
    rows still open ──► differences to all points

What other programs do, |a|² + |b|² − 2 a·b in float32 and the k smallest, cancels when points are tight or far
from the origin: then the candidates themselves are wrong, and neither centring nor re-ranking saves them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.blocks import parse_bytes, row_blocks
from repscope.core.errors import BadInput
from repscope.neighbors._candidates import Candidates, all_candidates, some_candidates
from repscope.neighbors._certificate import proved
from repscope.neighbors._distances import squared_distances
from repscope.neighbors._rows import centre_rows
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
    """One search: the points in range, and the answer as it fills."""

    def __init__(self, points: "torch.Tensor", k: int, overfetch: int | None, memory: int) -> None:
        import torch

        wide = points if points.dtype in (torch.float32, torch.float64) else points.float()
        self.points, self.exponent = _in_range(wide)
        self.m, self.d = self.points.shape
        self.k = k
        self.wanted = min(k + 1, self.m - 1)  # one more than asked for shows whether the last is tied
        # On real activations 10 beyond those wanted prove every row up to 4,096 features, and 20 nearly every row at
        # 16,384; the others are proved by more, whose distances are computed only for them.
        extra = (10 + self.d // 1600, 10 + self.d // 200) if overfetch is None else (overfetch, overfetch)
        self.first, self.candidates = (min(self.wanted + e, self.m - 1) for e in extra)
        self.memory = memory
        self.indices = np.empty((self.m, k), np.int64)
        self.squared = np.empty((self.m, k))
        self.beyond = np.zeros(self.m, np.int64)

    def run(self) -> Neighbors:
        """Fill all rows, by the cheapest way that proves them."""
        import torch

        left = torch.arange(self.m, device=self.points.device)
        levels = ("float64",) if self.points.dtype == torch.float64 else ("float32", "float64")
        settled = {"float32": 0, "float64": 0}
        for precision in levels:
            if len(left):
                before = len(left)
                left = self._by_product(left, precision)
                settled[precision] = before - len(left)
        for block in self._row_blocks(len(left), 8):
            self._by_differences(left[block])
        if not self.squared.all():
            raise BadInput(
                "the features differ so much in size that distances between different samples come out as zero even in "
                "float64; leave out the constant or the huge features, or scale them"
            )
        return Neighbors(
            self.indices,
            self.squared,
            self.beyond,
            self.exponent,
            {
                "method": "exact",
                "proved_float32": str(settled["float32"]),
                "proved_float64": str(settled["float64"]),
                "proved_direct": str(len(left)),
            },
        )

    def _row_blocks(self, rows: int, width: int) -> Iterator[slice]:
        """Blocks of rows whose scores against all points fit the budget (scores, candidates and their order)."""
        return row_blocks(rows, 3 * width * self.m, max(self.memory, 3 * width * self.m))

    def _by_product(self, rows: "torch.Tensor", precision: str) -> "torch.Tensor":
        """Settle the rows that a product of this precision can prove; the others are returned."""
        import torch

        points = self.points.to(getattr(torch, precision))
        centred, half_norms = centre_rows(points, points.mean(dim=0))
        left = []
        with _full_precision(self.points.device.type):
            if len(rows) == self.m:
                found = all_candidates(centred, half_norms, self.candidates, self.memory)
                # as many rows at a time as make the sorting of their candidates small
                for block in row_blocks(self.m, 64 * self.candidates, max(self.memory // 4, 64 * self.candidates)):
                    left.append(self._narrow_then_wide(rows[block], found, block, half_norms, precision))
            else:
                for block in self._row_blocks(len(rows), centred.element_size()):
                    found = some_candidates(centred, half_norms, rows[block], self.candidates)
                    everyone = slice(0, len(rows[block]))
                    left.append(self._narrow_then_wide(rows[block], found, everyone, half_norms, precision))
        return torch.cat(left)

    def _narrow_then_wide(
        self, rows: "torch.Tensor", found: Candidates, block: slice, half_norms: "torch.Tensor", precision: str
    ) -> "torch.Tensor":
        """Settle rows by their best candidates, those that these do not prove by all; the rest is returned."""
        others, limit = found.nearest(block, self.first)
        open_ones = self._settle(rows, others, limit, half_norms, precision)
        if self.first >= self.candidates or not len(open_ones):
            return rows[open_ones]
        others, limit = found.nearest(block, self.candidates)
        still = self._settle(rows[open_ones], others[open_ones], limit[open_ones], half_norms, precision)
        return rows[open_ones[still]]

    def _settle(
        self,
        rows: "torch.Tensor",
        others: "torch.Tensor",
        limit: "torch.Tensor",
        half_norms: "torch.Tensor",
        precision: str,
    ) -> "torch.Tensor":
        """Compute the candidates' distances, keep the rows that are proved, and return the places of the others."""
        import torch

        near, ordered = _sort(others, squared_distances(self.points, rows, others))
        own = half_norms[rows]
        good = np.ones(len(rows), bool)
        if others.shape[1] < self.m - 1:
            last = ordered[:, self.wanted - 1].cpu().numpy()
            nearest_outside = 2 * (own + limit).cpu().numpy()
            good = proved(nearest_outside, last, np.sqrt(2 * own.cpu().numpy()), self.d, precision)
        self._keep(rows.cpu().numpy()[good], near.cpu().numpy()[good], ordered.cpu().numpy()[good])
        return torch.from_numpy(np.flatnonzero(~good)).to(rows.device)

    def _by_differences(self, rows: "torch.Tensor") -> None:
        """Settle rows by their differences to all points."""
        import torch

        everything = torch.arange(self.m, device=rows.device)
        others = everything.expand(len(rows), -1)
        others = others[others != rows[:, None]].reshape(len(rows), self.m - 1)
        near, ordered = _sort(others, squared_distances(self.points, rows, others))
        self._keep(rows.cpu().numpy(), near.cpu().numpy(), ordered.cpu().numpy())

    def _keep(
        self, rows: Int[np.ndarray, " b"], near: Int[np.ndarray, "b c"], ordered: Float[np.ndarray, "b c"]
    ) -> None:
        self.indices[rows] = near[:, : self.k]
        self.squared[rows] = ordered[:, : self.k]
        self.beyond[rows] = (ordered[:, self.k :] == ordered[:, self.k - 1 : self.k]).sum(axis=1)


def _sort(others: "torch.Tensor", squared: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """Candidates by distance, equal distances by index."""
    import torch

    by_index = torch.argsort(others, dim=1)
    others, squared = others.gather(1, by_index), squared.gather(1, by_index)
    order = torch.argsort(squared, dim=1, stable=True)
    return others.gather(1, order), squared.gather(1, order)


def _in_range(points: "torch.Tensor") -> "tuple[torch.Tensor, int]":
    """The points times 2^-e, and e: zero unless sums of their squares might overflow or underflow. Nothing is rounded."""
    low, high = (float(x) for x in points.aminmax())
    exponent = int(np.frexp(max(-low, high))[1])
    if abs(exponent) < 40:
        return points, 0
    half = -exponent // 2  # in two steps: one factor alone may be out of range
    return points.double() * 2.0**half * 2.0 ** (-exponent - half), exponent


@contextmanager
def _full_precision(device: str) -> Iterator[None]:
    """No reduced-precision product while the body runs: the bound assumes the precision that was asked for.

    Neither autocast nor either of torch's two ways of lowering the precision of products may reach in.
    """
    import torch

    try:
        settings: list[tuple[Any, str, str]] = [
            (torch, "float32_matmul_precision", torch.get_float32_matmul_precision())
        ]
    except RuntimeError:  # the newer settings are in use, and torch does not let the two be mixed
        backends: list[Any] = [torch.backends.cuda.matmul, getattr(torch.backends.mkldnn, "matmul", None)]
        settings = [(b, "fp32_precision", b.fp32_precision) for b in backends if b is not None]
    for owner, name, _ in settings:
        _set_precision(owner, name, "highest" if owner is torch else "ieee")
    try:
        with torch.autocast(device, enabled=False):
            yield
    finally:
        for owner, name, before in settings:
            _set_precision(owner, name, before)


def _set_precision(owner: Any, name: str, value: str) -> None:
    """Set torch's older precision by its function, the newer ones by their attribute."""
    if hasattr(owner, f"set_{name}"):
        getattr(owner, f"set_{name}")(value)
    else:
        setattr(owner, name, value)
