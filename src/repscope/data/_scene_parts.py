"""Things made of parts, as shapes in the plane: house, tree, car, flower, fish, ball, star, ring, and plain distractors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Bool, Float

Plane: TypeAlias = Float[np.ndarray, "h w"]
Inside: TypeAlias = Callable[[Plane, Plane], Bool[np.ndarray, "h w"]]
"""From x, to the right, and y, downwards, both from about -1 to 1 over the thing, to whether a point is inside."""


@final
@dataclass(frozen=True)
class Part:
    """A part of a thing; later parts lie on earlier ones.

    Attributes
    ----------
    name : str
        Empty where the thing has no parts.
    inside : callable
    """

    name: str
    inside: Inside


def box(x0: float, x1: float, y0: float, y1: float) -> Inside:
    """Between two columns and two rows."""
    return lambda x, y: (x > x0) & (x < x1) & (y > y0) & (y < y1)


def disk(cx: float, cy: float, radius: float, stretch: float = 1.0) -> Inside:
    """A disk, or an ellipse that is `stretch` times as wide as high."""
    return lambda x, y: ((x - cx) / stretch) ** 2 + (y - cy) ** 2 < radius**2


def triangle(top: float, bottom: float, half: float, cx: float = 0.0) -> Inside:
    """With its tip at the top (or, top > bottom, at the bottom) and a level base of twice `half`."""
    return lambda x, y: ((y - top) * (y - bottom) < 0) & (np.abs(x - cx) * abs(bottom - top) < half * np.abs(y - top))


def sideways(left: float, right: float, half: float) -> Inside:
    """A triangle with its tip at the left."""
    return lambda x, y: (x > left) & (x < right) & (np.abs(y) * (right - left) < half * (x - left))


def _petals(x: Plane, y: Plane) -> Bool[np.ndarray, "h w"]:
    """Five disks around a middle."""
    found = np.zeros(x.shape, bool)
    for cx, cy in ((0.0, -0.72), (0.45, -0.4), (0.28, 0.12), (-0.28, 0.12), (-0.45, -0.4)):
        found |= (x - cx) ** 2 + (y - cy) ** 2 < 0.08
    return found


def _ring(x: Plane, y: Plane) -> Bool[np.ndarray, "h w"]:
    found: Bool[np.ndarray, "h w"] = (x**2 + y**2 < 0.72) & (x**2 + y**2 > 0.25)
    return found


def _star(x: Plane, y: Plane) -> Bool[np.ndarray, "h w"]:
    """Two triangles, one upside down."""
    return triangle(-0.95, 0.5, 0.85)(x, y) | triangle(0.95, -0.5, 0.85)(x, y)


THINGS: dict[str, tuple[Part, ...]] = {
    "house": (
        Part("wall", box(-0.7, 0.7, -0.1, 0.85)), Part("roof", triangle(-0.95, -0.1, 0.95)), Part("door", box(-0.2, 0.2, 0.3, 0.85)),
    ),
    "tree": (Part("trunk", box(-0.16, 0.16, 0.1, 0.95)), Part("crown", disk(0, -0.3, 0.62))),
    "car": (
        Part("bodywork", lambda x, y: box(-0.95, 0.95, -0.05, 0.45)(x, y) | box(-0.5, 0.5, -0.5, 0.0)(x, y)),
        Part("wheel", lambda x, y: disk(-0.52, 0.45, 0.27)(x, y) | disk(0.52, 0.45, 0.27)(x, y)),
    ),
    "flower": (
        Part("stem", box(-0.08, 0.08, 0.0, 0.98)), Part("petal", _petals), Part("middle", disk(0, -0.28, 0.24)),
    ),
    "fish": (Part("body", disk(-0.15, 0, 0.48, 1.5)), Part("tail", sideways(0.3, 0.95, 0.6)), Part("eye", disk(-0.55, -0.1, 0.12))),
    "ball": (Part("", disk(0, 0, 0.8)),),
    "star": (Part("", _star),),
    "ring": (Part("", _ring),),
}  # fmt: skip
"""What a scene is of: names and parts, the lowest first."""

DISTRACTORS: dict[str, Part] = {
    "disk": Part("", disk(0, 0, 0.8)), "square": Part("", box(-0.75, 0.75, -0.75, 0.75)), "triangle": Part("", triangle(-0.8, 0.8, 0.85)),
}  # fmt: skip
"""What lies about beside it."""
