"""Characters in many faces, turned, slanted, noisy and textured, all from one seed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Int, UInt8

from repscope.core.errors import BadInput
from repscope.data._dataset import DataSet
from repscope.data._glyph_faces import (
    ALPHABETS,
    alphabet,
    distance_fields,
    face_files,
    first_characters,
    merged,
)
from repscope.data._glyph_scene import Scene, draw_numbers, render
from repscope.data._settings import choice, nothing_after_colon, real, whole
from repscope.data._source import DataSource
from repscope.data._textures import texture_bank

CONFUSABLE = "3B8ERKHNMW"
"""Ten characters that resemble one another."""

_BLOCK = 32


@final
@dataclass
class GlyphImages:
    """Scenes of characters, made when asked for and kept.

    Image ``j * len(characters) + c`` is the `j`-th of character `c`. It depends on the seed, on `j`, on the
    character and on the scene's settings, and on nothing else: not on which others there are or were made.

    Examples
    --------
    >>> images = GlyphImages(("A", "B"), per_class=3, seed=0, scene=Scene())
    >>> images[4].shape, bool((images.batch(np.array([1, 4]))[1] == images[4]).all())
    ((32, 32, 3), True)
    """

    characters: tuple[str, ...]
    per_class: int
    seed: int
    scene: Scene
    _images: UInt8[np.ndarray, "n h w 3"] = field(init=False, repr=False)
    _made: Bool[np.ndarray, " n"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n, side = self.per_class * len(self.characters), self.scene.size
        self._images = np.empty((n, side, side, 3), dtype=np.uint8)  # takes memory only where it is written
        self._made = np.zeros(n, dtype=bool)

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        row = range(len(self))[index]
        if not self._made[row]:
            start = row // _BLOCK * _BLOCK
            self._make(np.arange(start, min(start + _BLOCK, len(self))))
        image: UInt8[np.ndarray, "h w 3"] = self._images[row]
        image.flags.writeable = False  # it is a view of what is kept
        return image

    def batch(self, rows: Int[np.ndarray, " batch"]) -> UInt8[np.ndarray, "batch h w 3"]:
        """These images, and no others made for their sake."""
        self._make(rows)
        images: UInt8[np.ndarray, "batch h w 3"] = self._images[rows]
        return images

    def _make(self, rows: Int[np.ndarray, " batch"]) -> None:
        missing = np.unique(rows[~self._made[rows]])
        if not len(missing):
            return
        fields, textures, faces = distance_fields(self.characters), texture_bank(self.seed), len(face_files())
        step = max(1, _BLOCK * 32**2 // self.scene.size**2)  # what fits the processor's cache is made fastest
        for start in range(0, len(missing), step):
            chosen = missing[start : start + step]
            number, character = np.divmod(chosen, len(self.characters))
            keys = [
                (self.seed, ord(self.characters[c]), j)
                for j, c in zip(number.tolist(), character.tolist(), strict=True)
            ]
            even, noise = draw_numbers(keys, self.scene)
            glyphs = character * faces + np.minimum((even[:, -1] * faces).astype(np.int64), faces - 1)
            self._images[chosen] = render(self.scene, fields, glyphs, textures, even, noise)
            self._made[chosen] = True


@final
class Glyphs(DataSource):
    """Characters from the sixteen DejaVu and STIX text faces, in scenes that vary as real ones do.

    The word after the colon is nothing. Settings:

    classes : int, str or sequence of str, default "3B8ERKHNMW"
        The characters, or how many of them: digits, then capitals (Latin, Greek, Cyrillic), small letters, letters
        with marks. Those whose outlines are the same in any face are one class.
    alphabet : {"first", "second", "open"}, optional
        Instead of `classes`: one of three disjoint thirds of all letters and digits, for networks that are trained on one
        and asked about another.
    per_class : int, default 2000
        Images of each character.
    split : {"image", "character"}, default "image"
        What the partitions ``train`` and ``validation`` share: all characters (a closed set) or none (an open set).
    validation : float, default 0.25
        Share of the images, or of the characters, in ``validation``.
    seed : int, default 0
        What everything random is drawn from.
    size, rotation, shear, shift, scale, stroke, contrast, noise, colour, texture
        How scenes vary; see `Scene`.

    Examples
    --------
    >>> data = source.load("", classes="AB", per_class=4)
    >>> data.ids[:3], data.class_names, data.image(0).shape
    (('g-000000-A', 'g-000000-B', 'g-000001-A'), ('A', 'B'), torch.Size([3, 32, 32]))
    >>> {name: len(rows) for name, rows in data.partitions.items()}
    {'train': 6, 'validation': 2}
    """

    usage: ClassVar[str] = "glyphs"
    summary: ClassVar[str] = "characters in sixteen faces, turned, slanted, noisy and textured, from one seed"

    def load(
        self,
        argument: str = "",
        *,
        classes: int | str | Sequence[str] = CONFUSABLE,
        alphabet: str | None = None,
        per_class: int = 2000,
        split: str = "image",
        validation: float = 0.25,
        seed: int = 0,
        **scene: Any,
    ) -> DataSet:
        """The data set; see the class for the settings.

        Raises
        ------
        BadInput
            If a setting is unknown or out of its range.
        """
        nothing_after_colon("glyphs", argument)
        known = [f.name for f in fields(Scene)]
        if unknown := sorted(set(scene) - set(known)):
            ours = ["classes", "alphabet", "per_class", "split", "validation", "seed"]
            raise BadInput(f"glyphs have no setting {', '.join(unknown)}; there are {', '.join(ours + known)}")
        per_class = whole("per_class", per_class, 1, 1_000_000)
        seed = whole("seed", seed, 0, 2**32 - 1)
        validation = real("validation", validation, 0, 1)
        split = choice("split", split, ("image", "character"))
        characters = _characters(classes, alphabet)
        images = GlyphImages(characters, per_class, seed, Scene(**scene))
        return DataSet(
            name="glyphs",
            images=images,
            ids=tuple(f"g-{j:06d}-{_safe(c)}" for j in range(per_class) for c in characters),
            labels=np.tile(np.arange(len(characters)), per_class),
            class_names=characters,
            partitions=_partitions(len(characters), per_class, split, validation, seed),
            settings={
                "classes": "".join(characters),
                "per_class": per_class,
                "split": split,
                "validation": validation,
                "seed": seed,
                **asdict(images.scene),
            },
        )


def _characters(classes: int | str | Sequence[str], third: str | None) -> tuple[str, ...]:
    if third is not None:
        if classes != CONFUSABLE:
            raise BadInput(
                f"glyphs were asked for with the classes {classes!r} and the alphabet {third!r}; expected one of the two"
            )
        return alphabet(choice("alphabet", third, ALPHABETS))
    if isinstance(classes, int):
        return first_characters(classes)
    if long := [c for c in classes if len(c) != 1]:
        raise BadInput(f"the classes of glyphs are single characters, and {long[0]!r} came")
    characters = merged(classes)
    if len(characters) < 2:
        raise BadInput(
            f"glyphs were asked for with the classes {''.join(classes)!r}, which are {len(characters)} different "
            "outlines; expected at least two"
        )
    return characters


def _safe(character: str) -> str:
    """The character, or its code point where it could trouble a file name."""
    return character if character.isalnum() else f"U+{ord(character):04X}"


def _partitions(
    classes: int, per_class: int, split: str, validation: float, seed: int
) -> dict[str, Int[np.ndarray, " m"]]:
    rows = np.arange(classes * per_class)
    if split == "image":
        held_out = rows // classes >= per_class - round(per_class * validation)
    else:
        order = np.random.default_rng([seed, 11]).permutation(classes)
        held_out = np.isin(rows % classes, order[: round(classes * validation)])
    parts = {"train": rows[~held_out], "validation": rows[held_out]}
    return {name: part for name, part in parts.items() if len(part)}


source = Glyphs()
