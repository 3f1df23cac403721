"""Squared distances from differences, in float64: the numbers that are kept.

On the processor a compiled loop reads both rows once; on a GPU a gather in slabs of features does the same.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from repscope.core.blocks import row_blocks

if TYPE_CHECKING:
    import torch

SLAB = 512
"""Features per slab: long enough to amortise the loop, short enough for the rows to stay in the cache."""

GATHERED = 2**30
"""Bytes that a gather on a GPU may take at a time."""


def squared_distances(
    points: "Float[torch.Tensor, 'm d']", rows: "Int[torch.Tensor, ' b']", others: "Int[torch.Tensor, 'b c']"
) -> "Float[torch.Tensor, 'b c']":
    """Σ (x − y)² in float64 between each row and its own list of other points.

    The order of summation depends on the number of features alone, so equal pairs of rows give equal bits,
    in whichever block they are computed, and d(x, y) = d(y, x).

    Examples
    --------
    >>> import torch
    >>> points = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    >>> squared_distances(points, torch.tensor([0]), torch.tensor([[1]])).tolist()
    [[25.0]]
    """
    import torch

    if points.device.type == "cpu":
        out = np.zeros(others.shape)
        _on_processor(points.numpy(), rows.numpy(), others.numpy(), out)
        return torch.from_numpy(out)
    return gathered(points, rows, others)


def gathered(
    points: "Float[torch.Tensor, 'm d']", rows: "Int[torch.Tensor, ' b']", others: "Int[torch.Tensor, 'b c']"
) -> "Float[torch.Tensor, 'b c']":
    """The same by tensor operations, on whichever device the points are."""
    import torch

    total = torch.zeros(others.shape, dtype=torch.float64, device=points.device)
    per_row = 3 * 8 * SLAB * others.shape[1]  # the neighbours' features, the differences, their squares
    for block in row_blocks(len(rows), per_row, max(GATHERED, per_row)):
        for start in range(0, points.shape[1], SLAB):
            slab = points[:, start : start + SLAB]
            difference = slab[others[block]].double() - slab[rows[block]][:, None].double()
            total[block] += difference.square_().sum(dim=2)
    return total


def _on_processor(
    points: Float[np.ndarray, "m d"],
    rows: Int[np.ndarray, " b"],
    others: Int[np.ndarray, "b c"],
    out: Float[np.ndarray, "b c"],
) -> None:
    import torch

    from repscope.neighbors._loops import add_squared_differences

    workers = max(1, min(torch.get_num_threads(), len(rows)))
    edges = np.linspace(0, len(rows), workers + 1).astype(int)
    shares = list(itertools.pairwise(edges.tolist()))
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, points.shape[1], SLAB):
            # dense: rows that lie a power of two apart would share cache sets, and another layout sums in another order
            slab = np.ascontiguousarray(points[:, start : start + SLAB])
            list(
                pool.map(
                    lambda share, slab=slab: add_squared_differences(slab, rows, others, share[0], share[1], out),
                    shares,
                )
            )
