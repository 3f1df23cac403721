"""All pictures in one lossy WebP sheet, small enough for a page."""

import base64
import io
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import UInt8

SHEET_BYTES = 2_600_000
"""What a sheet may take before base64: with the neighbours of 2,500 images at 20 layers the page stays under 5 MB."""

_LADDER = ((80, 1), (65, 1), (50, 1), (35, 1), (60, 2), (40, 2), (60, 4), (20, 4))
"""Quality and reduction, tried in turn until the sheet fits; the last is taken whatever it takes."""

_SAMPLE = 200
"""Pictures by which a step of the ladder is judged before all of them are encoded."""


@final
@dataclass(frozen=True)
class SpriteSheet:
    """Pictures in rows of `columns` cells.

    Attributes
    ----------
    data : str
        The WebP file, base64.
    side, cell, columns, count : int
        Pixels of a picture, pixels from one picture to the next, pictures in a row, pictures in all.
    """

    data: str
    side: int
    cell: int
    columns: int
    count: int


def sprite_sheet(pictures: UInt8[np.ndarray, "n h h 3"], budget: int = SHEET_BYTES) -> SpriteSheet:
    """Encode square pictures as one sheet of at most `budget` bytes, with as little loss as that allows.

    Examples
    --------
    >>> sheet = sprite_sheet(np.zeros((10, 28, 28, 3), np.uint8))
    >>> sheet.side, sheet.cell, sheet.columns
    (28, 32, 4)
    """
    every = max(1, len(pictures) // _SAMPLE)
    for quality, reduction in _LADDER:
        last = (quality, reduction) == _LADDER[-1]
        sample = pictures[::every]
        expected = len(_encoded(sample, quality, reduction)) * len(pictures) / len(sample)
        if every > 1 and not last and expected > budget * 1.1:
            continue  # too much already by the sample: not worth encoding whole
        data = _encoded(pictures, quality, reduction)
        if last or len(data) <= budget:
            break
    side = max(1, pictures.shape[1] // reduction)
    return SpriteSheet(base64.b64encode(data).decode(), side, _cell(side), _columns(len(pictures)), len(pictures))


def _encoded(pictures: UInt8[np.ndarray, "n h h 3"], quality: int, reduction: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    tiles = _tiled(pictures if reduction == 1 else _reduced(pictures, reduction))
    Image.fromarray(tiles).save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def _columns(count: int) -> int:
    return int(np.ceil(np.sqrt(count)))


def _cell(side: int) -> int:
    """Pictures begin at multiples of 16 pixels, the blocks of the format, so that none bleeds into the next."""
    return -(-side // 16) * 16


def _reduced(pictures: UInt8[np.ndarray, "n h h 3"], by: int) -> UInt8[np.ndarray, "n m m 3"]:
    """Means over squares of `by` pixels."""
    n, side = pictures.shape[:2]
    kept = max(1, side // by)
    step = min(by, side)
    cut = pictures[:, : kept * step, : kept * step].reshape(n, kept, step, kept, step, 3)
    small: UInt8[np.ndarray, "n m m 3"] = np.round(cut.mean(axis=(2, 4))).astype(np.uint8)
    return small


def _tiled(pictures: UInt8[np.ndarray, "n h h 3"]) -> UInt8[np.ndarray, "height width 3"]:
    """The pictures side by side, their edges repeated up to the next cell."""
    n, side = pictures.shape[:2]
    cell, columns = _cell(side), _columns(n)
    rows = -(-n // columns)
    full = np.zeros((rows * columns, cell, cell, 3), dtype=np.uint8)
    full[:n] = np.pad(pictures, ((0, 0), (0, cell - side), (0, cell - side), (0, 0)), mode="edge")
    sheet = full.reshape(rows, columns, cell, cell, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(sheet.reshape(rows * cell, columns * cell, 3))
