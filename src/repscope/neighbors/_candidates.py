"""Candidates for neighbours, from a product in the precision of the points.

|y|²/2 − x·y orders the points y like their distance to x. The product of two blocks of rows serves both: its rows
as candidates of the one, its columns as candidates of the other, so only the upper triangle is computed. Each row
keeps the best few it has met; no more than one block of rows times all points is ever in memory.
"""

from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    import torch


@final
class Candidates:
    """The best `count` others that each row has met so far.

    Attributes
    ----------
    scores : (m, count)
        |y|²/2 − x·y, infinite where none has been met yet.
    others : (m, count)
        Which points they are of.
    """

    def __init__(self, rows: int, count: int, like: "torch.Tensor") -> None:
        import torch

        self.count = count
        self.scores = torch.full((rows, count), torch.inf, dtype=like.dtype, device=like.device)
        self.others = torch.full((rows, count), -1, dtype=torch.int64, device=like.device)

    def meet(self, rows: slice, scores: "Float[torch.Tensor, 'b c']", first: int) -> None:
        """Offer the points `first`, `first + 1` … to these rows."""
        import torch

        best, place = torch.topk(scores, min(self.count, scores.shape[1]), dim=1, largest=False, sorted=False)
        both = torch.cat([self.scores[rows], best], dim=1)
        others = torch.cat([self.others[rows], place + first], dim=1)
        self.scores[rows], kept = torch.topk(both, self.count, dim=1, largest=False, sorted=False)
        self.others[rows] = others.gather(1, kept)

    def nearest(self, rows: slice, width: int) -> "tuple[Int[torch.Tensor, 'b width'], Float[torch.Tensor, ' b']]":
        """The best `width` others of these rows, and the score that every other point has at least."""
        import torch

        if width >= self.count:
            return self.others[rows], self.scores[rows].max(dim=1).values.double()
        best, place = torch.topk(self.scores[rows], width + 1, dim=1, largest=False, sorted=True)
        return self.others[rows].gather(1, place[:, :width]), best[:, width].double()


def all_candidates(
    points: "Float[torch.Tensor, 'm d']", half_norms: "Float[torch.Tensor, ' m']", count: int, memory: int
) -> Candidates:
    """Candidates of all points among all others.

    Examples
    --------
    >>> import torch
    >>> points = torch.tensor([[0.0], [1.0], [3.0]])
    >>> all_candidates(points, points.square().sum(1) / 2, 1, 2**20).others.flatten().tolist()
    [1, 0, 1]
    """
    import torch

    m = len(points)
    halves = half_norms.to(points.dtype)
    found = Candidates(m, count, points)
    # the block's product, its scores, and their transpose are in memory at once
    step = int(np.clip(memory // (4 * m * points.element_size()), min(m, 64), 2048))
    for start in range(0, m, step):
        stop = min(start + step, m)
        product = points[start:stop] @ points[start:].T
        scores = halves[start:] - product
        scores[:, : stop - start].fill_diagonal_(torch.inf)  # itself, by index
        found.meet(slice(start, stop), scores, start)
        if stop < m:
            across = halves[start:stop] - product[:, stop - start :].T
            found.meet(slice(stop, m), across, start)
    return found


def some_candidates(
    points: "Float[torch.Tensor, 'm d']",
    half_norms: "Float[torch.Tensor, ' m']",
    rows: "Int[torch.Tensor, ' b']",
    count: int,
) -> Candidates:
    """Candidates of some of the points among all others."""
    import torch

    found = Candidates(len(rows), count, points)
    scores = half_norms.to(points.dtype) - points[rows] @ points.T
    scores[torch.arange(len(rows), device=rows.device), rows] = torch.inf  # itself, by index
    found.meet(slice(0, len(rows)), scores, 0)
    return found
