"""R-MAC: the sum of the maxima over regions of several sizes."""

from collections.abc import Iterator
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.scaling import scale_rows
from repscope.transfer.descriptors._contract import Descriptor, Maps, maps_of

OVERLAP = 0.4
"""Of neighbouring regions of the largest size, as nearly as whole regions allow."""


def rmac(maps: Any, levels: int = 3) -> Float[np.ndarray, "n c"]:
    """Regional maximum activations of convolutions: the maxima over each region, brought to length 1, summed, brought to length 1.

    Parameters
    ----------
    maps : (n, channels, height, width) array or tensor
    levels : int
        Sizes of regions: at level l they are squares of side 2 s / (l + 1), where s is the shorter side of the map.

    Returns
    -------
    (n, channels) array
        Of length 1, in the precision of the maps; an image whose maps are all zero stays zero. The whitening that the paper puts
        before the sum is left out; whiten what comes of it instead (`postprocessing`).

    Raises
    ------
    BadInput
        If these are no maps, not finite, or there is no level.

    References
    ----------
    G. Tolias, R. Sicre, H. Jégou, *Particular object retrieval with integral max-pooling of CNN activations*, ICLR 2016,
    section 3.2.

    Examples
    --------
    >>> vectors = rmac(np.random.default_rng(0).uniform(size=(2, 5, 6, 8)))
    >>> vectors.shape, np.linalg.norm(vectors, axis=1).round(6).tolist()
    ((2, 5), [1.0, 1.0])
    """
    given = maps_of(maps, "rmac")
    if levels < 1:
        raise BadInput(f"rmac got levels = {levels}; expected 1 or more")
    total: Float[np.ndarray, "n c"] = np.zeros(given.shape[:2])
    for top, left, side in regions(given.shape[2], given.shape[3], levels):
        total += _unit(given[:, :, top : top + side, left : left + side].max(axis=(2, 3)).astype(np.float64))
    return _unit(total).astype(given.dtype)


def regions(height: int, width: int, levels: int) -> Iterator[tuple[int, int, int]]:
    """Top, left and side of every region, level by level.

    >>> list(regions(4, 6, 1))
    [(0, 0, 4), (0, 2, 4)]
    >>> len(list(regions(8, 8, 3)))
    14
    """
    short, long = min(height, width), max(height, width)
    more = 0
    if long > short:  # regions along the longer side, at the first level
        counts = range(2, 8)
        overlaps = [(short**2 - short * (long - short) / (count - 1)) / short**2 for count in counts]
        more = int(np.argmin([abs(overlap - OVERLAP) for overlap in overlaps])) + 1
    for level in range(1, levels + 1):
        side = max(1, int(2 * short / (level + 1)))
        down = level + (more if height > width else 0)
        across = level + (more if width > height else 0)
        for top in _starts(height, side, down):
            for left in _starts(width, side, across):
                yield top, left, side


def _starts(length: int, side: int, count: int) -> list[int]:
    """Evenly spread, the first at 0 and the last at the end; a single one begins at 0, for it covers the side."""
    if count == 1:
        return [0]
    return [int(i * (length - side) / (count - 1)) for i in range(count)]


def _unit(vectors: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    vectors = scale_rows(vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Float[np.ndarray, "n c"] = vectors / np.where(lengths > 0, lengths, 1.0)
    return unit


@final
class Rmac(Descriptor):
    """Regional maxima of three sizes."""

    title: ClassVar[str] = "R-MAC"
    summary: ClassVar[str] = "The sum of the maxima over regions of three sizes."
    reference: ClassVar[str] = "Tolias, Sicre, Jégou, ICLR 2016"

    def describe(self, maps: Maps) -> Float[np.ndarray, "n c"]:
        """Sums of maxima."""
        return rmac(maps)


descriptor = Rmac()
