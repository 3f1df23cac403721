"""Scenes of one character each, in batches; each a function of its own random numbers alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int, UInt8

from repscope.data._glyph_faces import CELL_IN_EMS
from repscope.data._settings import flag, real, whole
from repscope.data._textures import SIDE

_DRAWS = 40
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@final
@dataclass(frozen=True)
class Scene:
    """How scenes vary. Everything is drawn evenly from a range around the plain, upright, centred character.

    Parameters
    ----------
    size : int
        Height and width in pixels, 8 to 256.
    rotation : float
        Greatest turn to either side, in degrees.
    shear : float
        Greatest slant to either side, as a slope.
    shift : float
        Greatest displacement, as a share of the side.
    scale : float
        Greatest enlargement or reduction, as a share.
    stroke : float
        Greatest change of the weight of the strokes, in ems at each edge.
    contrast : float
        Least difference in luminance between character and background, of 1.
    noise : float
        Greatest standard deviation of the noise in the brightness of pixels, of 1.
    colour : bool
        Colours, or greys.
    texture : bool
        Textured character and background, or even ones.

    Raises
    ------
    BadInput
        If a value lies outside its range.
    """

    size: int = 32
    rotation: float = 30.0
    shear: float = 0.3
    shift: float = 0.125
    scale: float = 0.25
    stroke: float = 0.015
    contrast: float = 0.12
    noise: float = 0.12
    colour: bool = True
    texture: bool = True

    def __post_init__(self) -> None:
        whole("size", self.size, 8, 256)
        limits = {
            "rotation": (0, 180), "shear": (0, 1), "shift": (0, 0.5), "scale": (0, 0.8),
            "stroke": (0, 0.05), "contrast": (0, 0.6), "noise": (0, 1),
        }  # fmt: skip
        for name, (low, high) in limits.items():
            real(name, getattr(self, name), low, high)
        flag("colour", self.colour)
        flag("texture", self.texture)


def draw_numbers(
    keys: Sequence[tuple[int, int, int]], scene: Scene
) -> tuple[Float[np.ndarray, "batch m"], Float[np.ndarray, "batch 1 h w"]]:
    """The random numbers of each image, from its own generator: even ones in 0..1, and pixel noise."""
    side = scene.size
    even = np.empty((len(keys), _DRAWS), dtype=np.float32)
    noise = np.zeros((len(keys), 1, side, side), dtype=np.float32)
    for row, key in enumerate(keys):
        generator = np.random.default_rng(key)
        generator.random(dtype=np.float32, out=even[row])
        if scene.noise:
            generator.standard_normal(dtype=np.float32, out=noise[row])
    return even, noise


def render(
    scene: Scene,
    fields: Float[np.ndarray, "m k k"],
    glyphs: Int[np.ndarray, " batch"],
    textures: UInt8[np.ndarray, "n l l"],
    even: Float[np.ndarray, "batch d"],
    noise: Float[np.ndarray, "batch 1 h w"],
) -> UInt8[np.ndarray, "batch h w 3"]:
    """Images of the glyphs numbered `glyphs` in `fields`.

    All arithmetic is elementwise: an image comes out the same in whatever batch it is made.
    """
    u = _Draws(even)
    ink = _ink(scene, fields, glyphs, u)[:, None]
    foreground, background = _colours(scene, u)
    surface = _surface(scene, textures, u, background)
    picture = _surface(scene, textures, u, foreground)
    picture -= surface
    picture *= ink
    picture += surface
    y, x = _grid(scene.size)
    picture *= 1 + u.around(0.35)[:, None, None, None] * x + u.around(0.35)[:, None, None, None] * y  # uneven light
    picture += noise * u.below(scene.noise)[:, None, None, None]
    picture *= 255
    pixels = np.rint(np.clip(picture, 0, 255)).astype(np.uint8).transpose(0, 2, 3, 1)
    return np.broadcast_to(pixels, (*pixels.shape[:3], 3))


@final
class _Draws:
    """Hands out the columns of even random numbers one after the other."""

    def __init__(self, even: Float[np.ndarray, "batch d"]) -> None:
        self.even = even
        self.column = 0

    def below(self, high: float) -> Float[np.ndarray, " batch"]:
        column = self.even[:, self.column]
        self.column += 1
        return column * np.float32(high)

    def around(self, reach: float) -> Float[np.ndarray, " batch"]:
        return self.below(2 * reach) - np.float32(reach)

    def which(self, count: int) -> Int[np.ndarray, " batch"]:
        return np.minimum(self.below(count).astype(np.int64), count - 1)


def _grid(side: int) -> tuple[Float[np.ndarray, "h 1"], Float[np.ndarray, "1 w"]]:
    """Pixel centres, with the image from -0.5 to 0.5."""
    centres = ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)
    return centres[:, None], centres[None, :]


def _ink(
    scene: Scene, fields: Float[np.ndarray, "m k k"], glyphs: Int[np.ndarray, " batch"], u: _Draws
) -> Float[np.ndarray, "batch h w"]:
    """How much of each pixel the character covers."""
    angle = u.around(np.pi / 180 * scene.rotation)
    cosine, sine = _turn(angle)
    slant, stretch = u.around(scene.shear), 1 + u.around(scene.scale / 3)
    em = np.float32(0.95) * (1 + u.around(scene.scale))  # ems per side of the image
    dx, dy = u.around(scene.shift), u.around(scene.shift)
    y, x = _grid(scene.size)
    # from the image back to the upright character: shift, turn, slant, then from sides to cells of the field
    px, py = x - dx[:, None, None], y - dy[:, None, None]
    gx = (cosine[:, None, None] * px + sine[:, None, None] * py) / (em * stretch)[:, None, None]
    gy = (cosine[:, None, None] * py - sine[:, None, None] * px) / em[:, None, None]
    gx += slant[:, None, None] * gy
    distance = _interpolate(fields, glyphs, gx, gy)
    pixels_per_em = em * np.float32(scene.size)
    softness = 1 + u.below(1.0)  # in pixels: from crisp to a little out of focus
    edge = (distance + u.around(scene.stroke)[:, None, None]) * (pixels_per_em / softness)[:, None, None]
    ink: Float[np.ndarray, "batch h w"] = np.clip(edge + np.float32(0.5), 0, 1)
    return ink


def _turn(angle: Float[np.ndarray, " batch"]) -> tuple[Float[np.ndarray, " batch"], Float[np.ndarray, " batch"]]:
    """Cosine and sine, in float64 and rounded, so that they do not depend on the processor's float32 routines."""
    wide = angle.astype(np.float64)
    return np.cos(wide).astype(np.float32), np.sin(wide).astype(np.float32)


