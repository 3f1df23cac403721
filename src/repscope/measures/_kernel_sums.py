"""What all measures of kernels are made of: for every pair of layers, sums over the pairs of samples, in one pass.

blocks of rows ──► a tile of K of every layer ──► Σ_j K_ij L_ij for every pair of layers, per sample

With these sums HSIC is known for every pair of layers, and for every pair with any one sample left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np
from jaxtyping import Float

from repscope.core.blocks import parse_bytes
from repscope.core.errors import OutOfSpace
from repscope.core.precision_settings import ieee_products
from repscope.core.progress import progress
from repscope.core.threads import in_threads
from repscope.measures._kernels import Kernel

if TYPE_CHECKING:
    import torch

Numbers: TypeAlias = "float | Float[np.ndarray, ' n']"
"""One, or one for each sample that is left out."""

SIDE = 1024
"""Samples on each side of a tile, at most."""

CHUNK = 256
"""Rows or columns of a tile that one thread takes; always the same, so that the bits do not depend on the number of threads."""


@final
@dataclass(frozen=True, eq=False)
class KernelSums:
    """Sums over pairs of different samples, for l layers.

    Without `biased` they are of K_ij − f_i − f_j with f such that the sums of all rows are zero, which leaves the debiased HSIC
    as it is, with a sample left out as well: of K itself, far-out samples would leave next to nothing of it but rounding.

    Attributes
    ----------
    shared : (l, l, n) float64
        Σ_j K_ij L_ij, j ≠ i.
    sums : (l, n) float64
        Σ_j K_ij, j ≠ i.
    diagonal : (l, n) float64
        K_ii.
    met : (l, l, n) float64
        Σ_j K_ij s_j, j ≠ i, where s are the sums of the rows of the other layer, with its diagonal if `biased`.
    rounding : (l,) float64
        What rounding alone may make of a layer's HSIC with itself; zero if `biased`.
    biased : bool
        Which estimate of HSIC the sums are for.
    """

    shared: Float[np.ndarray, "l l n"]
    sums: Float[np.ndarray, "l n"]
    diagonal: Float[np.ndarray, "l n"]
    met: Float[np.ndarray, "l l n"]
    rounding: Float[np.ndarray, " l"]
    biased: bool

    @property
    def n(self) -> int:
        """Samples."""
        return int(self.sums.shape[1])

    def hsic(self, first: int, second: int) -> float:
        """HSIC of two layers."""
        a, b = self._rows[first], self._rows[second]
        shared = float(self.shared[first, second].sum())
        if self.biased:
            shared += float(self.diagonal[first] @ self.diagonal[second])
        return float(_hsic(self.n, shared, float(a @ b), float(a.sum()), float(b.sum()), self.biased))

    def without_each(self, first: int, second: int) -> Float[np.ndarray, " n"]:
        """HSIC of two layers with each sample left out in turn.

        Without sample i every other row loses K_ij, so that Σ_j (a_j − K_ij)(b_j − L_ij) is had from the sums.
        """
        a, b = self._rows[first], self._rows[second]
        own = self.shared[first, second]
        products = float(a @ b) - a * b - self.met[first, second] - self.met[second, first] + own
        shared = float(own.sum()) - 2 * own
        sums = []
        for layer, rows in ((first, a), (second, b)):
            lost = 2 * self.sums[layer] + (self.diagonal[layer] if self.biased else 0.0)
            sums.append(float(rows.sum()) - lost)
        if self.biased:
            diagonals = self.diagonal[first] * self.diagonal[second]
            shared = shared + float(diagonals.sum()) - diagonals
        return np.asarray(_hsic(self.n - 1, shared, products, sums[0], sums[1], self.biased))

    def by_chance(self, first: int, second: int) -> float:
        """The mean of HSIC over all orders of the samples of one layer; zero for the debiased estimate.

        The mean of tr(K H Pᵀ L P H) over permutations P is tr(KH) tr(LH) / (n − 1).
        """
        if not self.biased:
            return 0.0
        traces = [float(self.diagonal[layer].sum() - self._rows[layer].sum() / self.n) for layer in (first, second)]
        return traces[0] * traces[1] / (self.n - 1) ** 3

    @cached_property
    def _rows(self) -> Float[np.ndarray, "l n"]:
        rows: Float[np.ndarray, "l n"] = self.sums + self.diagonal if self.biased else self.sums
        return rows


def _hsic(n: int, shared: Numbers, products: Numbers, first: Numbers, second: Numbers, biased: bool) -> Numbers:
    """HSIC from Σ K_ij L_ij, Σ a_j b_j, Σ a and Σ b, where a and b are the sums of rows.

    Biased, with diagonals: A. Gretton et al., ALT 2005. Debiased, without: L. Song et al., JMLR 13 (2012), eq. 4.
    """
    if biased:
        return (shared - 2 / n * products + first * second / n**2) / (n - 1) ** 2
    return (shared - 2 / (n - 2) * products + first * second / ((n - 1) * (n - 2))) / (n * (n - 3))


def kernel_sums(kernels: Sequence[Kernel], biased: bool, memory: int | str = "1GiB", tell: bool = False) -> KernelSums:
    """The sums for every pair of these layers, in one pass over pairs of blocks of samples.

    Parameters
    ----------
    kernels : sequence of Kernel
        Of the same samples.
    biased : bool
        Which estimate of HSIC they are for.
    memory : int or str
        Budget for what is held beside the points and the result.
    tell : bool
        Show a bar.

    Raises
    ------
    OutOfSpace
        If the budget does not hold a tile.

    Examples
    --------
    >>> from repscope.core.points import as_points
    >>> from repscope.measures._kernels import Linear
    >>> layer = Linear(as_points([[0.0], [1.0], [0.0], [3.0], [5.0]]))
    >>> round(kernel_sums([layer], biased=True).hsic(0, 0), 4), round(float(np.var([0, 1, 0, 3, 5], ddof=1)) ** 2, 4)
    (22.09, 22.09)
    """
    import torch

    n, count = kernels[0].n, len(kernels)
    diagonal, sums = (torch.stack(parts) for parts in zip(*(k.diagonal_and_sums() for k in kernels), strict=True))
    rows = (sums + diagonal).T.contiguous()
    shared, met = (torch.zeros((n, count, count), dtype=torch.float64) for _ in range(2))
    blocks = _blocks(kernels, parse_bytes(memory))
    dtype = torch.float64 if any(k.dtype == torch.float64 for k in kernels) else torch.float32
    shifts = None if biased else sums / (n - 2) - sums.sum(dim=1, keepdim=True) / (2 * (n - 1) * (n - 2))
    with (
        ieee_products("cpu"),
        progress("kernels", len(blocks) * (len(blocks) + 1) // 2 if tell else 0, "tiles") as advance,
    ):
        for number, own in enumerate(blocks):
            held = [k.rows(own) for k in kernels]
            for other in blocks[: number + 1]:
                same = other == own
                tile = _tile(kernels, held, None if same else other, dtype)
                if shifts is not None:
                    _shift(tile, shifts[:, own], shifts[:, other])
                if same:
                    tile.diagonal(dim1=1, dim2=2).zero_()
                for here, there, part in ((own, other, tile), (other, own, tile.transpose(1, 2)))[: 1 if same else 2]:
                    _add(part, rows[there].to(dtype) if biased else None, shared[here], met[here])
                advance()
    rounding = torch.zeros(count, dtype=torch.float64)
    if shifts is not None:
        # K − f_i − f_j is orthogonal to f_i + f_j; each entry of K is rounded a few times
        size = 2 * (n - 2) * shifts.square().sum(dim=1) + 2 * shifts.sum(dim=1).square()
        units = torch.tensor([torch.finfo(k.dtype).eps for k in kernels], dtype=torch.float64)
        rounding = (4 * units).square() * size / (n * (n - 3))
        sums = torch.zeros_like(sums)
    return KernelSums(
        shared.permute(1, 2, 0).numpy(),
        sums.numpy(),
        diagonal.numpy(),
        met.permute(1, 2, 0).numpy(),
        rounding.numpy(),
        biased,
    )


def _blocks(kernels: Sequence[Kernel], memory: int) -> list[slice]:
    """Blocks of samples of which two fit the budget, with a tile of every layer."""
    n = kernels[0].n
    per_row = sum(k.points.d * k.dtype.itemsize for k in kernels)
    per_row += 2 * max(k.points.d * max(k.dtype.itemsize, k.points.dtype.itemsize) for k in kernels)
    side = min(SIDE, n)
    while side > 16 and side * per_row + 24 * len(kernels) * side**2 > memory:
        side //= 2
    if side * per_row > memory:
        raise OutOfSpace(
            f"a memory budget of {memory / 2**20:.1f} MiB does not hold {side} samples of {len(kernels)} layers; the "
            f"least that works is {side * per_row / 2**20:.1f} MiB, or fewer layers at a time"
        )
    edges = np.linspace(0, n, -(-n // side) + 1).astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _tile(
    kernels: Sequence[Kernel], held: "list[torch.Tensor]", other: slice | None, dtype: "torch.dtype"
) -> "Float[torch.Tensor, 'l b c']":
    """K of every layer for the held rows and some others, or the held ones themselves, of which half is computed.

    Each thread reads the few other rows that it multiplies: large blocks would be cleared by the system again and again.
    """
    import torch

    rows = len(held[0])
    columns = rows if other is None else other.stop - other.start
    tile = torch.empty((len(kernels), rows, columns), dtype=dtype)

    def multiply(task: tuple[int, int]) -> None:
        layer, start = task
        here = slice(start, min(start + CHUNK, columns))
        if other is not None:
            theirs = kernels[layer].rows(slice(other.start + here.start, other.start + here.stop))
            tile[layer, :, here] = kernels[layer].block(held[layer], theirs)
            return
        block = kernels[layer].block(held[layer][: here.stop], held[layer][here])
        tile[layer, : here.stop, here] = block
        tile[layer, here, : here.start] = block[: here.start].T

    widest_first = sorted(range(len(kernels)), key=lambda layer: -kernels[layer].points.d)
    # the budget holds two copies of as many rows of the widest layer as a side of the tile has
    in_threads(multiply, product(widest_first, range(0, columns, CHUNK)), threads=max(1, rows // CHUNK))
    return tile


def _shift(
    tile: "Float[torch.Tensor, 'l b c']", own: "Float[torch.Tensor, 'l b']", other: "Float[torch.Tensor, 'l c']"
) -> None:
    """Take f_i and f_j off."""

    def shift(start: int) -> None:
        here = slice(start, start + CHUNK)
        tile[:, here].sub_(own[:, here, None].to(tile.dtype)).sub_(other[:, None].to(tile.dtype))

    in_threads(shift, range(0, tile.shape[1], CHUNK))


def _add(
    tile: "Float[torch.Tensor, 'l b c']",
    rows: "Float[torch.Tensor, 'c l'] | None",
    shared: "Float[torch.Tensor, 'b l l']",
    met: "Float[torch.Tensor, 'b l l']",
) -> None:
    """Add what a tile contributes to the sums of its rows; without `rows` these are zero."""

    def add(start: int) -> None:
        here = slice(start, start + CHUNK)
        part = tile[:, here].permute(1, 0, 2).contiguous()
        shared[here] += part @ part.transpose(1, 2)
        if rows is not None:
            met[here] += part @ rows

    in_threads(add, range(0, tile.shape[1], CHUNK))
