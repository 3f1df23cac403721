"""Guided backpropagation: the gradient, with ReLUs that pass back positive signals of active units only."""

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from repscope.units._relus import guided, relus_by
from repscope.units._target import Given
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import gradients


def guided_backprop(
    module: nn.Module, images: Tensor, target: Given, *, batch: int = 64
) -> Float[np.ndarray, "n c h w"]:
    """Backward through every ReLU, R where R > 0 and f > 0; ReLUs are found as modules and as functions.

    The pictures are sharp and tell little of the network: weights drawn anew change them hardly (J. Adebayo et al., Sanity checks
    for saliency maps, 2018).

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
    J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller, Striving for simplicity, 2015.

    Examples
    --------
    >>> import torch
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))
    >>> guided_backprop(network, torch.randn(3, 1, 8, 8), 1).shape
    (3, 1, 8, 8)
    """
    with relus_by(guided, "guided backpropagation"):
        return gradients(module, images, target, batch)


attribution = Attribution(
    guided_backprop,
    "Guided backpropagation",
    "The gradient, with ReLUs that pass back positive signals of active units only. It depends little on the weights.",
    "J. T. Springenberg et al., 2015",
)
