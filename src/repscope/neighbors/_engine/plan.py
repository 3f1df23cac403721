"""The plan of a search by tiles: which product, how many candidates, how large a tile.

Machines that share a search, and a search that goes on after an interruption, follow one plan; then the candidates,
and with them every byte of the answer, do not depend on who computed what.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import final

import numpy as np

from repscope.core.errors import Damaged
from repscope.neighbors._engine.certificate import largest_score
from repscope.neighbors._engine.rounded_points import RoundedPoints

TRIED = 64
"""Rows on which int8 is tried."""

MOST = 8
"""Candidates per neighbour wanted beyond which float32 is cheaper."""


@final
@dataclass(frozen=True)
class Plan:
    """How candidates are found.

    Attributes
    ----------
    product : str
        Name of the precision.
    keep : int
        Candidates of each row.
    side : int
        Points of a block, at most.
    radius : float
        By which the scores of points are lowered that rounding moved (`Rounding`).

    Examples
    --------
    >>> plan = Plan("float32", 160, 1024, 0.0)
    >>> Plan.read(plan.text) == plan
    True
    """

    product: str
    keep: int
    side: int
    radius: float

    @property
    def text(self) -> str:
        """For a file; `read` reads it."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def read(text: str) -> "Plan":
        """The plan of a text.

        Raises
        ------
        Damaged
            If it is not one.
        """
        try:
            return Plan(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise Damaged(f"{text!r} is not the plan of a search ({error}); delete the file it is in") from error


def plan_int8(made: RoundedPoints, wanted: int, most: int) -> Plan:
    """The plan by which int8 proves nearly all rows, with at most so many candidates.

    A few rows are tried. The points are in a shuffled order, so those of the first block are a fair sample.
    """
    block = made.block(0)
    apart = max(1, len(block) // TRIED)
    tried = np.arange(0, len(block), apart)[:TRIED]
    first = block[::apart][:TRIED].contiguous()
    rows = len(first)
    products = np.empty((rows, made.tiling.points))
    buffer = made.kind.buffer(rows * made.tiling.side)
    for number in range(made.tiling.blocks):
        products[:, made.tiling.block(number)] = made.kind.multiply(first, made.block(number), buffer).numpy()
    products *= made.step**2
    itself = np.arange(rows), tried
    rounding = made.rounding()
    norms, residuals = rounding.norms[tried], rounding.residuals[tried]
    squared = norms[:, None] ** 2 + rounding.norms**2 - 2 * products
    squared[itself] = np.inf
    last = np.maximum(np.partition(squared, wanted - 1, axis=1)[:, wanted - 1], 0)
    radius = float(np.median(np.sqrt(last) + residuals))
    rounding = dataclasses.replace(rounding, radius=radius)
    scores = rounding.halves(1.0) - products
    scores[itself] = np.inf
    cut = largest_score(rounding, norms, residuals, last)
    needed = int(np.quantile((scores <= cut[:, None]).sum(axis=1), 0.99) * 1.25) + 8
    return Plan("int8", min(max(needed, wanted + 8), most), made.tiling.side, radius)
