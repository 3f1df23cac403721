"""The regularisers of inverted images: total variation to a power, and the α-norm."""

import torch
from jaxtyping import Float
from torch import Tensor

TINY = 1e-16
"""Under the root, so that flat images have a gradient."""


def total_variation(images: Float[Tensor, "n c h w"], beta: float = 2.0) -> Float[Tensor, " n"]:
    """R(x) = Σ ((x_right - x)² + (x_below - x)²)^(β/2), the differences across the last row and column being zero.

    Where β < 2 the gradient of a flat image is 0/0: a tiny number is added under the power, and what it gives on a flat image is
    taken off.

    Parameters
    ----------
    images : (n, channels, height, width) tensor
    beta : float
        1 is the total variation, 2 the squared gradient.

    References
    ----------
    A. Mahendran, A. Vedaldi, Understanding deep image representations by inverting them, CVPR 2015, equation 5.

    Examples
    --------
    >>> ramp = torch.arange(5.0).expand(1, 1, 4, 5)
    >>> round(float(total_variation(ramp, beta=1.0)), 3), round(float(total_variation(3 * ramp, beta=2.0)), 3)
    (16.0, 144.0)
    """
    right = torch.nn.functional.pad(images[..., 1:] - images[..., :-1], (0, 1))
    below = torch.nn.functional.pad(images[:, :, 1:] - images[:, :, :-1], (0, 0, 0, 1))
    powers = (right**2 + below**2 + TINY) ** (beta / 2) - TINY ** (beta / 2)
    summed: Tensor = powers.sum((1, 2, 3))
    return summed


def alpha_norm(images: Float[Tensor, "n c h w"], alpha: float = 6.0) -> Float[Tensor, " n"]:
    """‖x‖_α^α: keeps values within their range, the more sharply the greater α is.

    References
    ----------
    A. Mahendran, A. Vedaldi, 2015, equation 4.

    Examples
    --------
    >>> float(alpha_norm(torch.full((1, 1, 2, 2), 2.0), alpha=4))
    64.0
    """
    return images.abs().pow(alpha).sum((1, 2, 3))
