"""A curve over the layers that knows how its values vary together, and the effects that are read off it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import final

import numpy as np
from jaxtyping import Float

LEVEL = 0.001
"""Chance that a finder, over all the places where it looks, says something about noise.

One in a thousand and not one in twenty: a report asks a dozen questions of every run, and a finding that
noise produces in every second report is worse than none.
"""


@final
@dataclass(frozen=True)
class Effect:
    """A number read off curves, with its standard error.

    Examples
    --------
    >>> effect = Effect(0.2, 0.01)
    >>> effect.exceeds(0.0, looks=12), effect.exceeds(0.18, looks=12)
    (True, False)
    """

    value: float
    error: float

    def half_width(self, looks: int) -> float:
        """Half the width of an interval that holds together with those of all other `looks` (Bonferroni)."""
        return -NormalDist().inv_cdf(LEVEL / (2 * max(looks, 1))) * self.error

    def exceeds(self, bound: float, looks: int) -> bool:
        """Whether the whole interval lies above `bound`; never for NaN."""
        return self.value - self.half_width(looks) > bound

    def __neg__(self) -> "Effect":
        return Effect(-self.value, self.error)


@final
@dataclass(frozen=True, eq=False)
class Curve:
    """One value per layer, and what each sample contributes to its deviation.

    Attributes
    ----------
    layers : tuple of str
    values : (l,) float64
        NaN where a layer has no value.
    influence : (n, l) float64
        By how much each sample moves each value; every column sums to zero. The products of two columns, summed
        over the samples, estimate the covariance of two layers, so that differences along a curve, between
        parts of the data and between networks have the right error although their samples are shared.

    Examples
    --------
    >>> curve = Curve(("a", "b"), np.array([1.0, 3.0]), np.array([[0.1, 0.1], [-0.1, -0.1]]))
    >>> curve.effect({"b": 1, "a": -1})
    Effect(value=2.0, error=0.0)
    """

    layers: tuple[str, ...]
    values: Float[np.ndarray, " l"]
    influence: Float[np.ndarray, "n l"]

    @cached_property
    def covariance(self) -> Float[np.ndarray, "l l"]:
        """Estimated covariance of the values."""
        product: Float[np.ndarray, "l l"] = self.influence.T @ self.influence
        return product

    def value(self, layer: str) -> float:
        """The value at a layer."""
        return float(self.values[self.layers.index(layer)])

    def effect(self, weights: Mapping[str, float]) -> Effect:
        """A weighted sum of values, for example ``{"late": 1, "early": -1}`` for a rise."""
        row = np.zeros(len(self.layers))
        for layer, weight in weights.items():
            row[self.layers.index(layer)] += weight
        used = row != 0
        error = np.sqrt(max(0.0, float(row[used] @ self.covariance[np.ix_(used, used)] @ row[used])))
        return Effect(float(row[used] @ self.values[used]), float(error))

    def rise(self, start: str, end: str) -> Effect:
        """The value at `end` less the value at `start`."""
        return self.effect({end: 1, start: -1})

    def among(self, layers: tuple[str, ...]) -> "Curve":
        """The curve over these layers, in this order."""
        keep = [self.layers.index(name) for name in layers]
        return Curve(layers, self.values[keep], self.influence[:, keep])

    def finite(self) -> "Curve":
        """The curve over the layers that have a value."""
        return self.among(tuple(x for x, v in zip(self.layers, self.values, strict=True) if np.isfinite(v)))

    def minus_paired(self, other: "Curve") -> "Curve":
        """The difference of two curves over the same layers on the same samples."""
        return Curve(self.layers, self.values - other.values, self.influence - other.influence)

    def minus_independent(self, other: "Curve") -> "Curve":
        """The difference of two curves over the same layers on samples drawn independently."""
        return Curve(self.layers, self.values - other.values, np.concatenate([self.influence, -other.influence]))


def one_layer(layer: str, draws: Sequence[tuple[float, Float[np.ndarray, " n"]]]) -> Curve:
    """The curve of one layer from a value and its influence, or the mean of several draws of these.

    >>> one_layer("a", [(1.0, np.zeros(2)), (2.0, np.zeros(2))]).values.tolist()
    [1.5]
    """
    value = np.mean([value for value, _ in draws])
    influence = np.mean([influence for _, influence in draws], axis=0)
    return Curve((layer,), np.array([value]), influence[:, None])


def joined(curves: Sequence[Curve]) -> Curve:
    """Curves of different layers on the same samples, as one.

    >>> joined([one_layer("a", [(1.0, np.zeros(2))]), one_layer("b", [(2.0, np.zeros(2))])]).layers
    ('a', 'b')
    """
    layers = tuple(name for curve in curves for name in curve.layers)
    values = np.concatenate([curve.values for curve in curves])
    return Curve(layers, values, np.concatenate([curve.influence for curve in curves], axis=1))
