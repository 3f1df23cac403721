"""Points: the rows of a matrix, wherever they lie: in memory, on a GPU, on disk, or behind another forward pass.

A search asks for blocks of rows (`rows`) and for slabs of features of all rows (`columns`), and never for the whole
matrix, so that what is larger than the memory can be searched as well.
"""

import warnings
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.memory import own_block

if TYPE_CHECKING:
    import torch


READ = 2**24
"""Bytes of rows that are looked at together."""


class Points(ABC):
    """n rows of d real features.

    Attributes
    ----------
    n, d : int
        Rows and features.
    granule : int
        Consecutive rows that cost as much together as one of them: a batch, where rows come from forward passes.
    sliced : bool
        Whether `columns` can be had.
    exponent : int
        The rows are what was given times 2^-exponent.
    """

    n: int
    d: int
    granule: int = 1
    sliced: bool = True
    exponent: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and features."""
        return self.n, self.d

    @property
    @abstractmethod
    def dtype(self) -> "torch.dtype":
        """Type of the features: float32, or float64 where float32 cannot hold them."""

    @property
    def device(self) -> "torch.device":
        """Where `rows` gives its tensors."""
        import torch

        return torch.device("cpu")

    @abstractmethod
    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> "torch.Tensor":
        """Some of the rows, (b, d), dense, not to be written to."""

    @abstractmethod
    def columns(self, start: int, stop: int) -> "torch.Tensor":
        """Features `start` to `stop` of all rows, (n, stop − start), dense; only if `sliced`."""

    @property
    def in_memory(self) -> "torch.Tensor | None":
        """The whole matrix, where it is in memory anyway."""
        return None

    @cached_property
    def largest(self) -> float:
        """The largest magnitude of a feature; NaN or infinity if there is one."""
        import torch

        step = max(1, READ // (8 * self.d))
        parts = [self.rows(slice(i, min(i + step, self.n))).abs().max() for i in range(0, self.n, step)]
        return float(torch.stack(parts).max())


@final
class ArrayPoints(Points):
    """The rows of a tensor, on the processor or on a GPU; a read-only memory map stays one.

    Examples
    --------
    >>> import torch
    >>> points = ArrayPoints(torch.arange(6.0).reshape(3, 2))
    >>> points.shape, points.rows(np.array([2, 0])).tolist()
    ((3, 2), [[4.0, 5.0], [0.0, 1.0]])
    """

    def __init__(self, matrix: "torch.Tensor") -> None:
        self._matrix = matrix
        self.n, self.d = matrix.shape

    @property
    def dtype(self) -> "torch.dtype":
        """float64 stays; everything else that comes fits float32."""
        import torch

        return torch.float64 if self._matrix.dtype == torch.float64 else torch.float32

    @property
    def device(self) -> "torch.device":
        """Of the tensor."""
        return self._matrix.device

    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> "torch.Tensor":
        """A view for a slice, a copy for an index."""
        import torch

        if isinstance(index, slice):
            return self._matrix[index].to(self.dtype)
        chosen = torch.from_numpy(index).to(self.device)
        if self.device.type != "cpu":
            return self._matrix[chosen].to(self.dtype)
        out = own_block((len(chosen), self.d), self._matrix.dtype)
        return torch.index_select(self._matrix, 0, chosen, out=out).to(self.dtype)

    def columns(self, start: int, stop: int) -> "torch.Tensor":
        """A dense copy of a slab of features."""
        return self._matrix[:, start:stop].to(self.dtype).contiguous()

    @property
    def in_memory(self) -> "torch.Tensor":
        """The tensor."""
        return self._matrix


@final
class ChosenPoints(Points):
    """Some of the rows of others, in an order of their own, all times a power of two.

    Examples
    --------
    >>> import torch
    >>> whole = ArrayPoints(torch.tensor([[1.0], [2.0], [3.0]]))
    >>> ChosenPoints(whole, np.array([2, 0]), exponent=1).rows(slice(0, 2)).tolist()
    [[1.5], [0.5]]
    """

    def __init__(self, points: Points, index: Int[np.ndarray, " m"] | None = None, exponent: int = 0) -> None:
        self._points = points
        self._index = index
        self._exponent = exponent
        self.exponent = points.exponent + exponent
        self.n, self.d = points.n if index is None else len(index), points.d
        self.granule, self.sliced = points.granule, points.sliced

    @property
    def dtype(self) -> "torch.dtype":
        """float64 when the rows are scaled: half of their range may lie outside that of float32."""
        import torch

        return torch.float64 if self._exponent else self._points.dtype

    @property
    def device(self) -> "torch.device":
        """Of the others."""
        return self._points.device

    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> "torch.Tensor":
        """Some of the chosen rows."""
        return self._scaled(self._points.rows(index if self._index is None else self._index[index]))

    def columns(self, start: int, stop: int) -> "torch.Tensor":
        """Some features of the chosen rows."""
        import torch

        slab = self._points.columns(start, stop)
        chosen = slab if self._index is None else slab[torch.from_numpy(self._index).to(slab.device)]
        return self._scaled(chosen)

    @property
    def in_memory(self) -> "torch.Tensor | None":
        """The others' matrix, if it is what was chosen."""
        return self._points.in_memory if self._index is None and not self._exponent else None

    def _scaled(self, values: "torch.Tensor") -> "torch.Tensor":
        """Nothing is rounded; in two steps, because one factor alone may be out of range."""
        if not self._exponent:
            return values
        half = -self._exponent // 2
        return values.double() * 2.0**half * 2.0 ** (-self._exponent - half)


def as_points(given: Any) -> Points:
    """Points as they come: an array, a memory map, a tensor on any device, nested lists, or Points.

    Raises
    ------
    BadInput
        If they are not a matrix of real numbers.
    """
    import torch

    if isinstance(given, Points):
        return given
    try:
        tensor = given.detach() if isinstance(given, torch.Tensor) else _tensor(np.asarray(given))
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"points of type {type(given).__name__} cannot be read as numbers ({error}); give an array or a tensor"
        ) from error
    if tensor.ndim < 2 or tensor.shape[0] < 2 or tensor[0].numel() < 1:
        raise BadInput(
            f"points have the shape {tuple(tensor.shape)}; expected (samples, features) with at least 2 samples and 1 feature"
        )
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise BadInput(f"points are {tensor.dtype}; expected real numbers")
    if tensor.layout != torch.strided or tensor.is_meta:
        raise BadInput(
            f"points are a {tensor.layout} tensor on {tensor.device}; expected a dense one with values: points.to_dense()"
        )
    if not tensor.is_floating_point():
        whole = tensor.double()
        if whole.abs().max() > 2**53:
            raise BadInput(
                "points are whole numbers beyond 2^53, which float64 cannot tell apart; subtract a constant first"
            )
        tensor = whole
    return ArrayPoints(tensor.reshape(len(tensor), -1).contiguous())


def _tensor(array: np.ndarray) -> "torch.Tensor":
    """The array as torch takes it: native byte order, forward strides; shared where it can be, never written to."""
    import torch

    if array.dtype == np.longdouble and array.dtype != np.float64:
        raise BadInput(f"points are {array.dtype}; expected float64 or less: points.astype(float)")
    native = np.require(array.astype(array.dtype.newbyteorder("="), copy=False), requirements=["C"])
    if native.flags.writeable or not native.size:
        return torch.from_numpy(native)
    with warnings.catch_warnings():  # of a read-only array: we only read
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(native)
