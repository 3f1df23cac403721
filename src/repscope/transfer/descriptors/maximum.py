"""Maximum: the largest value of every channel over all positions."""

from typing import ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.transfer.descriptors._contract import Descriptor, Maps


@final
class Maximum(Descriptor):
    """Global max pooling (MAC).

    Examples
    --------
    >>> descriptor.describe(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[3.0, 7.0]]
    """

    title: ClassVar[str] = "Maximum"
    summary: ClassVar[str] = "The largest value of every channel over all positions."
    reference: ClassVar[str] = "Razavian, Sullivan, Maki, Carlsson, Visual instance retrieval, arXiv 1412.6574 (2014)"

    def describe(self, maps: Maps) -> Float[np.ndarray, "n c"]:
        """Maxima."""
        most: Float[np.ndarray, "n c"] = maps.max(axis=(2, 3))
        return most


descriptor = Maximum()
