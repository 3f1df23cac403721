"""Pictures of any shape in squares of one size."""

import numpy as np
from jaxtyping import UInt8

GREY = 128


def in_square(picture: UInt8[np.ndarray, "h w 3"], side: int) -> UInt8[np.ndarray, "side side 3"]:
    """A picture in the middle of a grey square, as large as it can be, its shape kept; small ones without blur.

    Examples
    --------
    >>> square = in_square(np.zeros((4, 8, 3), np.uint8), 16)
    >>> square[:, 0, 0].tolist()
    [128, 128, 128, 128, 0, 0, 0, 0, 0, 0, 0, 0, 128, 128, 128, 128]
    """
    from PIL import Image

    height, width = picture.shape[:2]
    square = np.full((side, side, 3), GREY, np.uint8)
    if not height or not width:
        return square
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS
    made = np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize(size, how))
    top, left = (side - made.shape[0]) // 2, (side - made.shape[1]) // 2
    square[top : top + made.shape[0], left : left + made.shape[1]] = made
    return square
