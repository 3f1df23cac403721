"""How a network's input looks: from the batch that it takes back to pictures, and the range that pixels may have."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from repscope.core.errors import BadInput

if TYPE_CHECKING:
    from repscope.networks import Network


@final
@dataclass(frozen=True, eq=False)
class Appearance:
    """What black and white images become, and so what any value looks like.

    Attributes
    ----------
    black, white : (channels, 1, 1) tensor
        What the network takes for images of these colours.

    Examples
    --------
    >>> from repscope.networks import load_network
    >>> looks = Appearance.of(load_network("repscope:resnet20", weights="random"))
    >>> looks.pictures(torch.zeros(2, 3, 32, 32)).shape
    (2, 32, 32, 3)
    """

    black: Float[Tensor, "c 1 1"]
    white: Float[Tensor, "c 1 1"]

    @classmethod
    def of(cls, network: "Network") -> "Appearance":
        """Found by preprocessing a black, a white and a grey image.

        Raises
        ------
        BadInput
            If the preprocessing is not one factor and one offset for each channel: then values have no colour.
        """
        height, width = network.input_shape[1:]
        levels = [torch.full((3, height, width), level, dtype=torch.uint8) for level in (0, 255, 102)]
        black, white, grey = network.preprocess(levels).float()
        ends = black.mean((1, 2), keepdim=True), white.mean((1, 2), keepdim=True)
        expected = ends[0] + 0.4 * (ends[1] - ends[0])
        spread = (ends[1] - ends[0]).abs().max()
        flat = max(float((image - image.mean((1, 2), keepdim=True)).abs().max()) for image in (black, white, grey))
        if spread == 0 or flat > 1e-3 * spread or float((grey - expected).abs().max()) > 5e-3 * spread:
            raise BadInput(
                f"the preprocessing of {network.name} is not one factor and one offset for each channel; pictures cannot be made from "
                "what the network takes"
            )
        return cls(*ends)

    @property
    def low(self) -> Float[Tensor, "c 1 1"]:
        """The least values of pixels."""
        return torch.minimum(self.black, self.white)

    @property
    def high(self) -> Float[Tensor, "c 1 1"]:
        """The greatest."""
        return torch.maximum(self.black, self.white)

    def brightness(self, batch: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Values from 0, black, to 1, white."""
        there = batch.device
        return (batch - self.black.to(there)) / (self.white - self.black).to(there)

    def values(self, brightness: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """What the network takes, from values of 0 to 1."""
        there = brightness.device
        return self.black.to(there) + brightness * (self.white - self.black).to(there)

    def pictures(self, batch: Float[Tensor, "n c h w"]) -> UInt8[np.ndarray, "n h w 3"]:
        """As people see them; what is below black or above white is cut off."""
        levels = self.brightness(batch.detach().float()).clamp(0, 1).mul(255).round().to(torch.uint8).cpu()
        if levels.shape[1] == 1:
            levels = levels.expand(-1, 3, -1, -1)
        if levels.shape[1] != 3:
            raise BadInput(f"images of {levels.shape[1]} channels came; pictures have 1 or 3")
        return np.ascontiguousarray(levels.permute(0, 2, 3, 1).numpy())


def as_seen(network: "Network", batch: Float[Tensor, "n c h w"]) -> UInt8[np.ndarray, "n h w 3"]:
    """A batch as pictures in the network's colours; where its preprocessing has none, between the batch's least and greatest value."""
    try:
        looks = Appearance.of(network)
    except BadInput:
        low, high = batch.amin(), batch.amax()
        ends = (low, high if high > low else low + 1)
        looks = Appearance(*(end.cpu().expand(batch.shape[1], 1, 1) for end in ends))
    return looks.pictures(batch)
