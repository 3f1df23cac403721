"""From sums over pairs of samples to the scores of kernels, HSIC and CKA, with their intervals."""

from collections.abc import Sequence

import numpy as np

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.core.scaling import rescale
from repscope.measures._interval import Z95, fisher_interval, jackknife_error
from repscope.measures._kernel_sums import KernelSums
from repscope.measures._kernels import Kernel, kernel_of
from repscope.measures._score import Score

LEAST = 5
"""Samples: the debiased estimate with one left out needs four."""

JACKKNIFE = "analytic, delete-one jackknife"


def kernels_of(points: Sequence[Points], kind: str, bandwidth: float) -> list[Kernel]:
    """The kernels of two representations.

    Raises
    ------
    BadInput
        If there is no such kernel, or a representation has none; the message says which.
    """
    found = []
    for which, one in zip(("first", "second"), points, strict=True):
        try:
            found.append(kernel_of(one, kind, bandwidth))
        except BadInput as error:
            raise BadInput(str(error).replace("the representation", f"the {which} representation")) from error
    return found


def alignment(sums: KernelSums, first: int, second: int, points: tuple[Points, Points], name: str) -> Score:
    """CKA of two layers.

    Raises
    ------
    BadInput
        If samples are all equally alike in one of them, so that there is nothing to align.
    """
    own = [(sums.hsic(layer, layer), sums.without_each(layer, layer)) for layer in (first, second)]
    for which, (hsic, _), layer in zip(("first", "second"), own, (first, second), strict=True):
        if not hsic > sums.rounding[layer]:
            raise BadInput(
                f"all pairs of samples are equally alike in the {which} representation; CKA is not defined: leave the "
                "layer out"
            )
    # of what is centred, so that it is at most 1 but for rounding
    value = float(np.clip(sums.hsic(first, second) / np.sqrt(own[0][0] * own[1][0]), -1.0, 1.0))
    defined = bool((own[0][1] > 0).all() and (own[1][1] > 0).all())  # with each sample left out as well
    chance = sums.by_chance(first, second) / np.sqrt(own[0][0] * own[1][0])
    low, high = (value, value) if 1 - abs(value) < 1e-9 else (-1.0, 1.0)
    if defined and low < high:
        low, high = fisher_interval(value, sums.without_each(first, second) / np.sqrt(own[0][1] * own[1][1]))
    return Score(
        measure=name,
        value=float(value),
        interval=(max(low, 0.0), high) if sums.biased else (low, high),
        interval_method=f"{JACKKNIFE}, Fisher's scale",
        null=float(chance),
        details={
            "n": sums.n,
            "features_x": points[0].d,
            "features_y": points[1].d,
            "chance_removed": float((value - chance) / (1 - chance)) if chance < 1 else 0.0,
        },
    )


def dependence(
    sums: KernelSums, first: int, second: int, points: tuple[Points, Points], name: str, linear: bool = True
) -> Score:
    """HSIC of two layers, in the units of the activations: the linear one is of the square of each layer.

    Raises
    ------
    BadInput
        If it is beyond float64.
    """
    value = sums.hsic(first, second)
    half = Z95 * jackknife_error(sums.without_each(first, second))
    low, high = max(value - half, 0.0) if sums.biased else value - half, value + half
    power = 2 * (points[0].exponent + points[1].exponent) if linear else 0
    chance = sums.by_chance(first, second)
    value, low, high, chance = (rescale(x, power, f"{name} of these layers") for x in (value, low, high, chance))
    return Score(
        measure=name,
        value=value,
        interval=(low, high),
        interval_method=JACKKNIFE,
        null=chance,
        details={"n": sums.n, "features_x": points[0].d, "features_y": points[1].d},
    )
