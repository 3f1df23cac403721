"""Pictures in rows and columns, with names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from repscope.core.errors import BadInput
from repscope.core.squares import GREY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE = 0.14
"""Inches of a line above the pictures."""

Picture = UInt8[np.ndarray, "_ _ 3"]
"""Each of a size of its own."""


def picture_grid(
    rows: "Sequence[Sequence[Picture | None]]",
    columns: Sequence[str] = (),
    names: Sequence[str] = (),
    title: str = "",
    side: float = 0.9,
) -> "Figure":
    """A matplotlib figure of pictures; `savefig` writes it as PNG, SVG, PDF or WebP.

    Parameters
    ----------
    rows : sequence of sequences of (h, w, 3) bytes
        None leaves a place empty.
    columns, names : sequence of str
        Above the columns, beside the rows; a name may have several lines.
    title : str
    side : float
        Of a picture, in inches.

    Raises
    ------
    BadInput
        If there are no pictures, or not a name for each row or column that is named.

    Examples
    --------
    >>> square = np.zeros((8, 8, 3), np.uint8)
    >>> figure = picture_grid([[square, None], [square, square]], columns=["image", "map"], names=["a", "b"])
    >>> len([axes for axes in figure.axes if axes.images])
    3
    """
    from matplotlib.figure import Figure

    width = max((len(row) for row in rows), default=0)
    if not width:
        raise BadInput(f"{len(rows)} rows without pictures came; expected one picture or more")
    if (names and len(names) != len(rows)) or (columns and len(columns) != width):
        raise BadInput(
            f"{len(names)} names and {len(columns)} columns came for {len(rows)} rows of up to {width} pictures; expected one of each, or none"
        )
    beside = 1.1 if names else 0.1
    heads = LINE * max((1 + head.count("\n") for head in columns), default=0)
    above = heads + (2 * LINE if title else 0) + 0.05
    figure = Figure(figsize=(beside + side * width, side * len(rows) + above + 0.05))
    across, down = figure.get_size_inches()
    grid = figure.subplots(len(rows), width, squeeze=False)
    figure.subplots_adjust(beside / across, 0.05 / down, 1 - 0.02 / across, 1 - above / down, 0.06, 0.06)
    for number, row in enumerate(rows):
        for place, axes in enumerate(grid[number]):
            axes.set_axis_off()
            if place < len(row) and row[place] is not None:
                axes.imshow(row[place], interpolation="nearest")
            if number == 0 and columns:
                axes.set_title(columns[place], fontsize=7, pad=3)
        if names:
            grid[number][0].text(-0.08, 0.5, names[number], ha="right", va="center", fontsize=7, transform=grid[number][0].transAxes)  # fmt: skip
    if title:
        figure.suptitle(title, fontsize=9, y=1 - 0.06 / down, va="top")
    return figure


def mosaic(pictures: UInt8[np.ndarray, "count side side 3"], gap: int = 1) -> UInt8[np.ndarray, "h w 3"]:
    """Square pictures as one, in about as many rows as columns.

    >>> mosaic(np.zeros((9, 16, 16, 3), np.uint8)).shape
    (50, 50, 3)
    """
    across = int(np.ceil(np.sqrt(len(pictures))))
    down = -(-len(pictures) // across)
    side = pictures.shape[1] + gap
    made = np.full((down * side - gap, across * side - gap, 3), GREY, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (side * place for place in divmod(number, across))
        made[top : top + pictures.shape[1], left : left + pictures.shape[1]] = picture
    return made
