"""Least squares: the linear map of the smallest squared error."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.core.errors import BadInput
from repscope.maps._estimator import MapEstimator, Solution
from repscope.maps._moments import Moments
from repscope.maps._solving import CUTOFF, solve


@final
class LeastSquares(MapEstimator):
    """M and m of least Σ‖M x_i + m − y_i‖².

    Parameters
    ----------
    device : str, optional
        Where products are taken, for example ``"cuda"``; where the data are by default.

    Raises
    ------
    BadInput
        On fitting, if there are no more pairs than dimensions: then a map fits any target exactly, and means nothing.

    Notes
    -----
    Where dimensions of x depend on each other, or are constant, M has the least norm among those of the least error, in
    columns of unit variance; `map_.rank` says of how many directions it is. Eigenvalues of the moments below 1e-12 of
    the largest count as zero. Predictions do not change under invertible affine changes of x.

    References
    ----------
    D. McNeely-White, *Same Data, Same Features*, MSc thesis, Colorado State University, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 3))
    >>> found = LeastSquares().fit(x, x @ [[1, 0], [2, 0], [0, 3]] + 5)
    >>> bool(np.allclose(found.map_.weight, [[1, 2, 0], [0, 0, 3]])), found.map_.bias.round(6).tolist()
    (True, [5.0, 5.0])
    """

    title: ClassVar[str] = "Least squares"
    summary: ClassVar[str] = "The linear map of the smallest squared error, with an intercept."
    reference: ClassVar[str] = "McNeely-White 2020"

    def __init__(self, device: str | None = None) -> None:
        self.device = device

    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """From moments."""
        d = moments.x.d
        if moments.n <= d:
            raise BadInput(
                f"least squares got {moments.n} pairs of n_features = {d} dimensions; expected more pairs than dimensions, "
                "or use Ridge, which takes fewer"
            )
        found = solve(moments.x.gram, moments.xy)
        return Solution.about_means(
            found.weights.T, moments, n=moments.n, rank=found.rank, cutoff=CUTOFF, smallest_eigenvalue=found.smallest
        )


kind = LeastSquares()
