"""What both predictors are given."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import as_points
from repscope.measures._canonical import Basis
from repscope.measures._labels import class_codes

LEAST = 20


def features_and_codes(x: Any, labels: Any, what: str) -> tuple[Float[np.ndarray, "n r"], Int[np.ndarray, " n"]]:
    """Features in their own directions, (n, rank), float64, centred; and classes from 0.

    Raises
    ------
    BadInput
        If there are fewer than twenty samples, one class, or features are constant or not finite.
    """
    points = as_points(x)
    if points.n < LEAST:
        raise BadInput(f"{what} got {points.n} samples; expected {LEAST} or more")
    codes, counts = class_codes(labels, points.n, what)
    if len(counts) < 2:
        raise BadInput(f"{what} got one class; expected two or more")
    basis = Basis.of(points)
    return (basis.u * basis.s).numpy(), codes
