"""The deconvolutional network: back to the pixels through ReLUs of what comes back, and through un-pooling by switches."""

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from repscope.units._relus import deconvolved, relus_by
from repscope.units._target import Given
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import gradients


def deconvnet(module: nn.Module, images: Tensor, target: Given, *, batch: int = 64) -> Float[np.ndarray, "n c h w"]:
    """Backward through every ReLU, R where R > 0; max pooling places what comes back where the maximum was.

    Where windows of a pool overlap and have the same maximum, what they bring is one value seen several times: its mean is
    placed. The gradient, and tools that use it here, add these up.

    Parameters
    ----------
    module, images, target, batch
        As for `saliency`.

    Returns
    -------
    (n, channels, height, width) array

    Raises
    ------
    BadInput
        If no ReLU is called, or another nonlinearity is; and as `saliency` does.

    References
    ----------
    M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014.

    Examples
    --------
    >>> import torch
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(16, 2))
    >>> deconvnet(network, torch.randn(3, 1, 8, 8), 1).shape
    (3, 1, 8, 8)
    """
    with relus_by(deconvolved, "the deconvnet", unpool=True):
        return gradients(module, images, target, batch)


attribution = Attribution(
    deconvnet,
    "Deconvnet",
    "Back to the pixels through ReLUs of what comes back, whatever was active on the way up.",
    "M. D. Zeiler, R. Fergus, 2014",
)
