"""Bases of representations, and what any linear measure of two reads from them: correlations, and shared size.

points ──► centred ──► U S Vᵀ ──► moments of U_x and U_y ──► canonical correlations

A group of samples is left out by taking its rows off the moments; the decomposition is not repeated.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.measures._kernels import centred

if TYPE_CHECKING:
    import torch


@final
@dataclass(frozen=True, eq=False)
class Basis:
    """A representation less its mean as U S Vᵀ, in float64, of its rank.

    Attributes
    ----------
    u : (n, r)
    s : (r,)
        Singular values, largest first.
    v : (d, r)
    """

    u: "Float[torch.Tensor, 'n r']"
    s: "Float[torch.Tensor, ' r']"
    v: "Float[torch.Tensor, 'd r']"

    @staticmethod
    def of(points: Points, which: str = "the") -> "Basis":
        """The basis of points.

        Raises
        ------
        BadInput
            If they are constant, or have features that are not finite.

        Examples
        --------
        >>> from repscope.core.points import as_points
        >>> Basis.of(as_points([[0.0, 1.0], [2.0, 1.0]])).s.tolist()
        [1.4142135623730951]
        """
        import torch

        try:
            matrix = centred(points, torch.float64)
        except BadInput as error:
            raise BadInput(str(error).replace("the representation", f"{which} representation")) from error
        u, s, vt = torch.linalg.svd(matrix, full_matrices=False)
        rank = int((s > max(matrix.shape) * torch.finfo(torch.float64).eps * s[0]).sum())
        return Basis(u[:, :rank], s[:rank], vt[:rank].T)

    @property
    def n(self) -> int:
        """Samples."""
        return len(self.u)

    @property
    def rank(self) -> int:
        """Directions."""
        return len(self.s)

    def first(self, count: int) -> "Basis":
        """The directions of the largest singular values."""
        return Basis(self.u[:, :count], self.s[:count], self.v[:, :count])

    def holding(self, variance: float) -> "Basis":
        """As many directions as hold that share of the variance: of the sum of *squared* singular values.

        >>> from repscope.core.points import as_points
        >>> basis = Basis.of(as_points([[-3.0, 1.0], [3.0, 1.0], [0.0, -2.0]]))
        >>> basis.rank, basis.holding(0.7).rank
        (2, 1)
        """
        held = self.s.square().cumsum(0) / self.s.square().sum()
        return self.first(min(int((held < variance * (1 - 1e-12)).sum()) + 1, self.rank))


@final
@dataclass(frozen=True, eq=False)
class Moments:
    """U_xᵀU_x, U_yᵀU_y and U_xᵀU_y, centred, with some samples left out."""

    xx: "Float[torch.Tensor, 'p p']"
    yy: "Float[torch.Tensor, 'q q']"
    xy: "Float[torch.Tensor, 'p q']"


def moments(x: Basis, y: Basis, out: Int[np.ndarray, " g"]) -> Moments:
    """The moments of two bases without some of the samples."""
    import torch

    index = torch.from_numpy(out)
    a, b = x.u[index], y.u[index]
    left = x.n - len(out)

    def without(whole: "torch.Tensor", p: "torch.Tensor", q: "torch.Tensor") -> "torch.Tensor":
        return whole - p.T @ q - torch.outer(p.sum(dim=0), q.sum(dim=0)) / left

    identity = [torch.eye(basis.rank, dtype=torch.float64) for basis in (x, y)]
    return Moments(without(identity[0], a, a), without(identity[1], b, b), without(x.u.T @ y.u, a, b))


@final
@dataclass(frozen=True, eq=False)
class Canonical:
    """Canonical correlations, and the variates of x.

    Attributes
    ----------
    correlations : (c,)
        Largest first.
    variates : (r, c)
        Coefficients in the basis U_x.
    """

    correlations: "Float[torch.Tensor, ' c']"
    variates: "Float[torch.Tensor, 'r c']"


def canonical(m: Moments) -> Canonical:
    """Canonical correlations from moments.

    Reference: Å. Björck, G. Golub, Math. Comp. 27 (1973): the cosines of the angles between the two spaces.
    """
    import torch

    whiten_x, whiten_y = _whitening(m.xx), _whitening(m.yy)
    left, correlations, _ = torch.linalg.svd(whiten_x.T @ m.xy @ whiten_y, full_matrices=False)
    return Canonical(correlations.clamp(0.0, 1.0), whiten_x @ left)


def _whitening(gram: "Float[torch.Tensor, 'r r']") -> "Float[torch.Tensor, 'r w']":
    """W with Wᵀ G W = 1, on the directions that are left."""
    import torch

    values, vectors = torch.linalg.eigh(gram)
    keep = values > 1e-10
    whitening: torch.Tensor = vectors[:, keep] / values[keep].sqrt()
    return whitening


def require_samples(x: Basis, y: Basis, caller: str, instead: str) -> None:
    """Refuse as many directions as samples: some correlations are then 1 whatever the data.

    Raises
    ------
    BadInput
        With the numbers.
    """
    if x.rank + y.rank > x.n - 2:
        raise BadInput(
            f"{caller} got {x.n} samples and representations of {x.rank} and {y.rank} directions; expected more samples "
            f"than {x.rank + y.rank + 1}, or correlations of 1 mean nothing: give more samples, or {instead}"
        )
