"""Passes over the rows of a matrix, each reading it once: what is in them, and what remains when they are centred.

Compiled loops on the processor (the matrices are larger than the caches, so passes are what costs), tensor
operations on a GPU.
"""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, UInt64

if TYPE_CHECKING:
    import torch


def scan_rows(rows: "Float[torch.Tensor, 'n d']") -> tuple[UInt64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """A key of each row that equal rows share, and whether all its features are finite.

    The key is a sum of the features' bits times odd numbers, modulo 2^64; different rows may share one.

    Examples
    --------
    >>> import torch
    >>> keys, finite = scan_rows(torch.tensor([[0.0, 2.0], [-0.0, 2.0], [1.0, float("nan")]]))
    >>> bool(keys[0] == keys[1]), finite.tolist()
    (True, [True, True, False])
    """
    import torch

    from repscope.neighbors._loops import scan

    table = rows.detach().cpu()
    if table.dtype not in (torch.float32, torch.float64):
        table = table.float()
    array = np.ascontiguousarray(table.numpy())
    factors = np.random.default_rng(0).integers(0, 2**63, array.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    keys = np.zeros(len(array), np.uint64)
    finite = np.ones(len(array), np.bool_)
    bits = np.uint32 if array.dtype == np.float32 else np.uint64
    scan(array, array.view(bits), bits(1) << bits(8 * array.itemsize - 1), factors, keys, finite)
    return keys, finite


def centre_rows(
    points: "Float[torch.Tensor, 'm d']", centre: "Float[torch.Tensor, ' d']"
) -> "tuple[Float[torch.Tensor, 'm d'], Float[torch.Tensor, ' m']]":
    """The points less a centre, in their own precision, and half the squared norms of the results in float64.

    Examples
    --------
    >>> import torch
    >>> centred, half_norms = centre_rows(torch.tensor([[4.0, 5.0]]), torch.tensor([1.0, 1.0]))
    >>> centred.tolist(), half_norms.tolist()
    ([[3.0, 4.0]], [12.5])
    """
    import torch

    from repscope.neighbors._loops import centre_and_norm

    if points.device.type != "cpu":
        centred = points - centre
        half_norms = torch.cat([block.double().square().sum(dim=1) / 2 for block in torch.split(centred, 1024)])
        return centred, half_norms
    out = torch.empty_like(points, memory_format=torch.contiguous_format)
    norms = np.zeros(len(points))
    centre_and_norm(points.numpy(), centre.numpy(), out.numpy(), norms)
    return out, torch.from_numpy(norms / 2)
