"""Whitened: both spaces made round, turned onto each other, and given the target's shape."""

from collections.abc import Sequence
from typing import ClassVar, final

import torch

from repscope.core.errors import BadInput
from repscope.maps._estimator import MapEstimator, Solution
from repscope.maps._moments import Moments
from repscope.maps._solving import CUTOFF, power


@final
class Whitened(MapEstimator):
    """y = Σ_y^½ V Uᵀ Σ_x^-½ (x − x̄) + ȳ, where U diag(ρ) Vᵀ = Σ_x^-½ Σ_xy Σ_y^-½ are the canonical correlations.

    Parameters
    ----------
    rank : int, optional
        How many pairs of canonical directions are used, the most correlated first; all by default.
    shrink : bool
        Whether each direction is scaled by its correlation ρ, which gives the least squared error of this rank in the
        whitened target; without, what is mapped has the target's covariance, as retrieval among both would like.
    alpha : float
        Added to the eigenvalues of both sides before whitening, relative to their mean.
    device : str, optional
        Where products are taken.

    Raises
    ------
    BadInput
        On fitting, if there are no more pairs than dimensions and α is 0, or the rank is not possible.

    References
    ----------
    H. Hotelling, Biometrika 28 (1936). M. Artetxe, G. Labaka, E. Agirre, AAAI 2018, for the steps as a family.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(60, 3))
    >>> y = x @ [[1, 2, 0], [0, 1, 0], [0, 0, 4]]
    >>> found = Whitened().fit(x, y)
    >>> bool(np.allclose(found.predict(x), y)), [round(r, 9) for r in found.map_.facts["correlations"]]
    (True, [1.0, 1.0, 1.0])
    """

    title: ClassVar[str] = "Whitened"
    summary: ClassVar[str] = "Canonical directions of the source onto those of the target."
    reference: ClassVar[str] = "Hotelling 1936"

    def __init__(
        self, rank: int | None = None, shrink: bool = False, alpha: float = 0.0, device: str | None = None
    ) -> None:
        self.rank = rank
        self.shrink = shrink
        self.alpha = alpha
        self.device = device

    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """From moments."""
        d, e = moments.xy.shape
        most = min(d, e)
        if self.rank is not None and not 1 <= self.rank <= most:
            raise BadInput(
                f"a map of rank {self.rank!r} was asked for between {d} and {e} dimensions; expected 1 to {most}"
            )
        if self.alpha == 0 and moments.n <= max(d, e):
            raise BadInput(
                f"whitening got {moments.n} pairs of n_features = {d} and {e} dimensions; expected more pairs than "
                "dimensions, or give alpha > 0"
            )
        lift_x, lift_y = self.alpha * moments.x.size, self.alpha * moments.y.size
        white_x, rank_x = power(moments.x.gram, -0.5, lift_x)
        white_y, rank_y = power(moments.y.gram, -0.5, lift_y)
        colour_y, _ = power(moments.y.gram, 0.5, lift_y)
        u, s, vt = torch.linalg.svd(white_x @ moments.xy @ white_y, full_matrices=False)
        rank = min(rank_x, rank_y, self.rank or most)
        kept = vt[:rank].T * (s[:rank] if self.shrink else 1.0)
        weight = colour_y @ kept @ u[:, :rank].T @ white_x
        return Solution.about_means(
            weight, moments, n=moments.n, rank=rank, cutoff=CUTOFF, correlations=s[:rank].clamp(max=1).tolist()
        )


kind = Whitened()
