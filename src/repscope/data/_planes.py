"""Images stored as rows of bytes: all of red, then green, then blue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int, UInt8


@final
@dataclass(frozen=True)
class PlanarImages:
    """Rows of several batches, brought into the shape of an image when asked for.

    Parameters
    ----------
    batches : sequence of (n, 3 * side * side) uint8 arrays
        Where the bytes are, or whatever gives them by row; memory-mapped arrays are read only where an image is
        asked for.
    batch, row : (m,) integers
        The batch, and the row in it, of each image.
    side : int
        Height and width in pixels.

    Examples
    --------
    >>> red = np.repeat(np.array([[255, 0, 0]], np.uint8), 4, axis=1)
    >>> PlanarImages([red], np.array([0]), np.array([0]), side=2)[0][1, 1].tolist()
    [255, 0, 0]
    """

    batches: Sequence[Any]
    batch: Int[np.ndarray, " m"]
    row: Int[np.ndarray, " m"]
    side: int

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        planes: UInt8[np.ndarray, " d"] = self.batches[int(self.batch[index])][int(self.row[index])]
        return np.ascontiguousarray(planes.reshape(3, self.side, self.side).transpose(1, 2, 0))
