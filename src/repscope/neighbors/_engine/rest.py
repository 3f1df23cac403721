"""The rows that a product of all pairs did not prove: a more precise product of them with all points, or differences."""

from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.blocks import row_blocks
from repscope.core.points import Points
from repscope.neighbors._engine.answer import Answer
from repscope.neighbors._engine.candidates import Candidates, Found
from repscope.neighbors._engine.certificate import Rounding
from repscope.neighbors._engine.distances import PairLists, squared_distances
from repscope.neighbors._engine.probes import products_in
from repscope.neighbors._engine.products import PRECISIONS, Precision, rounded
from repscope.neighbors._engine.settle import settle

if TYPE_CHECKING:
    import torch

BLOCK = {"cpu": 1024, "cuda": 8192}
"""Points that are multiplied with the rows at a time, at most."""

FEWEST = 16
"""Points, and rows, below which a product is not worth its name, whatever the memory."""


@final
class Ranked(Candidates):
    """The best `count` others that each row has met so far, by tensor operations.

    Attributes
    ----------
    keep : int
        How many.
    scores : (b, count)
        |y|²/2 − x·y, infinite where none has been met yet.
    others : (b, count)
        Which points they are of; -1 where none.
    """

    def __init__(self, rows: int, count: int, like: "torch.Tensor") -> None:
        import torch

        self.keep = count
        self.scores = torch.full((rows, count), torch.inf, dtype=like.dtype, device=like.device)
        self.others = torch.full((rows, count), -1, dtype=torch.int64, device=like.device)

    def meet(self, rows: slice, scores: "Float[torch.Tensor, 'b c']", first: int) -> None:
        """Offer the points `first`, `first + 1` … to these rows."""
        import torch

        best, place = torch.topk(scores, min(self.keep, scores.shape[1]), dim=1, largest=False, sorted=False)
        both = torch.cat([self.scores[rows], best], dim=1)
        others = torch.cat([self.others[rows], place + first], dim=1)
        self.scores[rows], kept = torch.topk(both, self.keep, dim=1, largest=False, sorted=False)
        self.others[rows] = others.gather(1, kept)

    def best(
        self, rows: slice, width: int
    ) -> tuple[Int[np.ndarray, "b w"], Float[np.ndarray, "b w"], Float[np.ndarray, " b"]]:
        """The others of these rows, best first, their scores, and the score that all the rest has at least.

        Examples
        --------
        >>> import torch
        >>> found = Ranked(1, 2, torch.zeros(1))
        >>> found.meet(slice(0, 1), torch.tensor([[3.0, 1.0, 2.0]]), 10)
        >>> found.best(slice(0, 1), 2)[0].tolist()
        [[11, 12]]
        """
        scores, order = self.scores[rows].sort(dim=1)
        others = self.others[rows].gather(1, order).cpu().numpy()
        known = scores.cpu().numpy()
        others[~np.isfinite(known)] = -1
        return others, known, known[:, -1].astype(np.float64)

    def forget(self) -> None:
        """Give back the memory."""
        self.scores, self.others = self.scores[:0], self.others[:0]


def settle_by_rows(
    points: Points,
    centre: Float[np.ndarray, " d"],
    rows: Int[np.ndarray, " b"],
    precision: str,
    keep: int,
    wanted: int,
    memory: int,
    answer: Answer,
) -> Int[np.ndarray, " open"]:
    """Settle the rows that `keep` candidates from a product of this precision prove; the others are returned."""
    kind = PRECISIONS[precision]
    keep = min(keep, points.n - 1)
    device = points.device.type
    # a point: as it comes, in float64 where tensor operations round it, and rounded
    per_point = (points.dtype.itemsize + kind.bytes + (16 if device != "cpu" or kind.name == "tf32" else 0)) * points.d
    step = int(np.clip(memory // (2 * per_point), FEWEST, BLOCK.get(device, 1024)))
    # a row: itself, its scores with a block of points and their order, its candidates and theirs
    per_row = per_point + 16 * step + 8 * 8 * keep
    left = []
    for block in row_blocks(len(rows), per_row, max(memory // 2, FEWEST * per_row)):
        with products_in(kind, device):
            found = _candidates(points, centre, rows[block], kind, keep, step)
        left.append(settle(points, found, wanted, answer))
    return np.concatenate(left)


def _candidates(
    points: Points, centre: Float[np.ndarray, " d"], rows: Int[np.ndarray, " b"], kind: Precision, keep: int, step: int
) -> Found:
    """The best candidates of some rows among all others, which are taken `step` at a time."""
    import torch

    own, _, _ = rounded(points.rows(rows), centre, kind)
    norms, residuals = np.empty(points.n), np.empty(points.n)
    scores_type = getattr(torch, kind.scores)
    ranked = Ranked(len(rows), keep, torch.empty(0, dtype=scores_type, device=points.device))
    everyone = slice(0, len(rows))
    for start in range(0, points.n, step):
        here = slice(start, min(start + step, points.n))
        others, norms[here], residuals[here] = rounded(points.rows(here), centre, kind)
        halves = torch.from_numpy(norms[here] ** 2 / 2).to(points.device, scores_type)
        scores = halves - kind.product(own, others)
        itself = np.flatnonzero((rows >= here.start) & (rows < here.stop))
        scores[torch.from_numpy(itself), torch.from_numpy(rows[itself] - start)] = torch.inf  # by index
        ranked.meet(everyone, scores, start)
    rounding = Rounding(residuals, norms, points.d, points.d * kind.terms, kind.scores)
    return Found(ranked, rows, np.arange(points.n), rounding, 1.0)


def settle_by_differences(
    points: Points, rows: Int[np.ndarray, " b"], memory: int, answer: Answer
) -> Int[np.ndarray, " open"]:
    """Settle rows by their differences to all points."""
    others = points.n - 1
    for block in row_blocks(len(rows), 32 * others, max(memory, 32 * others)):
        mine = rows[block]
        everyone = np.arange(points.n, dtype=np.int32)
        theirs = np.array([np.delete(everyone, row) for row in mine])
        squared = squared_distances(points, PairLists.of(mine, theirs)).reshape(theirs.shape)
        answer.keep(mine, theirs, squared)
    return rows[:0]
