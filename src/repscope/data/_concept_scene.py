"""Scenes of things on a ground, with what each pixel belongs to; each a function of its own random numbers alone."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int, UInt8

from repscope.data._scene_parts import DISTRACTORS, THINGS, Part, Plane
from repscope.data._textures import SIDE, texture_bank

COLOURS = {
    "red": (0.85, 0.12, 0.12), "orange": (0.95, 0.55, 0.1), "yellow": (0.95, 0.9, 0.2), "green": (0.15, 0.65, 0.2),
    "blue": (0.15, 0.3, 0.85), "purple": (0.55, 0.2, 0.7), "white": (0.95, 0.95, 0.95), "black": (0.07, 0.07, 0.07),
}  # fmt: skip
TEXTURES = {"striped": 3, "checked": 4, "brick": 5, "dotted": 7}
"""Names, and the kind in the bank of surfaces; half of all elements are plain."""
MATERIALS = ("matte", "shiny", "glass")
"""Even; with a highlight; half of what lies behind shines through."""

CONCEPTS: tuple[tuple[str, str], ...] = (
    *((name, "object") for name in THINGS),
    *((part.name, "part") for parts in THINGS.values() for part in parts if part.name),
    *((name, "shape") for name in DISTRACTORS),
    *((name, "colour") for name in COLOURS),
    *((name, "texture") for name in TEXTURES),
    *((name, "material") for name in MATERIALS if name != "matte"),
)
"""Names and categories."""
NUMBER = {name: number for number, (name, _) in enumerate(CONCEPTS)}
COPIES = 4


@final
@dataclass(frozen=True)
class Element:
    """One surface of a scene: where it is, and how it looks."""

    part: Part
    thing: str
    colour: str
    texture: str
    material: str
    place: tuple[float, float, float]
    """Middle and half side, in sides of the image from its middle."""

    @property
    def concepts(self) -> list[int]:
        """Numbers of what it is."""
        names = (self.thing, self.part.name, self.colour, self.texture, self.material)
        return [NUMBER[name] for name in names if name in NUMBER]


def drawn_scene(
    seed: int, number: int, thing: str, size: int, noise: float
) -> tuple[UInt8[np.ndarray, "h w 3"], Int[np.ndarray, "h w"], list[list[int]]]:
    """The scene of a thing: its pixels, the element that each belongs to, the first being the ground, and the concepts of each element."""
    generator = np.random.default_rng((seed, number, sorted(THINGS).index(thing)))
    centres = (np.arange(size) + 0.5) / size - 0.5
    y, x = np.meshgrid(centres, centres, indexing="ij")
    textures = texture_bank(seed, COPIES)
    ground = _pick(generator, tuple(COLOURS))
    picture = (
        _tinted(ground, generator, muted=True)
        * _surface(generator, textures, int(generator.integers(3)), x, y, 0.35)[..., None]
    )
    owner = np.zeros((size, size), np.int64)
    concepts = [[NUMBER[ground]]]
    for element in _elements(generator, thing):
        cx, cy, half = element.place
        px, py = (x - cx) / half, (y - cy) / half
        mask = element.part.inside(px, py)
        colour = _tinted(element.colour, generator)
        surface = np.ones((size, size))
        if element.texture:
            surface = _surface(generator, textures, TEXTURES[element.texture], x, y, 0.8)
        painted = colour * surface[..., None]
        if element.material == "shiny":
            spot = np.clip(1 - 6 * ((px + 0.3) ** 2 + (py + 0.3) ** 2), 0, 1)[..., None]
            painted = painted + (1 - painted) * 0.85 * spot
        share = 0.5 if element.material == "glass" else 1.0
        picture = np.where(mask[..., None], share * painted + (1 - share) * picture, picture)
        owner = np.where(mask, len(concepts), owner)
        concepts.append(element.concepts)
    light = 1 + generator.uniform(-0.2, 0.2) * x + generator.uniform(-0.2, 0.2) * y
    picture = picture * light[..., None] + noise * generator.standard_normal((size, size, 1))
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8), owner, concepts


def _elements(generator: np.random.Generator, thing: str) -> list[Element]:
    """Up to two distractors, then the thing, whose parts differ in their looks."""
    found = []
    for _ in range(int(generator.integers(3))):
        name = _pick(generator, tuple(DISTRACTORS))
        place = (*generator.uniform(-0.4, 0.4, 2).tolist(), float(generator.uniform(0.08, 0.15)))
        found.append(Element(DISTRACTORS[name], name, *_looks(generator), place))
    half = float(generator.uniform(0.24, 0.4))
    middle = (generator.uniform(-1, 1, 2) * (0.48 - half)).tolist()
    for part in THINGS[thing]:
        found.append(Element(part, thing, *_looks(generator), (*middle, half)))
    return found


def _looks(generator: np.random.Generator) -> tuple[str, str, str]:
    """Colour, texture, material."""
    texture = _pick(generator, tuple(TEXTURES)) if generator.random() < 0.5 else ""
    material = MATERIALS[int(np.searchsorted([0.6, 0.8], generator.random()))]
    return _pick(generator, tuple(COLOURS)), texture, material


def _pick(generator: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[int(generator.integers(len(names)))]


def _tinted(colour: str, generator: np.random.Generator, muted: bool = False) -> Float[np.ndarray, " 3"]:
    base = np.array(COLOURS[colour]) + generator.uniform(-0.06, 0.06, 3)
    return np.clip(0.55 * base + 0.2 if muted else base, 0, 1)


def _surface(
    generator: np.random.Generator, textures: UInt8[np.ndarray, "n l l"], kind: int, x: Plane, y: Plane, contrast: float
) -> Plane:
    """A part of a surface of a kind, 1 where it is brightest."""
    plane = textures[int(generator.integers(COPIES)) * (len(textures) // COPIES) + kind]
    zoom = float(generator.uniform(0.35, 0.7)) * SIDE
    columns, rows = ((axis * zoom + generator.uniform(0, SIDE)).astype(np.int64) % SIDE for axis in (x, y))
    made: Plane = 1 - contrast * (1 - plane[rows, columns] / 255)
    return made
