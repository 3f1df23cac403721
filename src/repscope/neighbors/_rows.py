"""Passes over the rows of a matrix, each reading it once: what is in them, and what remains when they are centred.

Compiled loops on the processor (the matrices are larger than the caches, so passes are what costs), tensor
operations on a GPU.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

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

    table = rows.detach().cpu()
    if table.dtype not in (torch.float32, torch.float64):
        table = table.float()
    array = np.ascontiguousarray(table.numpy())
    factors = np.random.default_rng(0).integers(0, 2**63, array.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    keys = np.zeros(len(array), np.uint64)
    finite = np.ones(len(array), np.bool_)
    bits = np.uint32 if array.dtype == np.float32 else np.uint64
    _kernels()[0](array, array.view(bits), bits(1) << bits(8 * array.itemsize - 1), factors, keys, finite)
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

    if points.device.type != "cpu":
        centred = points - centre
        half_norms = torch.cat([block.double().square().sum(dim=1) / 2 for block in torch.split(centred, 1024)])
        return centred, half_norms
    out = torch.empty_like(points, memory_format=torch.contiguous_format)
    norms = np.zeros(len(points))
    _kernels()[1](points.numpy(), centre.numpy(), out.numpy(), norms)
    return out, torch.from_numpy(norms / 2)


@cache
def _kernels() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two loops, compiled when first needed."""
    import numba

    @numba.njit(nogil=True, fastmath={"reassoc", "contract"})
    def scan(array: Any, bits: Any, sign: Any, factors: Any, keys: Any, finite: Any) -> None:
        for i in range(array.shape[0]):
            key = np.uint64(0)
            odd = 0
            for t in range(array.shape[1]):
                word = bits[i, t]
                if word == sign:  # -0.0 equals 0.0
                    word = word ^ sign
                key += np.uint64(word) * factors[t]
                odd += not (abs(array[i, t]) < np.inf)
            keys[i] = key
            finite[i] = odd == 0

    @numba.njit(nogil=True, fastmath={"reassoc", "contract"})
    def centre(points: Any, middle: Any, out: Any, norms: Any) -> None:
        for i in range(points.shape[0]):
            total = 0.0
            for t in range(points.shape[1]):
                value = points[i, t] - middle[t]
                out[i, t] = value
                total += np.float64(value) * np.float64(value)
            norms[i] = total

    return scan, centre
