"""Identity: no map at all, the control that every other kind has to beat."""

from collections.abc import Sequence
from typing import Any, ClassVar, final

import torch

from repscope.maps._estimator import MapEstimator, Solution
from repscope.maps._moments import Moments


@final
class Identity(MapEstimator):
    """y = x, cut off or filled with zeros to the target's dimensions.

    Nothing is fitted. Networks that began with the same weights may be interchangeable with no map; this shows it.

    References
    ----------
    D. McNeely-White, *Same Data, Same Features*, MSc thesis, Colorado State University, 2020 (the naive control).

    Examples
    --------
    >>> import numpy as np
    >>> Identity().fit(np.eye(3), np.eye(3)[:, :2]).predict(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[1.0, 2.0]]
    """

    title: ClassVar[str] = "Identity"
    summary: ClassVar[str] = "No map: dimensions cut off, or filled with zeros."
    reference: ClassVar[str] = "McNeely-White 2020"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # it learns nothing
        return tags

    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """The same whatever the moments."""
        d, e = moments.xy.shape
        weight = torch.eye(e, d, dtype=torch.float64, device=moments.xy.device)
        return Solution(weight, torch.zeros(e, dtype=torch.float64, device=weight.device), {"n": moments.n})


kind = Identity()
