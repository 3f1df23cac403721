"""What every descriptor is."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.registry import Registry

Maps = Float[np.ndarray, "n c h w"]


class Descriptor(ABC):
    """One vector of an image from a layer's maps. A file of this folder defines one instance under the name `descriptor`."""

    title: ClassVar[str]
    """Its name, for people."""
    summary: ClassVar[str]
    """One sentence."""
    reference: ClassVar[str] = ""
    """The paper, and the equation."""
    needs_positions: ClassVar[bool] = True
    """Whether it is of layers with height and width alone."""

    @abstractmethod
    def describe(self, maps: Maps) -> Float[np.ndarray, "n d"]:
        """The vectors of some images, each from its own maps alone."""


DESCRIPTORS: Registry[Descriptor] = Registry("repscope.transfer.descriptors", "descriptor", Descriptor)  # type: ignore[type-abstract]


def maps_of(maps: Any, what: str) -> Maps:
    """Maps in floating point; `what` names the descriptor in messages.

    Parameters
    ----------
    maps : (n, channels, height, width) array or tensor
    what : str

    Raises
    ------
    BadInput
        If they have another shape, are empty, or not finite.

    Examples
    --------
    >>> maps_of(np.zeros((2, 3, 4, 4), np.float32), "spoc").shape
    (2, 3, 4, 4)
    """
    if hasattr(maps, "detach"):
        maps = maps.detach().cpu().float().numpy()
    array = np.asarray(maps)
    if array.ndim != 4 or not array.size or array.dtype.kind not in "fiu":
        raise BadInput(
            f"{what} got {array.dtype} of shape {array.shape}; expected maps of shape (images, channels, height, width): a layer "
            "without positions has no such descriptor, take 'flat'"
        )
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise BadInput(f"{what} got maps with NaN or infinite numbers; mend or leave out those images")
    return array
