"""Picture files as RGB arrays: what is turned is turned back, what is transparent lies on white."""

import os
import threading
import unicodedata
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Int, UInt8

from repscope.core.errors import BadInput, Damaged
from repscope.data._file_digests import digest_files

if TYPE_CHECKING:
    from PIL.Image import Image

_NOT_PIXELS = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"})  # need other programs to be drawn


@cache
def picture_formats() -> tuple[str, ...]:
    """The formats that Pillow reads by itself."""
    from PIL import Image

    Image.init()
    return tuple(sorted(set(Image.OPEN) - _NOT_PIXELS))


@cache
def picture_suffixes() -> frozenset[str]:
    """Endings of files in these formats, in lower case with the dot."""
    from PIL import Image

    return frozenset(
        suffix.lower() for suffix, kind in Image.registered_extensions().items() if kind in picture_formats()
    )


def read_picture(path: Path, name: str) -> UInt8[np.ndarray, "h w 3"]:
    """The picture in a file as people see it.

    The orientation that a camera noted is applied, transparent parts become white, 16-bit greys are scaled to 8
    bits, and of an animation the first frame is taken. Colour profiles are not applied (nor does torchvision).

    Raises
    ------
    Damaged
        If it cannot be read, with `name`.
    """
    try:
        try:
            return _pixels(path)
        except Warning:  # warnings are errors here, and Pillow warns of broken notes
            with _WITHOUT_WARNINGS, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _pixels(path)
    except Exception as error:  # Pillow's readers raise errors of many kinds on broken files
        raise Damaged(
            f"the image {name!r} cannot be read ({type(error).__name__}: {error}); "
            "replace it, remove it, or leave such images out with skip_broken"
        ) from error


def _pixels(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    from PIL import Image, ImageOps

    with Image.open(path, formats=picture_formats()) as picture:
        picture.load()
        try:
            upright = ImageOps.exif_transpose(picture)
        except Exception:  # what a camera noted is broken; the pixels are not
            upright = picture
        return np.asarray(to_rgb(upright))


_WITHOUT_WARNINGS = threading.Lock()
"""The filters of warnings are those of all threads."""

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Beside a name with one of these, a table or a line of a terminal reads as another."""

UNREADABLE = frozenset({".heic", ".heif", ".hif", ".jxl"})
"""Photographs as telephones save them, which Pillow cannot read by itself."""


def found_pictures(root: Path) -> tuple[str, ...]:
    """Paths of the pictures below a folder, sorted.

    Links are followed, to folders that are elsewhere in it too (a partition or a class may be a link to another), but not
    from a folder back into one that holds it. Links to nothing, which may have been classes, and photographs of formats that
    Pillow cannot read are among them, so that they are not lost in silence.

    Raises
    ------
    BadInput
        If a folder cannot be read.
    """
    found: list[str] = []

    def look(folder: Path, below: str, around: frozenset[str]) -> None:
        real = os.path.realpath(folder)
        if real in around:
            return
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            raise BadInput(
                f"the folder {str(folder)!r} cannot be read ({error.strerror}), and its pictures would be missing; make it readable, or "
                "move it away"
            ) from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            suffix = Path(entry.name).suffix.lower()
            if os.path.isdir(entry.path):  # noqa: PTH112 - a link to itself is an error of DirEntry.is_dir
                look(folder / entry.name, f"{below}{entry.name}/", around | {real})
            elif suffix in picture_suffixes() | UNREADABLE or not os.path.exists(entry.path):  # noqa: PTH110 - as above
                found.append(below + entry.name)

    look(root, "", frozenset())
    return tuple(sorted(found))


def is_name(path: str) -> bool:
    r"""Whether a path can be the id of an image: one line, and characters that can be written as UTF-8.

    Spaces of all kinds, joined emoji and letters of any script can; what turns round the text behind it cannot.

    >>> is_name("Screenshot 10.00.00\u202fAM.png"), is_name("two\nlines.png"), is_name("broken\udcff.png")
    (True, False, False)
    """
    return not any(
        character in _REORDERING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in path
    )


@final
@dataclass(frozen=True)
class Pictures:
    """Files read when asked for."""

    root: Path
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def contents(self, rows: "Int[np.ndarray, ' m']") -> list[str]:
        """Digests of the files of these rows."""
        return digest_files(self.root, [self.ids[row] for row in rows.tolist()])

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        return read_picture(self.root / self.ids[index], self.ids[index])


def to_rgb(picture: "Image") -> "Image":
    """A picture of any mode in RGB: greys of 16 bits scaled to 8, transparent parts white.

    Raises
    ------
    ValueError
        If its values have no white, such as 32-bit numbers above 65,535.
    """
    from PIL import Image

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = Image.fromarray(_to_8_bits(np.asarray(picture)))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


def _to_8_bits(values: np.ndarray) -> UInt8[np.ndarray, "h w"]:
    """Greys of 16 bits, or real ones from 0 to 1, as 8 bits; 65,535 and 1 are white."""
    white = 1 if values.dtype.kind == "f" else 65535
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= white):
        raise ValueError(f"its values reach from {low} to {high}, expected 0 to {white}")
    levels: UInt8[np.ndarray, "h w"] = np.rint(values.astype(np.float64) / white * 255).astype(np.uint8)
    return levels
