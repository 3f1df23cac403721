"""Moments of pairs: all that linear maps need of the data, added up in float64.

pairs (x_i, y_i) ──► n, means, Σ(x − x̄)(x − x̄)ᵀ, Σ(x − x̄)(y − ȳ)ᵀ, Σ(y − ȳ)(y − ȳ)ᵀ ──► every map

Sums are taken after a shift by the first block's mean, so that data far from the origin lose nothing, and never in
float32: normal equations in float32 are wrong by 14 % in the weights where units are nearly dead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from repscope.core.errors import BadInput
from repscope.maps._solving import power

BLOCK = 2**27
"""Bytes of float64 rows at a time."""


@final
class Side:
    """One side of pairs: n vectors, their mean, and the sums of products of their deviations from it.

    The products are made when they are asked for. What is taken apart of them is kept: one network of an atlas is a
    side of many pairs.

    Attributes
    ----------
    n : int
    mean : (d,) float64
    spread : float
        Sum of squared deviations: the trace of the products.
    """

    def __init__(self, n: int, mean: Float[Tensor, " d"], spread: float, make: Callable[[], Tensor]) -> None:
        self.n = n
        self.mean = mean
        self.spread = spread
        self._make = make
        self._turned: WeakKeyDictionary[Side, Tensor] = WeakKeyDictionary()
        self._without: WeakKeyDictionary[Side, Side] = WeakKeyDictionary()

    @staticmethod
    def known(n: int, mean: Float[Tensor, " d"], gram: Float[Tensor, "d d"]) -> "Side":
        """One whose products are there."""
        return Side(n, mean, float(gram.trace()), lambda: gram)

    @property
    def d(self) -> int:
        """Dimensions."""
        return len(self.mean)

    @property
    def size(self) -> float:
        """Mean eigenvalue, tr(G) / d: what a relative strength of ridge is relative to."""
        return self.spread / self.d

    @cached_property
    def gram(self) -> Float[Tensor, "d d"]:
        """Sums of products of deviations from the mean."""
        return self._make()

    @cached_property
    def eigen(self) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
        """Eigenvalues, ascending and not below 0, and eigenvectors as columns."""
        values, vectors = torch.linalg.eigh(self.gram)
        return values.clamp(min=0), vectors

    @cached_property
    def whitener(self) -> Float[Tensor, "d d"]:
        """G^(−1/2) on the directions that vary."""
        return power(self.gram, -0.5)[0]

    def turned(self, other: "Side") -> Float[Tensor, "d d"]:
        """Another side's products in the eigenvectors of this one: Vᵀ G V."""
        if other not in self._turned:
            vectors = self.eigen[1]
            self._turned[other] = vectors.T @ other.gram @ vectors
        return self._turned[other]

    def without(self, part: "Side") -> "Side":
        """Without some of these vectors."""
        if part not in self._without:
            self._without[part] = self._combined(part, -1)
        return self._without[part]

    def joined(self, part: "Side") -> "Side":
        """With more vectors."""
        return self._combined(part, 1)

    def forget(self) -> None:
        """Let go of all that can be made again."""
        for name in ("gram", "eigen", "whitener"):
            vars(self).pop(name, None)
        self._turned.clear()
        self._without.clear()

    def _combined(self, part: "Side", sign: int) -> "Side":
        n, share, weight = _shares(self.n, part.n, sign)
        away = part.mean - self.mean
        return Side(
            n,
            self.mean + share * away,
            self.spread + sign * part.spread + weight * float(away @ away),
            lambda: self.gram + sign * part.gram + weight * torch.outer(away, away),
        )


