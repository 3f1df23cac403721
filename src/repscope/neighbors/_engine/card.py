"""Points on a GPU, whole or as far as they are needed, and what it says when it has no more room."""

from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.points import Points

if TYPE_CHECKING:
    import torch

SHARE = 0.5
"""Of a GPU's free memory that points may take, and of what is left that a search may."""

LEAST = 2**26
"""Bytes below which a search on a GPU is given up."""

ROWS = 4096
"""Rows that are moved together."""


@final
class MovedPoints(Points):
    """Points that lie elsewhere, on a GPU: all of them if `held`, else each block when it is needed.

    Examples
    --------
    >>> import torch
    >>> from repscope.core.points import as_points
    >>> moved = MovedPoints(as_points([[1.0, 2.0], [3.0, 4.0]]), torch.device("cpu"), held=True)
    >>> moved.rows(np.array([1])).tolist(), moved.columns(1, 2).ravel().tolist()
    ([[3.0, 4.0]], [2.0, 4.0])
    """

    def __init__(self, points: Points, device: "torch.device", held: bool) -> None:
        import torch

        self._points = points
        self._device = device
        self._held: torch.Tensor | None = None
        self.n, self.d = points.n, points.d
        self.granule, self.sliced = points.granule, held or points.sliced
        if held:
            whole = torch.empty(self.shape, dtype=points.dtype, device=device)
            for start in range(0, self.n, ROWS):
                here = slice(start, min(start + ROWS, self.n))
                whole[here] = points.rows(here).to(device)
            self._held = whole

    @property
    def dtype(self) -> "torch.dtype":
        """As it was."""
        return self._points.dtype

    @property
    def device(self) -> "torch.device":
        """Of the GPU."""
        return self._device

    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> "torch.Tensor":
        """Some of the rows."""
        import torch

        if self._held is None:
            return self._points.rows(index).to(self._device)
        return self._held[index if isinstance(index, slice) else torch.from_numpy(index).to(self._device)]

    def columns(self, start: int, stop: int) -> "torch.Tensor":
        """Some features of all rows."""
        if self._held is not None:
            return self._held[:, start:stop].contiguous()
        return self._points.columns(start, stop).to(self._device)


def moved(points: Points, device: "torch.device") -> MovedPoints:
    """The points on a GPU, all of them at once if they take less than half of its free memory."""
    return MovedPoints(points, device, held=points.n * points.d * points.dtype.itemsize < SHARE * free_bytes(device))


def free_bytes(device: "torch.device") -> int:
    """What a device says is free; of a processor, nothing is known and much assumed."""
    import torch

    return int(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else 2**31


def chosen_device(name: str) -> "torch.device":
    """The device of that name, if it is there.

    Raises
    ------
    BadInput
        If there is no such device.

    Examples
    --------
    >>> chosen_device("cpu").type
    'cpu'
    """
    import torch

    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadInput(f"there is no device {name!r}; expected 'cpu', 'cuda', 'cuda:1' …") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise BadInput(
            f"the device {name!r} is not there: torch sees {torch.cuda.device_count()} CUDA devices; use 'cpu', or "
            "install torch for your card"
        )
    if device.type not in ("cpu", "cuda"):
        raise BadInput(f"neighbours are searched on 'cpu' or 'cuda', not on {name!r}")
    return device


def out_of_room(error: BaseException) -> bool:
    """Whether a GPU had no more memory."""
    import torch

    return isinstance(error, torch.OutOfMemoryError)


def gone(error: BaseException) -> bool:
    """Whether a GPU failed or disappeared."""
    import torch

    kinds: tuple[Any, ...] = tuple(k for k in (getattr(torch, "AcceleratorError", None),) if k is not None)
    return isinstance(error, kinds) or (isinstance(error, RuntimeError) and "CUDA" in str(error))


def forget(device: "torch.device") -> None:
    """Give back what torch holds on a GPU for later."""
    import torch

    if device.type == "cuda":
        torch.cuda.empty_cache()
