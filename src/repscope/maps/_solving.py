"""Symmetric systems: Cholesky where it is safe, the eigenproblem where it is not, a stated cutoff in both.

Columns are scaled to unit variance first, so that a unit that hardly moves is not taken for one that does not. Least
squares on a GPU is never asked of the driver of that name, which answers wrongly and without a word where columns
depend on each other.
"""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

CUTOFF = 1e-12
"""Eigenvalues of the scaled moments below this share of the largest are taken for zero: 1e-6 of a singular value."""


@final
@dataclass(frozen=True, eq=False)
class Solved:
    """G⁺ B, how many directions of G were kept, and the smallest eigenvalue of those, as a share of the largest."""

    weights: Float[Tensor, "d e"]
    rank: int
    smallest: float


def solve(gram: Float[Tensor, "d d"], right: Float[Tensor, "d e"]) -> Solved:
    """The solution of G W = B of least norm in scaled columns, G being symmetric and not negative.

    >>> solve(torch.tensor([[4.0, 0.0], [0.0, 0.0]]).double(), torch.tensor([[2.0], [0.0]]).double()).weights.tolist()
    [[0.5], [0.0]]
    """
    scale = scales(gram)
    scaled = gram / scale[:, None] / scale
    target = right / scale[:, None]
    factor, failed = torch.linalg.cholesky_ex(scaled)
    if not int(failed):
        condition = _reciprocal_condition(scaled, factor)
        if condition > 10 * CUTOFF:  # an estimate from below: near the cutoff the eigenvalues decide
            return Solved(torch.cholesky_solve(target, factor) / scale[:, None], len(gram), condition)
    values, vectors = torch.linalg.eigh(scaled)
    kept = values > CUTOFF * values[-1]
    v = vectors[:, kept]
    weights = v @ ((v.T @ target) / values[kept, None])
    smallest = float(values[kept][0] / values[-1]) if bool(kept.any()) else 0.0
    return Solved(weights / scale[:, None], int(kept.sum()), smallest)


def scales(gram: Float[Tensor, "d d"]) -> Float[Tensor, " d"]:
    """Square roots of the diagonal; 1 for a column that is constant."""
    diagonal = gram.diagonal().clamp(min=0).sqrt()
    floor = 1e-150 + 1e-12 * float(diagonal.max()) if len(diagonal) else 0.0
    return torch.where(diagonal > floor, diagonal, torch.ones_like(diagonal))


def power(gram: Float[Tensor, "d d"], exponent: float, ridge: float = 0.0) -> tuple[Float[Tensor, "d d"], int]:
    """G^exponent on the directions that are not cut off, and how many those are; `ridge` is added to every eigenvalue.

    >>> root, rank = power(torch.diag(torch.tensor([4.0, 0.0]).double()), -0.5)
    >>> root.diagonal().tolist(), rank
    ([0.5, 0.0], 1)
    """
    values, vectors = torch.linalg.eigh(gram)
    raised = values + ridge
    kept = raised > CUTOFF * raised[-1]
    v = vectors[:, kept]
    return (v * raised[kept] ** exponent) @ v.T, int(kept.sum())


def _reciprocal_condition(matrix: Float[Tensor, "d d"], factor: Float[Tensor, "d d"], steps: int = 8) -> float:
    """Smallest over largest eigenvalue, by power iteration on the matrix and on its inverse from fixed directions."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(len(matrix), 4, generator=generator, dtype=torch.float64).to(matrix.device)
    up = down = start / start.norm(dim=0)
    largest = inverse = torch.ones(4, dtype=torch.float64, device=matrix.device)
    for _ in range(steps):
        up, down = matrix @ up, torch.cholesky_solve(down, factor)
        largest, inverse = up.norm(dim=0), down.norm(dim=0)
        up, down = up / largest, down / inverse
    return float(1 / (largest.max() * inverse.max()))
