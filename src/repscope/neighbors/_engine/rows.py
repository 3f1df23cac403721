"""Passes over the rows of a matrix, each reading it once, a block at a time: what is in them, and where they lie."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float, UInt64

from repscope.core.points import ChosenPoints, Points
from repscope.core.threads import in_threads

BLOCK = 1024
"""Rows that are read at a time."""


def scan_rows(points: Points) -> tuple[UInt64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """A key of each row that equal rows share, and whether all its features are finite.

    The key is a sum of the features' bits times odd numbers, modulo 2^64; different rows may share one.

    Examples
    --------
    >>> import torch
    >>> from repscope.core.points import ArrayPoints
    >>> rows = torch.tensor([[0.0, 2.0], [-0.0, 2.0], [1.0, float("nan")]])
    >>> keys, finite = scan_rows(ArrayPoints(rows))
    >>> bool(keys[0] == keys[1]), finite.tolist()
    (True, [True, True, False])
    """
    from repscope.neighbors._engine.loops import scan

    factors = np.random.default_rng(0).integers(0, 2**63, points.d, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    keys, finite = np.zeros(points.n, np.uint64), np.zeros(points.n, np.bool_)

    def look(start: int) -> None:
        here = slice(start, min(start + BLOCK, points.n))
        # from a GPU as well: a sum of products modulo 2^64 is not what it is fast at
        array = np.ascontiguousarray(points.rows(here).cpu().numpy())
        bits = np.uint32 if array.dtype == np.float32 else np.uint64
        scan(array, array.view(bits), bits(1) << bits(8 * array.itemsize - 1), factors, keys[here], finite[here])

    in_threads(look, range(0, points.n, BLOCK))
    return keys, finite


@final
@dataclass(frozen=True, eq=False)
class Survey:
    """What a search must know about points before it begins.

    Attributes
    ----------
    centre : (d,) float64
        Their mean, of the points in range.
    exponent : int
        The points times 2^-exponent are in range: zero unless sums of their squares might overflow or underflow.
    """

    centre: Float[np.ndarray, " d"]
    exponent: int


def survey(points: Points) -> Survey:
    """The mean of points, and their range.

    Examples
    --------
    >>> import torch
    >>> from repscope.core.points import ArrayPoints
    >>> facts = survey(ArrayPoints(torch.tensor([[1.0], [3.0]])))
    >>> facts.centre.tolist(), facts.exponent
    ([2.0], 0)
    """
    from repscope.neighbors._engine.loops import add_columns

    blocks = [slice(start, min(start + BLOCK, points.n)) for start in range(0, points.n, BLOCK)]
    sums, largest = np.zeros((len(blocks), points.d)), np.zeros(len(blocks))

    def look(number: int) -> None:
        largest[number] = add_columns(points.rows(blocks[number]).cpu().numpy(), sums[number])

    in_threads(look, range(len(blocks)))
    exponent = int(np.frexp(largest.max())[1])
    if abs(exponent) < 40:
        return Survey(sums.sum(axis=0) / points.n, 0)
    return Survey(survey(ChosenPoints(points, None, exponent)).centre, exponent)