def _interpolate(
    fields: Float[np.ndarray, "m k k"],
    glyphs: Int[np.ndarray, " batch"],
    x: Float[np.ndarray, "batch h w"],
    y: Float[np.ndarray, "batch h w"],
) -> Float[np.ndarray, "batch h w"]:
    """The fields at points given in ems from the middle of the cell; outside it, as at its border."""
    side = fields.shape[-1]
    per_em, middle, last = np.float32(side / CELL_IN_EMS), np.float32(side / 2 - 0.5), np.float32(side - 1.001)
    cx = np.clip(x * per_em + middle, 0, last)
    cy = np.clip(y * per_em + middle, 0, last)
    ix, iy = cx.astype(np.int32), cy.astype(np.int32)
    cx -= ix
    cy -= iy
    flat = fields.reshape(-1)
    corner = iy * np.int32(side) + ix
    corner += (glyphs * side * side).astype(np.int32)[:, None, None]
    above: Float[np.ndarray, "batch h w"] = flat[corner] * (1 - cx) + flat[corner + 1] * cx
    corner += np.int32(side)
    below = flat[corner] * (1 - cx) + flat[corner + 1] * cx
    above += (below - above) * cy
    return above


_Colour = Float[np.ndarray, "batch 2 c"]


def _colours(scene: Scene, u: _Draws) -> tuple[_Colour, _Colour]:
    """Two colours each for the character and for the background, far enough apart in luminance."""
    reach = 1 - scene.contrast
    apart = scene.contrast + u.below(0.5 * reach)
    darker = u.below(1.0) * (np.float32(0.95) - apart)
    swap = u.below(1.0) < 0.5
    lights = np.where(swap, darker, darker + apart), np.where(swap, darker + apart, darker)
    return _pair(scene, u, lights[0]), _pair(scene, u, lights[1])


def _pair(scene: Scene, u: _Draws, luminance: Float[np.ndarray, " batch"]) -> _Colour:
    """Two related colours whose mean has about the given luminance."""
    spread = u.below(0.4) if scene.texture else np.zeros_like(luminance)
    if not scene.colour:
        both = np.stack([luminance - spread / 2, luminance + spread / 2], axis=1)
        return both[:, :, None]
    tint = np.stack([u.around(0.3), u.around(0.3), u.around(0.3)], axis=1)
    change = np.stack([u.around(0.2), u.around(0.2), u.around(0.2)], axis=1) * (0 if not scene.texture else 1)
    colours = []
    for sign in (-0.5, 0.5):
        hue = tint + np.float32(sign) * change
        grey = (hue * _LUMINANCE).sum(axis=1, keepdims=True)
        colours.append(hue - grey + (luminance + np.float32(sign) * spread)[:, None])
    return np.stack(colours, axis=1)


def _surface(
    scene: Scene, textures: UInt8[np.ndarray, "n l l"], u: _Draws, colours: _Colour
) -> Float[np.ndarray, "batch c h w"]:
    """A texture between two colours, from a window of the bank at its own place, angle and zoom."""
    first, second = colours[:, 0, :, None, None], colours[:, 1, :, None, None]
    if not scene.texture:
        return np.repeat(np.repeat(first, scene.size, axis=2), scene.size, axis=3)
    cosine, sine = _turn(u.below(2 * np.pi))
    step = (np.float32(40) + u.below(110))[:, None, None]  # texels per side of the image
    y, x = _grid(scene.size)
    tx = (cosine[:, None, None] * step) * x + (sine[:, None, None] * step) * y + u.below(SIDE)[:, None, None]
    ty = (cosine[:, None, None] * step) * y - (sine[:, None, None] * step) * x + u.below(SIDE)[:, None, None]
    # far enough from zero for truncation to round down; the side is a power of two, so that `&` wraps around
    column, row = (tx + SIDE).astype(np.int32) & (SIDE - 1), (ty + SIDE).astype(np.int32) & (SIDE - 1)
    where = row * np.int32(SIDE) + column + (u.which(len(textures)) * SIDE * SIDE).astype(np.int32)[:, None, None]
    t = textures.reshape(-1)[where].astype(np.float32)[:, None]
    surface: Float[np.ndarray, "batch c h w"] = first + ((second - first) / np.float32(255)) * t
    return surface
