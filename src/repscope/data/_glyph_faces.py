"""The outlines of characters: which there are, which are the same, and how far every point is from the ink.

A glyph is kept as a signed distance field, in ems, positive inside the ink. It can be turned, stretched and
made bolder without losing its edge, which a bitmap cannot.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, UInt8

from repscope.core.errors import BadInput

if TYPE_CHECKING:
    from PIL import ImageFont

_CELL = 128
_PIXELS_PER_EM = 96
_WIDEST = 104  # wider or taller ink is drawn smaller, so that a turned glyph stays in its cell

CELL_IN_EMS = _CELL / _PIXELS_PER_EM
"""Side of the square that a distance field covers."""


@cache
def face_files() -> tuple[Path, ...]:
    """The sixteen text faces of DejaVu and STIX that matplotlib ships, in the order of their names."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    families = ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "STIXGeneral")
    files = sorted(folder.glob("*.ttf"))
    return tuple(f for f in files if f.stem.partition("-")[0].removesuffix(_style(f.stem)) in families)


def _style(stem: str) -> str:
    """STIX writes its style without a hyphen: ``STIXGeneralBolIta``."""
    return next((s for s in ("BolIta", "Bol", "Italic") if stem.startswith("STIX") and stem.endswith(s)), "")


@cache
def known_characters() -> frozenset[str]:
    """The characters with ink that every face has."""
    from matplotlib.ft2font import FT2Font

    shared = set.intersection(*(set(FT2Font(str(f)).get_charmap()) for f in face_files()))
    return frozenset(chr(c) for c in shared if unicodedata.category(chr(c))[0] not in "CZ")


def merged(characters: Iterable[str]) -> tuple[str, ...]:
    """The characters without those whose outlines are, in any face, the same as those of an earlier one.

    Latin A, Greek Α and Cyrillic А are one class: no network could tell them apart.

    Examples
    --------
    >>> merged("AΑАB")
    ('A', 'B')
    """
    seen: set[tuple[int, bytes]] = set()
    kept = []
    for character in dict.fromkeys(characters):
        outlines = {(face, bitmap(face, character).tobytes()) for face in range(len(face_files()))}
        if seen.isdisjoint(outlines):
            kept.append(character)
            seen |= outlines
    return tuple(kept)


def first_characters(count: int) -> tuple[str, ...]:
    """The first `count` distinct digits and letters: capitals (Latin, Greek, Cyrillic), small ones, those with marks.

    Raises
    ------
    BadInput
        If the faces do not have so many.
    """
    letters = sorted((c for c in known_characters() if unicodedata.category(c) in ("Nd", "Lu", "Ll")), key=_rank)
    found = merged(letters[:count])
    taken = count
    while len(found) < count and taken < len(letters):
        taken = min(taken + count - len(found), len(letters))
        found = merged(letters[:taken])
    if not 2 <= count <= len(found):
        raise BadInput(f"glyphs can have 2 to {len(found)} classes by number, and {count} were asked for")
    return found


ALPHABETS = ("first", "second", "open")


@cache
def alphabet(name: str) -> tuple[str, ...]:
    """A third of all distinct letters and digits, dealt out at random: what no network trained on another third has seen.

    >>> sizes = [len(alphabet(name)) for name in ALPHABETS]
    >>> max(sizes) - min(sizes) <= 1, set(alphabet("first")) & set(alphabet("open"))
    (True, set())
    """
    letters = merged(
        sorted((c for c in known_characters() if unicodedata.category(c) in ("Nd", "Lu", "Ll")), key=_rank)
    )
    order = np.random.default_rng([0, 23]).permutation(len(letters))
    return tuple(letters[i] for i in np.sort(order[ALPHABETS.index(name) :: len(ALPHABETS)]))


def _rank(character: str) -> tuple[int, str]:
    """Easy ones first: small letters may be their capitals but for size, letters with marks others but for a dot."""
    plain = (("0", "9"), ("A", "Z"), ("Α", "Ω"), ("А", "Я"), ("a", "z"), ("α", "ω"), ("а", "я"))
    return next((i for i, (a, b) in enumerate(plain) if a <= character <= b), len(plain)), character


def bitmap(face: int, character: str) -> UInt8[np.ndarray, "h w"]:
    """The ink of a character in a face, in the middle of its cell.

    Raises
    ------
    BadInput
        If the faces do not have it, or it has no ink.
    """
    from PIL import Image, ImageDraw

    if character not in known_characters():
        raise BadInput(
            f"the character {character!r} is not in all of the {len(face_files())} faces, or has no ink; "
            f"choose among their {len(known_characters())} characters: digits, Latin, Greek, Cyrillic, punctuation"
        )
    size = float(_PIXELS_PER_EM)
    left, top, right, bottom = _font(face, size).getbbox(character)
    if (extent := max(right - left, bottom - top)) > _WIDEST:
        size = size * _WIDEST / extent
        left, top, right, bottom = _font(face, size).getbbox(character)
    picture = Image.new("L", (_CELL, _CELL))
    origin = (_CELL // 2 - (left + right) // 2, _CELL // 2 - (top + bottom) // 2)
    ImageDraw.Draw(picture).text(origin, character, fill=255, font=_font(face, size))
    return np.asarray(picture)


@cache
def _font(face: int, size: float) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(str(face_files()[face]), size, layout_engine=ImageFont.Layout.BASIC)


def distance_field(face: int, character: str) -> Float[np.ndarray, "k k"]:
    """Signed distance to the edge of the ink in ems, positive inside, on a grid of half the bitmap's side."""
    from scipy.ndimage import distance_transform_edt

    ink = bitmap(face, character) >= 128
    inside, outside = distance_transform_edt(ink), distance_transform_edt(~ink)
    signed = np.where(ink, inside - 0.5, 0.5 - outside) / _PIXELS_PER_EM
    halves = signed.reshape(_CELL // 2, 2, _CELL // 2, 2)
    field: Float[np.ndarray, "k k"] = halves.mean(axis=(1, 3)).astype(np.float32)
    return field


@lru_cache(maxsize=4)
def distance_fields(characters: tuple[str, ...]) -> Float[np.ndarray, "m k k"]:
    """The fields of some characters in all faces; that of character `c` in face `f` is number ``c * faces + f``.

    The last ones are kept, since many data sets are made of the same characters.
    """
    return np.stack([distance_field(face, c) for c in characters for face in range(len(face_files()))])
