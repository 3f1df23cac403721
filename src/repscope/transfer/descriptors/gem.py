"""GeM: the generalised mean of every channel over all positions."""

from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.transfer.descriptors._contract import Descriptor, Maps, maps_of

TINY = 1e-6


def gem(maps: Any, p: float = 3.0) -> Float[np.ndarray, "n c"]:
    """Generalised-mean pooling, (mean over positions of x^p)^(1/p): the mean at p = 1, the maximum as p grows.

    Parameters
    ----------
    maps : (n, channels, height, width) array or tensor
        What is below 1e-6 counts as 1e-6, for powers of negative numbers are no real ones: after a ReLU that changes nothing,
        of other layers it hides what is negative.
    p : float
        More than 0; 3 in the paper before it is learned.

    Returns
    -------
    (n, channels) array
        In the precision of the maps.

    Raises
    ------
    BadInput
        If these are no maps, not finite, or p is not positive.

    References
    ----------
    F. Radenović, G. Tolias, O. Chum, *Fine-tuning CNN image retrieval with no human annotation*, TPAMI 41 (2019), equation 3.

    Examples
    --------
    >>> maps = np.array([1.0, 2.0, 2.0, 3.0]).reshape(1, 1, 2, 2)
    >>> [round(float(gem(maps, p)[0, 0]), 3) for p in (1, 3, 50)]
    [2.0, 2.224, 2.918]
    """
    if not p > 0 or not np.isfinite(p):
        raise BadInput(f"gem got p = {p}; expected a positive number, such as 3")
    given = maps_of(maps, "gem")
    held = np.maximum(given.astype(np.float64), TINY)
    most = held.max(axis=(2, 3), keepdims=True)  # powers of numbers up to 1 do not overflow
    means: Float[np.ndarray, "n c"] = most[:, :, 0, 0] * ((held / most) ** p).mean(axis=(2, 3)) ** (1 / p)
    return means.astype(given.dtype)


@final
class Gem(Descriptor):
    """Generalised-mean pooling with p = 3."""

    title: ClassVar[str] = "GeM"
    summary: ClassVar[str] = "The generalised mean of every channel over all positions, p = 3."
    reference: ClassVar[str] = "Radenović, Tolias, Chum, TPAMI 2019"

    def describe(self, maps: Maps) -> Float[np.ndarray, "n c"]:
        """Generalised means."""
        return gem(maps)


descriptor = Gem()
