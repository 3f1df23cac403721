"""Flat: the layer as it is, every position of every channel a feature."""

from typing import ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.transfer.descriptors._contract import Descriptor, Maps


@final
class Flat(Descriptor):
    """All features of a layer: neural codes, where the layer is a dense one.

    Examples
    --------
    >>> descriptor.describe(np.zeros((2, 3, 4, 4))).shape
    (2, 48)
    """

    title: ClassVar[str] = "Flat"
    summary: ClassVar[str] = "Every position of every channel is a feature."
    reference: ClassVar[str] = "Babenko, Slesarev, Chigorin, Lempitsky, Neural codes for image retrieval, ECCV 2014"
    needs_positions: ClassVar[bool] = False

    def describe(self, maps: Maps) -> Float[np.ndarray, "n d"]:
        """As they are, in rows."""
        return maps.reshape(len(maps), -1)


descriptor = Flat()
