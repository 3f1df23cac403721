"""What both predictors are given, and their intervals and chance."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import as_points
from repscope.measures import Score
from repscope.measures._canonical import Basis
from repscope.measures._groups import GROUPED, by_chance, plain_interval, without_groups
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


def scored(
    measure: str,
    rows: Float[np.ndarray, "n r"],
    codes: Int[np.ndarray, " n"],
    estimate: Callable[[Float[np.ndarray, "m r"], Int[np.ndarray, " m"]], float],
    **details: float,
) -> Score:
    """An estimate with its interval, a tenth of the samples being left out in turn, and with what shuffled labels give."""
    value, every = estimate(rows, codes), np.arange(len(codes))

    def without(out: Int[np.ndarray, " g"]) -> float:
        rest = np.setdiff1d(every, out)
        return estimate(rows[rest], codes[rest])

    interval = plain_interval(value, without_groups(len(codes), without))
    null = by_chance(len(codes), lambda order: estimate(rows, codes[order]))
    known = {"n": len(codes), "features": rows.shape[1], **details}
    return Score(measure, value, interval, GROUPED, null, details=known)
