"""Exact quantiles of every unit over all pixels, without keeping them: by the bits of the numbers, half at a time.

float32 ──► an unsigned number of 32 bits in the same order ──► counts of the upper 16 bits ──► the bin of the quantile ──► counts of
the lower 16 bits within it ──► the number itself
"""

from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Float, UInt32

from repscope.core.errors import BadInput

HALF = 16
BINS = 1 << HALF

Values = Float[np.ndarray, "units values"]


def exact_thresholds(passes: Callable[[], Iterable[Values]], share: float) -> Float[np.ndarray, " units"]:
    """The value of each unit that a share of its values is above: the ⌊share · n⌋ + 1-th highest of n.

    Parameters
    ----------
    passes : callable
        Gives all values, some at a time, whenever it is called; it is called twice.
    share : float
        From 0 to 1.

    Returns
    -------
    (units,) float32 array
        Strictly above it lie ⌊share · n⌋ values or, where several are equal to it, fewer.

    Raises
    ------
    BadInput
        If the share is not between 0 and 1, there are no values, or one is NaN.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(size=(3, 1000)).astype(np.float32)
    >>> found = exact_thresholds(lambda: [values[:, :400], values[:, 400:]], 0.01)
    >>> bool((found == np.sort(values)[:, -11]).all()), (values > found[:, None]).sum(1).tolist()
    (True, [10, 10, 10])
    """
    if not 0 < share < 1:
        raise BadInput(f"quantile = {share}; expected the share of values that are to lie above, between 0 and 1")
    upper, n = None, 0
    for values in passes():
        if np.isnan(values).any():
            raise BadInput("an activation is NaN; thresholds cannot be found")
        keys = _ordered(values) >> HALF
        upper = np.zeros((len(values), BINS), np.int64) if upper is None else upper
        for unit, row in enumerate(keys):
            upper[unit] += np.bincount(row, minlength=BINS)
        n += values.shape[1]
    if upper is None or n == 0:
        raise BadInput("there are no activations; expected one image or more")
    above = int(share * n * (1 + 1e-12))  # 0.29 of 100 are 29, not 28.999
    bins, left = _bin(upper, np.full(len(upper), above))
    lower = np.zeros_like(upper)
    for values in passes():
        keys = _ordered(values)
        for unit, row in enumerate(keys):
            inside = row[(row >> HALF) == bins[unit]] & (BINS - 1)
            lower[unit] += np.bincount(inside, minlength=BINS)
    last, _ = _bin(lower, left)
    return _values((bins.astype(np.uint32) << HALF) | last.astype(np.uint32))


def _bin(counts: np.ndarray, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bin in which the value lies that so many are above, and how many of these lie in the bin."""
    reached = counts[:, ::-1].cumsum(1)
    place = (reached > above[:, None]).argmax(1)
    before = np.where(place > 0, np.take_along_axis(reached, np.maximum(place - 1, 0)[:, None], 1)[:, 0], 0)
    return BINS - 1 - place, above - before


def _ordered(values: Values) -> UInt32[np.ndarray, "units values"]:
    """Unsigned numbers in the order of the floats; zero and minus zero are one."""
    bits = (np.ascontiguousarray(values, np.float32) + np.float32(0)).view(np.uint32)
    negative = bits >> np.uint32(31) == 1
    made: UInt32[np.ndarray, "units values"] = np.where(negative, ~bits, bits | np.uint32(1 << 31))
    return made


def _values(keys: UInt32[np.ndarray, " units"]) -> Float[np.ndarray, " units"]:
    """Back."""
    negative = keys >> np.uint32(31) == 0
    bits = np.where(negative, ~keys, keys & np.uint32((1 << 31) - 1)).astype(np.uint32)
    return bits.view(np.float32)
