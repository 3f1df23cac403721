"""A symmetric matrix that is added to: its upper half as rows of tiles, in memory or in a mapped file.

row 0   ■ ■ ■ ■
row 1     ■ ■ ■        each row is one block of memory, `TILE` lines high, from its diagonal tile to the right
row 2       ■ ■
row 3         ■
"""

import tempfile
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from repscope.core.files import take_space

TILE = 1024
"""Lines of a row of tiles."""


@final
class TileRows:
    """The upper half of a symmetric D × D matrix of sums, float64, at first zero.

    Parameters
    ----------
    size : int
        D.
    mapped : Path, optional
        A folder in which a temporary file holds it, if it shall not be in memory.

    Raises
    ------
    OutOfSpace
        If the folder's disk has not so much.

    Examples
    --------
    >>> sums = TileRows(3)
    >>> sums.add_products(torch.tensor([[1.0, 2.0, 0.0]]).double())
    >>> sums.block(slice(1, 3), slice(0, 1)).tolist()
    [[2.0], [0.0]]
    """

    def __init__(self, size: int, mapped: Path | None = None, device: torch.device | None = None) -> None:
        self.size = size
        self._starts = range(0, size, TILE)
        shapes = [(min(TILE, size - start), size - start) for start in self._starts]
        if mapped is None:
            self.rows = [torch.zeros(shape, dtype=torch.float64, device=device) for shape in shapes]
            return
        total = sum(high * wide for high, wide in shapes)
        with tempfile.NamedTemporaryFile(dir=mapped, prefix=".gram.") as file:  # gone with the process, also if killed
            take_space(file, 8 * total, "the joint Gram matrix")
            flat = torch.from_file(file.name, shared=True, size=total, dtype=torch.float64)
        ends = torch.tensor([high * wide for high, wide in shapes]).cumsum(0).tolist()
        self.rows = [
            flat[end - high * wide : end].view(high, wide) for end, (high, wide) in zip(ends, shapes, strict=True)
        ]

    def add_products(self, x: Float[Tensor, "n size"]) -> None:
        """Add Xᵀ X, for float64 rows."""
        for start, row in zip(self._starts, self.rows, strict=True):
            row.addmm_(x[:, start : start + len(row)].T, x[:, start:])

    def block(self, lines: slice, columns: slice) -> Float[Tensor, "a b"]:
        """A part of the whole matrix as a matrix of its own; the two ranges are the same, or apart."""
        if lines.start > columns.start:
            return self.block(columns, lines).T.contiguous()
        out = torch.zeros(
            (lines.stop - lines.start, columns.stop - columns.start), dtype=torch.float64, device=self.rows[0].device
        )
        for start, row in zip(self._starts, self.rows, strict=True):
            first, last = max(lines.start, start), min(lines.stop, start + len(row))
            left = max(columns.start, start)
            if first < last:
                out[first - lines.start : last - lines.start, left - columns.start :] = row[
                    first - start : last - start, left - start : columns.stop - start
                ]
        return out if lines != columns else out.triu() + out.triu(1).T

    def diagonal(self) -> Float[Tensor, " size"]:
        """The squares' sums."""
        return torch.cat([row.diagonal() for row in self.rows])
