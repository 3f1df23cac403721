"""Gradient × input: each pixel's share of the score, to first order."""

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from repscope.units._target import Given
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import checked_images, gradients


def gradient_input(
    module: nn.Module, images: Tensor, target: Given, *, batch: int = 64
) -> Float[np.ndarray, "n c h w"]:
    """The gradient times the pixel, as the network takes it; of a linear network without bias it adds up to the score.

    Parameters
    ----------
    module, images, target, batch
        As for `saliency`.

    Returns
    -------
    (n, channels, height, width) array
        In units of the score, signed. What counts as zero is the network's zero, often the mean colour.

    References
    ----------
    A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje, Not just a black box, 2016.

    Examples
    --------
    >>> import torch
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    >>> images = torch.randn(3, 1, 2, 2)
    >>> bool(np.allclose(gradient_input(linear, images, 0).sum((1, 2, 3)), linear(images)[:, 0].detach(), atol=1e-6))
    True
    """
    found: Float[np.ndarray, "n c h w"] = (
        gradients(module, images, target, batch) * checked_images(images).cpu().numpy()
    )
    return found


attribution = Attribution(
    gradient_input,
    "Gradient × input",
    "Each pixel's share of the score, to first order, against an image of zeros.",
    "A. Shrikumar et al., 2016",
)
