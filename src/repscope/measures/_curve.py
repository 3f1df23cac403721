"""A curve over the layers that knows how its values vary together, and the effects that are read off it."""

import math
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

    `slack` is how far equal distances and approximate graphs leave the number open beside its error: in another order
    of the samples, or with all neighbours found, it could be so much lower or higher.

    Examples
    --------
    >>> effect = Effect(0.2, 0.01)
    >>> effect.exceeds(0.0, looks=12), effect.exceeds(0.18, looks=12)
    (True, False)
    """

    value: float
    error: float
    slack: float = 0.0

    def reach(self, looks: int) -> float:
        """How far below the value its lower bound lies, if it is to hold together with those of all `looks` (Bonferroni)."""
        return -NormalDist().inv_cdf(LEVEL / max(looks, 1)) * self.error + self.slack

    def exceeds(self, bound: float, looks: int = 1) -> bool:
        """Whether the whole interval lies above `bound`; never for NaN."""
        return bool(self.value - self.reach(looks) > bound)

    @property
    def size(self) -> "Effect":
        """The effect without its sign; who asks for it looks in two directions."""
        return Effect(abs(self.value), self.error, self.slack)


def exceeding(effects: Sequence[Effect], bound: float, sides: int = 1) -> tuple[bool, ...]:
    """Which of several effects exceed a bound, so that one in a thousand times any does by chance (Holm 1979).

    The clearest is held to the bound that holds for all, the next to that of the remaining, until one fails.

    Parameters
    ----------
    effects : sequence of Effect
    bound : float
    sides : int
        2 for effects without their sign.

    References
    ----------
    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> exceeding([Effect(0.36, 0.1), Effect(1.0, 0.1), Effect(0.2, 0.1)], 0.0)  # 0.36 > 3.3 errors, the bound of two
    (True, True, False)
    """
    out = [False] * len(effects)
    clearest = sorted(range(len(effects)), key=lambda i: -_clarity(effects[i], bound))
    for place, i in enumerate(clearest):
        if not effects[i].exceeds(bound, sides * (len(effects) - place)):
            break
        out[i] = True
    return tuple(out)


def _clarity(effect: Effect, bound: float) -> float:
    """How many errors an effect lies above a bound."""
    above = effect.value - effect.slack - bound
    if not above > 0:  # also NaN: it can never exceed the bound and must not stand before what can
        return -math.inf
    return above / effect.error if effect.error > 0 else math.inf


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
    slack : (l,) float64
        How far equal distances and approximate graphs leave each value open.

    Examples
    --------
    >>> curve = Curve(("a", "b"), np.array([1.0, 3.0]), np.array([[0.1, 0.1], [-0.1, -0.1]]), np.zeros(2))
    >>> curve.effect({"b": 1, "a": -1})
    Effect(value=2.0, error=0.0, slack=0.0)
    """

    layers: tuple[str, ...]
    values: Float[np.ndarray, " l"]
    influence: Float[np.ndarray, "n l"]
    slack: Float[np.ndarray, " l"]

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
        return Effect(float(row[used] @ self.values[used]), float(error), float(np.abs(row[used]) @ self.slack[used]))

    def rise(self, start: str, end: str) -> Effect:
        """The value at `end` less the value at `start`."""
        return self.effect({end: 1, start: -1})

    def among(self, layers: tuple[str, ...]) -> "Curve":
        """The curve over these layers, in this order."""
        keep = [self.layers.index(name) for name in layers]
        return Curve(layers, self.values[keep], self.influence[:, keep], self.slack[keep])

    def finite(self) -> "Curve":
        """The curve over the layers that have a value."""
        return self.among(tuple(x for x, v in zip(self.layers, self.values, strict=True) if np.isfinite(v)))

    def minus_paired(self, other: "Curve") -> "Curve":
        """The difference of two curves over the same layers on the same samples."""
        influence = self.influence - other.influence
        return Curve(self.layers, self.values - other.values, influence, self.slack + other.slack)

    def minus_independent(self, other: "Curve") -> "Curve":
        """The difference of two curves over the same layers on samples drawn independently."""
        influence = np.concatenate([self.influence, -other.influence])
        return Curve(self.layers, self.values - other.values, influence, self.slack + other.slack)


def one_layer(layer: str, draws: Sequence[tuple[float, Float[np.ndarray, " n"]]], slack: float = 0.0) -> Curve:
    """The curve of one layer from a value and its influence, or the mean of several draws of these.

    >>> one_layer("a", [(1.0, np.zeros(2)), (2.0, np.zeros(2))]).values.tolist()
    [1.5]
    """
    value = np.mean([value for value, _ in draws])
    influence = np.mean([influence for _, influence in draws], axis=0)
    return Curve((layer,), np.array([value]), influence[:, None], np.array([slack]))


def joined(curves: Sequence[Curve]) -> Curve:
    """Curves of different layers on the same samples, as one.

    >>> joined([one_layer("a", [(1.0, np.zeros(2))]), one_layer("b", [(2.0, np.zeros(2))])]).layers
    ('a', 'b')
    """
    layers = tuple(name for curve in curves for name in curve.layers)
    values = np.concatenate([curve.values for curve in curves])
    influence = np.concatenate([curve.influence for curve in curves], axis=1)
    return Curve(layers, values, influence, np.concatenate([curve.slack for curve in curves]))
