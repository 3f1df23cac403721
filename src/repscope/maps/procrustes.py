"""Procrustes: a turn (and a scale) alone, so that nothing of the source's shape is changed."""

from collections.abc import Sequence
from typing import ClassVar, final

import torch

from repscope.core.errors import BadInput
from repscope.maps._estimator import MapEstimator, Solution
from repscope.maps._moments import Moments


@final
class Procrustes(MapEstimator):
    """s Q and m of least Σ‖s Q x_i + m − y_i‖², where Q turns: Q ᵀQ = 1, or Q Qᵀ = 1 into fewer dimensions.

    Parameters
    ----------
    scale : bool
        Whether there is a factor s; else it is 1.
    device : str, optional
        Where products are taken.

    Raises
    ------
    BadInput
        On fitting, if one of the sides is constant.

    Notes
    -----
    From d to e > d dimensions Q is an isometry and distances are kept; to e < d dimensions it is a projection, and the
    polar factor of the cross-moments is the best of those of tr Q Xᵀ Y, the usual and not quite the least-squares choice.

    References
    ----------
    P. Schönemann, Psychometrika 31 (1966).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(20, 2))
    >>> found = Procrustes(scale=True).fit(x, x @ [[0, 3], [-3, 0]] + 1)
    >>> bool(np.allclose(found.map_.weight, [[0, -3], [3, 0]])), round(found.map_.facts["scale"], 9)
    (True, 3.0)
    """

    title: ClassVar[str] = "Procrustes"
    summary: ClassVar[str] = "The best turn, with a scale if asked: distances in the source are kept."
    reference: ClassVar[str] = "Schönemann 1966"

    def __init__(self, scale: bool = False, device: str | None = None) -> None:
        self.scale = scale
        self.device = device

    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """From moments."""
        spread = moments.x.spread
        u, s, vt = torch.linalg.svd(moments.xy, full_matrices=False)
        if not float(s[0]) > 0 or not spread > 0:
            raise BadInput("Procrustes got pairs of which one side is constant or unrelated; expected sides that vary")
        turn = (u @ vt).T
        if moments.xy.shape[0] > moments.xy.shape[1]:  # what is turned is not all of x
            spread = float((turn @ moments.x.gram @ turn.T).trace())
        factor = float(s.sum()) / spread if self.scale else 1.0
        return Solution.about_means(factor * turn, moments, n=moments.n, scale=factor, rank=len(s))


kind = Procrustes()