@final
@dataclass(frozen=True, eq=False)
class Moments:
    """Two sides of the same pairs, and what they have in common.

    Attributes
    ----------
    x, y : Side
    xy : (d, e) float64
        Sums of products of deviations from the means.
    """

    x: Side
    y: Side
    xy: Float[Tensor, "d e"]

    @staticmethod
    def of(x: Any, y: Any, device: str | None = None) -> "Moments":
        """Those of two arrays with a row per pair, block by block.

        >>> m = Moments.of([[0.0], [2.0]], [[1.0], [5.0]])
        >>> m.n, m.x.mean.tolist(), m.xy.tolist()
        (2, [1.0], [[4.0]])
        """
        first, second = (torch.as_tensor(side) for side in (x, y))
        n, d, e = len(first), first.shape[1], second.shape[1]
        there = torch.device(device) if device is not None else first.device
        shift_x, shift_y = (side[:1024].to(there).double().mean(dim=0) for side in (first, second))
        xx, xy, yy = (torch.zeros(s, dtype=torch.float64, device=there) for s in ((d, d), (d, e), (e, e)))
        sum_x, sum_y = torch.zeros_like(shift_x), torch.zeros_like(shift_y)
        for rows in _blocks(n, 8 * (d + e)):
            a, b = first[rows].to(there).double() - shift_x, second[rows].to(there).double() - shift_y
            xx.addmm_(a.T, a)
            xy.addmm_(a.T, b)
            yy.addmm_(b.T, b)
            sum_x += a.sum(dim=0)
            sum_y += b.sum(dim=0)
        return Moments(
            Side.known(n, shift_x + sum_x / n, about_mean(xx, sum_x, sum_x, n)),
            Side.known(n, shift_y + sum_y / n, about_mean(yy, sum_y, sum_y, n)),
            about_mean(xy, sum_x, sum_y, n),
        )

    @property
    def n(self) -> int:
        """Pairs."""
        return self.x.n

    def about_zero(self) -> "Moments":
        """With products of the vectors themselves instead of their deviations: for maps without an intercept."""
        x, y, n = self.x, self.y, self.n
        zeros = [torch.zeros_like(side.mean) for side in (x, y)]
        return Moments(
            Side(n, zeros[0], x.spread + n * float(x.mean @ x.mean), lambda: x.gram + n * torch.outer(x.mean, x.mean)),
            Side(n, zeros[1], y.spread + n * float(y.mean @ y.mean), lambda: y.gram + n * torch.outer(y.mean, y.mean)),
            self.xy + n * torch.outer(x.mean, y.mean),
        )

    def __sub__(self, part: "Moments") -> "Moments":
        """Those without a part of the pairs."""
        return Moments(self.x.without(part.x), self.y.without(part.y), self._cross(part, -1))

    def __add__(self, part: "Moments") -> "Moments":
        """Those with more pairs."""
        return Moments(self.x.joined(part.x), self.y.joined(part.y), self._cross(part, 1))

    def _cross(self, part: "Moments", sign: int) -> Float[Tensor, "d e"]:
        _, _, weight = _shares(self.n, part.n, sign)
        away = torch.outer(part.x.mean - self.x.mean, part.y.mean - self.y.mean)
        return self.xy + sign * part.xy + weight * away

    def error(self, weight: Float[Tensor, "e d"], bias: Float[Tensor, " e"]) -> float:
        """Sum of squared errors of y = M x + m over these pairs: tr Yᵀ Y − 2 tr M X Yᵀ + tr M X Xᵀ Mᵀ, and the means' part."""
        offset = weight @ self.x.mean + bias - self.y.mean
        cross = (weight.T * self.xy).sum()
        own = (weight.T * (self.x.gram @ weight.T)).sum()
        return float(self.y.spread - 2 * cross + own + self.n * offset @ offset)


def about_mean(
    products: Float[Tensor, "d e"], sum_x: Float[Tensor, " d"], sum_y: Float[Tensor, " e"], n: int
) -> Float[Tensor, "d e"]:
    """Sums of products about the means, from those about a shift."""
    return products - torch.outer(sum_x, sum_y) / n


def _shares(n: int, part: int, sign: int) -> tuple[int, float, float]:
    """Count, weight of the part in the mean, and weight of the product of the means' distances.

    T. Chan, G. Golub, R. LeVeque, The American Statistician 37 (1983), equation 2.1, and its inverse.
    """
    left = n + sign * part
    if left < 2:
        raise BadInput(f"{left} pairs are left of {n}; expected two or more")
    return left, sign * part / left, sign * n * part / left


def _blocks(n: int, row: int) -> Iterator[slice]:
    step = max(1024, BLOCK // row)
    return (slice(start, start + step) for start in range(0, n, step))
