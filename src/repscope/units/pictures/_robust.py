"""Small random changes of a picture at every step of its ascent: what survives them is no pattern of single pixels."""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


@final
@dataclass(frozen=True)
class Shaking:
    """Moved, turned and scaled by a draw at every step, all pictures alike.

    Attributes
    ----------
    jitter : float
        Greatest movement, as a share of the side.
    turn : float
        Greatest turn to either side, in degrees.
    scale : float
        Greatest enlargement or reduction, as a share.

    Examples
    --------
    >>> Shaking()(torch.rand(2, 3, 16, 16), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 16, 16])
    """

    jitter: float = 0.06
    turn: float = 5.0
    scale: float = 0.1

    def __call__(self, pictures: Float[Tensor, "n c h w"], generator: torch.Generator) -> Float[Tensor, "n c h w"]:
        """The pictures, changed; edges are reflected."""
        if not (self.jitter or self.turn or self.scale):
            return pictures
        right, down, turn, scale = (2 * torch.rand(4, generator=generator) - 1).tolist()
        angle, size = math.radians(self.turn * turn), 1 + self.scale * scale
        cos, sin = math.cos(angle) / size, math.sin(angle) / size
        matrix = torch.tensor([[cos, -sin, 2 * self.jitter * right], [sin, cos, 2 * self.jitter * down]])
        matrix = matrix.to(pictures).expand(len(pictures), 2, 3)
        grid = affine_grid(matrix, list(pictures.shape), align_corners=False)
        return grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


STILL = Shaking(0, 0, 0)
"""No change."""
