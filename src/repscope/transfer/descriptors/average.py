"""Average: the mean of every channel over all positions."""

from typing import ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.transfer.descriptors._contract import Descriptor, Maps


@final
class Average(Descriptor):
    """Global average pooling.

    Examples
    --------
    >>> descriptor.describe(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[1.5, 5.5]]
    """

    title: ClassVar[str] = "Average"
    summary: ClassVar[str] = "The mean of every channel over all positions."
    reference: ClassVar[str] = "Lin, Chen, Yan, Network in network, ICLR 2014"

    def describe(self, maps: Maps) -> Float[np.ndarray, "n c"]:
        """Means, taken in float64."""
        means: Float[np.ndarray, "n c"] = maps.mean(axis=(2, 3), dtype=np.float64).astype(maps.dtype)
        return means


descriptor = Average()
