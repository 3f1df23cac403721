"""Kernels: how alike two samples of one layer are, as blocks of the matrix of all pairs.

    linear   k(x, y) = x·y, of points less their mean
    rbf      k(x, y) = exp(−|x − y|² / (2 σ²)), σ a multiple of the median distance

A block is computed from two blocks of rows, which may come from disk; the matrix of all pairs is never held.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput, nearest
from repscope.core.points import Points
from repscope.core.scaling import in_range

if TYPE_CHECKING:
    import torch

READ = 2**23
"""Bytes of rows that are read together: few enough to stay in the cache."""

ROUNDING = 1e-7
"""Of distances that come from squares, relative to what was subtracted."""

SAMPLED = 2048
"""Samples among which the median distance is sought, if there are more."""


class Kernel(ABC):
    """The kernel of one layer.

    Parameters
    ----------
    points : Points
        Its activations.

    Attributes
    ----------
    n : int
        Samples.
    points : Points

    Raises
    ------
    BadInput
        If features are not finite, or all samples are equal.
    """

    def __init__(self, points: Points) -> None:
        self.n = points.n
        self.points = points
        self._mean = mean_of(points)

    @property
    @abstractmethod
    def dtype(self) -> "torch.dtype":
        """In which blocks are computed."""

    def rows(self, index: slice | np.ndarray) -> "torch.Tensor":
        """Some of the samples, less the mean of all, as `block` takes them.

        The mean is rounded once, which moves all points alike.
        """
        return self.points.rows(index).cpu().to(self.dtype) - self._mean.to(self.dtype)

    @abstractmethod
    def diagonal_and_sums(self) -> "tuple[Float[torch.Tensor, ' n'], Float[torch.Tensor, ' n']]":
        """The diagonal of K, and the sums of its rows without it."""

    @abstractmethod
    def block(self, first: "torch.Tensor", second: "torch.Tensor") -> "torch.Tensor":
        """K of two blocks of rows."""


@final
class Linear(Kernel):
    """x·y, of points less their mean.

    Examples
    --------
    >>> import torch
    >>> from repscope.core.points import as_points
    >>> kernel = Linear(as_points([[0.0], [2.0], [4.0]]))
    >>> rows = kernel.rows(slice(0, 3))
    >>> kernel.block(rows, rows).diagonal().tolist()
    [4.0, 0.0, 4.0]
    """

    @property
    def dtype(self) -> "torch.dtype":
        """That of the points."""
        return self.points.dtype

    def block(self, first: "torch.Tensor", second: "torch.Tensor") -> "torch.Tensor":
        """First · secondᵀ."""
        return first @ second.T

    def diagonal_and_sums(self) -> "tuple[Float[torch.Tensor, ' n'], Float[torch.Tensor, ' n']]":
        """|x|² and x · Σ y less that."""
        import torch

        blocks = list(row_blocks(self.n, 16 * self.points.d, max(READ, 16 * self.points.d)))
        total = torch.zeros(self.points.d, dtype=torch.float64)
        for block in blocks:
            total += self.rows(block).sum(dim=0, dtype=torch.float64)
        diagonal, sums = torch.empty(self.n, dtype=torch.float64), torch.empty(self.n, dtype=torch.float64)
        for block in blocks:
            rows = self.rows(block).double()
            diagonal[block] = rows.square().sum(dim=1)
            sums[block] = rows @ total - diagonal[block]
        return diagonal, sums


@final
class Rbf(Kernel):
    """exp(−|x − y|² / (2 σ²)), in float64, because squared distances from products cancel.

    Parameters
    ----------
    points : Points
    bandwidth : float
        σ as a multiple of the median distance between different samples.

    Attributes
    ----------
    sigma : float

    Examples
    --------
    >>> from repscope.core.points import as_points
    >>> kernel = Rbf(as_points([[0.0], [1.0], [2.0]]), bandwidth=1.0)
    >>> kernel.sigma
    1.0
    """

    def __init__(self, points: Points, bandwidth: float) -> None:
        super().__init__(points)
        if not bandwidth > 0 or not np.isfinite(bandwidth):
            raise BadInput(f"bandwidth = {bandwidth}; expected a positive multiple of the median distance, such as 1.0")
        index = np.arange(self.n)
        if self.n > SAMPLED:
            index = np.sort(np.random.default_rng(0).choice(self.n, SAMPLED, replace=False))
        rows = self.rows(index)
        squared = _squared(rows, rows).numpy()[np.triu_indices(len(index), 1)]
        middle = float(np.median(np.sqrt(squared)))
        self.sigma = bandwidth * middle
        if middle <= ROUNDING * float(rows.norm(dim=1).max()):  # squared distances from products: zero is not exact
            raise BadInput(
                "more than half of the pairs of samples are equal in this layer, so that the median distance is zero; "
                "use the linear kernel, or leave out copies"
            )

    @property
    def dtype(self) -> "torch.dtype":
        """float64."""
        import torch

        return torch.float64

    def block(self, first: "torch.Tensor", second: "torch.Tensor") -> "torch.Tensor":
        """K of two blocks of rows."""
        return _squared(first, second).mul_(-0.5 / self.sigma**2).exp_()

    def diagonal_and_sums(self) -> "tuple[Float[torch.Tensor, ' n'], Float[torch.Tensor, ' n']]":
        """Ones, and the sums of the rows without them."""
        import torch

        sums = torch.empty(self.n, dtype=torch.float64)
        blocks = list(row_blocks(self.n, 1, SAMPLED))
        for block in blocks:
            rows = self.rows(block)
            whole = torch.cat([self.block(rows, self.rows(other)) for other in blocks], dim=1)
            whole[torch.arange(len(rows)), torch.arange(block.start, block.stop)] = 0.0
            sums[block] = whole.sum(dim=1)
        return torch.ones(self.n, dtype=torch.float64), sums


def kernel_of(points: Points, kind: str, bandwidth: float) -> Kernel:
    """The kernel of that name.

    Raises
    ------
    BadInput
        If there is none, or it cannot be had of these points.
    """
    if kind == "linear":
        return Linear(points)
    if kind == "rbf":
        return Rbf(points, bandwidth)
    raise BadInput(f"there is no kernel {kind!r}; {nearest(kind, ('linear', 'rbf'))}")


def _squared(first: "torch.Tensor", second: "torch.Tensor") -> "torch.Tensor":
    """Squared distances between two blocks of float64 rows."""
    import torch

    norms, others = first.square().sum(dim=1), second.square().sum(dim=1)
    return torch.addmm(norms[:, None] + others, first, second.T, alpha=-2).clamp_(min=0)


def mean_of(points: Points) -> "Float[torch.Tensor, ' d']":
    """The mean of all rows in float64.

    Raises
    ------
    BadInput
        If features are not finite, or all rows are equal.
    """
    import torch

    total = torch.zeros(points.d, dtype=torch.float64)
    blocks = list(row_blocks(points.n, 24 * points.d, max(READ, 24 * points.d)))
    for block in blocks:
        total += points.rows(block).cpu().sum(dim=0, dtype=torch.float64)
    if not bool(torch.isfinite(total).all()):
        raise BadInput(
            f"{int((~torch.isfinite(total)).sum())} of {points.d} features have NaN or infinite values, or values whose "
            "sum is beyond float64; look at these samples, leave them out or mend the network"
        )
    mean = total / points.n
    if all(_equal(points.rows(block).cpu(), mean) for block in blocks):
        raise BadInput("the representation is constant: all samples are equal, up to rounding; leave the layer out")
    return mean


def _equal(rows: "Float[torch.Tensor, 'b d']", mean: "Float[torch.Tensor, ' d']") -> bool:
    """Whether rows are the mean, as far as float64 tells."""
    import torch

    apart = (rows.double() - mean).abs()
    return bool(torch.all(apart <= 1e-13 * mean.abs()))


def centred(points: Points, dtype: "torch.dtype") -> "Float[torch.Tensor, 'n d']":
    """All points less their mean, in memory; times a power of two where their squares would be out of range.

    Raises
    ------
    BadInput
        If features are not finite, or all points are equal.
    """
    points = in_range(points)[0]
    mean = mean_of(points)
    return points.rows(slice(0, points.n)).cpu().to(dtype) - mean.to(dtype)
