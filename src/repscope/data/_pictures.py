"""Picture files as RGB arrays: what is turned is turned back, what is transparent lies on white."""

import threading
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import UInt8

from repscope.core.errors import Damaged

if TYPE_CHECKING:
    from PIL.Image import Image

_NOT_PIXELS = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"})  # need other programs to be drawn

_ORIENTATION = 0x0112  # of EXIF
_WITHOUT_WARNINGS = threading.Lock()  # the filters of warnings are those of all threads


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

    The orientation that a camera noted is applied (where its note can be read), transparent parts become white, 16-bit greys are
    scaled to 8 bits, and of an animation, or of a file with several pages, the first is taken. Colour profiles are not applied
    (nor does torchvision).

    Raises
    ------
    Damaged
        If it cannot be read, with `name`.
    """
    try:
        try:
            return _pixels(path)
        except Warning:  # warnings are errors here, and Pillow warns of notes that are damaged
            with _WITHOUT_WARNINGS, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _pixels(path)
    except Exception as error:  # Pillow's readers raise errors of many kinds on broken files
        raise Damaged(
            f"the image {name!r} cannot be read ({type(error).__name__}: {error}); "
            "replace it, remove it, or leave such images out with skip_broken"
        ) from error


@final
@dataclass(frozen=True)
class Pictures:
    """Files read when asked for."""

    root: Path
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        return read_picture(self.root / self.ids[index], self.ids[index])


def _pixels(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    from PIL import Image

    with Image.open(path, formats=picture_formats()) as picture:
        picture.load()
        return np.asarray(to_rgb(_turned_back(picture)))


def _turned_back(picture: "Image") -> "Image":
    """The picture without the turn that its camera noted; notes that are damaged, or say nothing, turn nothing."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        turn = turns.get(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # Pillow's reader of notes raises errors of many kinds; the pixels are whole
        return picture
    return picture if turn is None else picture.transpose(turn)


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
