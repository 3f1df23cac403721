"""Vectors of length one, at any scale."""

from typing import Any, final

import numpy as np
from jaxtyping import Float
from sklearn.preprocessing import Normalizer

from repscope.core.scaling import scale_rows


@final
class UnitLength(Normalizer):  # type: ignore[misc]
    """scikit-learn's `Normalizer`, which takes float32 vectors below 1e-19 for zero and leaves them as they are: these are scaled
    by a power of two first.

    Examples
    --------
    >>> UnitLength().fit_transform(np.array([[3e-30, 4e-30]], np.float32))
    array([[0.6, 0.8]], dtype=float32)
    """

    def transform(self, X: Any, copy: bool | None = None) -> Float[np.ndarray, "n d"]:
        """The vectors divided by their lengths; zero vectors stay."""
        scaled = scale_rows(X) if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind == "f" else X
        made: Float[np.ndarray, "n d"] = super().transform(scaled, copy=copy)
        return made
