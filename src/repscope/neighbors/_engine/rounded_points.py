"""The points of a tiling in the precision of a product, and what rounding did to each."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from repscope.core.memory import give_back
from repscope.core.points import Points
from repscope.core.threads import in_threads, thread_count
from repscope.neighbors._engine.certificate import Rounding
from repscope.neighbors._engine.int8 import Int8Rounding
from repscope.neighbors._engine.products import Precision, rounded
from repscope.neighbors._engine.tiles import Tiling, fitting_tiling

if TYPE_CHECKING:
    import torch

SAMPLED = 256
"""Points from which the step of int8 is chosen."""


@final
class RoundedPoints:
    """The points of a tiling, centred and rounded to a precision, block by block.

    Attributes
    ----------
    norms, residuals : (m,) float64
        |x̂| and |x − x̂|, in the tiling's order and in units of the step; filled by `prepare`.
    step : float
        What one unit stands for.
    radius : float
        Of the certificate: about how far the last neighbour wanted is, set before candidates are sought.
    """

    def __init__(self, points: Points, centre: Float[np.ndarray, " d"], tiling: Tiling, kind: Precision) -> None:
        self.points = points
        self.tiling = tiling
        self.kind = kind
        self._centre = centre
        self._held = tiling.blocks if tiling.resident else tiling.held
        self._blocks: OrderedDict[int, torch.Tensor] = OrderedDict()
        self._lock = threading.Lock()
        self._int8: Int8Rounding | None = None
        if kind.whole:
            self._int8 = Int8Rounding(centre, points.rows(np.sort(tiling.order[:SAMPLED])))
        self.step = self._int8.step if self._int8 is not None else 1.0
        self.norms: Float[np.ndarray, " m"] = np.zeros(tiling.points)
        self.residuals: Float[np.ndarray, " m"] = np.zeros(tiling.points)
        self.radius = 0.0
        self._prepared = False

    @staticmethod
    def within(points: Points, centre: Float[np.ndarray, " d"], kind: Precision, memory: int) -> "RoundedPoints":
        """As many as a memory budget holds, rounded; the others are rounded again when they are needed.

        Raises
        ------
        OutOfSpace
            If the budget does not hold one tile.
        """
        cut = fitting_tiling(points.n, points.d, kind.bytes, memory, thread_count(), points.granule)
        made = RoundedPoints(points, centre, cut, kind)
        made.prepare()
        return made

    def prepare(self) -> None:
        """Round every block once; those that fit the memory are kept."""
        if not self._prepared:
            in_threads(self.block, range(self.tiling.blocks), self.tiling.threads)
            self._prepared = True

    def block(self, number: int) -> "torch.Tensor":
        """A block of rounded points."""
        with self._lock:
            held = self._blocks.get(number)
            if held is not None:
                self._blocks.move_to_end(number)
                return held
        places = self.tiling.block(number)
        rows = self.points.rows(self.tiling.order[places])
        made, self.norms[places], self.residuals[places] = (
            self._int8.rounded(rows) if self._int8 is not None else rounded(rows, self._centre, self.kind)
        )
        with self._lock:
            self._blocks[number] = made
            while len(self._blocks) > self._held:
                self._blocks.popitem(last=False)
        return made

    def forget(self) -> None:
        """Give back the memory of all blocks; norms and residuals stay."""
        with self._lock:
            self._blocks.clear()
            self._prepared = False
        give_back()

    def halves(self) -> Float[np.ndarray, " m"]:
        """What a product is subtracted from to give a score, in the type of the scores."""
        halves: Float[np.ndarray, " m"] = self.rounding().halves(self.step).astype(np.float32)
        return halves

    def rounding(self) -> Rounding:
        """What the certificate needs to know."""
        d = self.points.d
        return Rounding(
            self.residuals * self.step, self.norms * self.step, d, d * self.kind.terms, self.kind.scores, self.radius
        )
