"""Gradient saliency: how a score changes with each pixel."""

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from repscope.units._target import Given
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import gradients


def saliency(module: nn.Module, images: Tensor, target: Given, *, batch: int = 64) -> Float[np.ndarray, "n c h w"]:
    """The gradient of a score with respect to the images; its norm over channels is the saliency map.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was.
    images : (n, channels, height, width) tensor
        As the module takes them.
    target : int, tuple, callable
        A class, ``(layer, unit)``, ``(layer, direction)``, or a function of images.
    batch : int
        Images at a time.

    Returns
    -------
    (n, channels, height, width) array
        Score per unit of pixel value, signed.

    Raises
    ------
    BadInput, NotFound
        If there is no such class, layer or unit, or images are none.

    References
    ----------
    K. Simonyan, A. Vedaldi, A. Zisserman, Deep inside convolutional networks, 2013.

    Examples
    --------
    >>> import torch
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    >>> found = saliency(linear, torch.randn(3, 1, 2, 2), 1)
    >>> bool(np.allclose(found[2], linear[1].weight[1].detach().reshape(1, 2, 2)))
    True
    """
    return gradients(module, images, target, batch)


attribution = Attribution(
    saliency, "Gradient", "How the score changes with each pixel.", "K. Simonyan, A. Vedaldi, A. Zisserman, 2013"
)
