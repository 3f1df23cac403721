"""Memory that is really free when it is freed: blocks of their own from the system, and what was freed given back."""

import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

LARGE = 2**20
"""Bytes from which on a tensor gets a block of its own."""


def own_block(shape: tuple[int, int], dtype: "torch.dtype") -> "torch.Tensor":
    """An empty matrix in a block of its own, which goes back to the system with the matrix.

    Freed memory that a C library keeps among blocks in use can be as much again as what is in use. A budget is kept
    only if the large and long-lived matrices stand apart.

    >>> import torch
    >>> own_block((2, 3), torch.int8).shape, own_block((1024, 1024), torch.float32).dtype
    (torch.Size([2, 3]), torch.float32)
    """
    import torch

    size = shape[0] * shape[1] * dtype.itemsize
    if size < LARGE:
        return torch.empty(shape, dtype=dtype)
    if hasattr(mmap, "MAP_PRIVATE"):
        block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    else:  # Windows
        block = mmap.mmap(-1, size)
    return torch.frombuffer(block, dtype=dtype).view(shape)


def give_back() -> None:
    """Return freed memory to the system, so that it does not count twice beside what is needed next.

    C libraries keep what was freed for later; glibc can be asked not to. Others are left alone.

    >>> give_back()
    """
    import ctypes

    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # not glibc
        return
