"""Groups of samples that are left out in turn, and orders of samples by which chance is found: always the same ones."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float, Int

from repscope.measures._interval import fisher_interval, jackknife_error

GROUPS = 10
"""Groups of samples left out in turn."""

T95 = 2.2621571627409915
"""97.5 % point of Student's t with GROUPS − 1 degrees of freedom."""

ORDERS = 10
"""Orders of the samples whose mean stands for chance."""

GROUPED = f"analytic, jackknife over {GROUPS} groups of samples"


def groups(n: int) -> Iterator[Int[np.ndarray, " g"]]:
    """Ten groups of samples, drawn at random, each nearly a tenth.

    >>> sorted(int(i) for group in groups(12) for i in group) == list(range(12))
    True
    """
    order = np.random.default_rng(0).permutation(n)
    for number in range(GROUPS):
        yield np.sort(order[number::GROUPS])


def without_groups(n: int, estimate: Callable[[Int[np.ndarray, " g"]], float]) -> Float[np.ndarray, " g"]:
    """An estimate with each group left out; `estimate` is given the samples that are."""
    return np.array([estimate(group) for group in groups(n)])


def by_chance(n: int, estimate: Callable[[Int[np.ndarray, " n"]], float]) -> float:
    """The mean of an estimate when the samples of one representation are put into another order."""
    generator = np.random.default_rng(1)
    return float(np.mean([estimate(generator.permutation(n)) for _ in range(ORDERS)]))


def correlation_interval(value: float, without: Float[np.ndarray, " g"]) -> tuple[float, float]:
    """95 % interval of something between 0 and 1 that behaves like a correlation.

    Nothing is known where a layer is constant without one of the groups.

    >>> correlation_interval(0.7, np.array([0.6, np.nan]))
    (0.0, 1.0)
    """
    if 1 - value < 1e-9:
        return value, value
    if not np.isfinite(without).all():
        return 0.0, 1.0
    low, high = fisher_interval(value, without, T95)
    return max(0.0, low), high


def plain_interval(value: float, without: Float[np.ndarray, " g"]) -> tuple[float, float]:
    """95 % interval, symmetric about the value; all numbers where the estimate is none without one of the groups.

    >>> plain_interval(0.7, np.array([0.6, np.nan]))
    (-inf, inf)
    """
    if not np.isfinite(without).all():
        return -np.inf, np.inf
    half = T95 * jackknife_error(without)
    return value - half, value + half
