"""A few images of each class side by side."""

import numpy as np
from jaxtyping import Float, UInt8

from repscope.core.errors import BadInput
from repscope.data._dataset import DataSet


def contact_sheet(
    data: DataSet, per_class: int = 8, classes: int = 20, side: int = 64, gap: int = 2, seed: int = 0
) -> UInt8[np.ndarray, "h w 3"]:
    """A picture with a row of images for each class, chosen by seed; without labels, a square of images.

    Parameters
    ----------
    data : DataSet
        Where the images come from.
    per_class, classes : int
        At most so many images in a row, and so many rows, of the first classes that have images.
    side : int
        Height and width of each image on the sheet, in pixels; images are scaled to fit, their shape kept.
    gap : int
        White pixels between images.

    Raises
    ------
    BadInput
        If a number is not positive.

    Examples
    --------
    >>> from repscope.data import load_data
    >>> contact_sheet(load_data("digits"), per_class=5, side=32).shape
    (342, 172, 3)
    """
    if min(per_class, classes, side) < 1 or gap < 0:
        raise BadInput(
            f"a contact sheet of {classes} rows of {per_class} images of {side} pixels, {gap} apart, cannot be made; "
            "expected positive numbers"
        )
    generator = np.random.default_rng(seed)
    if data.labels is None:
        order = np.sort(generator.permutation(len(data))[: per_class**2])
        rows = [order[i : i + per_class] for i in range(0, len(order), per_class)]
    else:
        members = [np.flatnonzero(data.labels == label) for label in np.unique(data.labels)[:classes]]
        rows = [np.sort(generator.permutation(m)[:per_class]) for m in members]
    columns = max(len(row) for row in rows)
    step = side + gap
    sheet = np.full((gap + step * len(rows), gap + step * columns, 3), 255, dtype=np.uint8)
    for i, row in enumerate(rows):
        for j, index in enumerate(row):
            tile = _fit(data, int(index), side)
            top = gap + i * step + (side - tile.shape[0]) // 2
            left = gap + j * step + (side - tile.shape[1]) // 2
            sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def _fit(data: DataSet, index: int, side: int) -> UInt8[np.ndarray, "h w 3"]:
    """An image scaled so that its longer side has `side` pixels; small ones without blur."""
    from PIL import Image

    tensor = data.image(index)
    values: Float[np.ndarray, "3 h w"] = tensor.numpy()
    levels = values if values.dtype == np.uint8 else np.rint(values * 255).astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)))
    scale = side / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    whole = scale == int(scale)
    return np.asarray(picture.resize(size, Image.Resampling.NEAREST if whole else Image.Resampling.LANCZOS))
