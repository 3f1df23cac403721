"""Integrated gradients: what each pixel adds to the score on the straight way from a baseline to the image."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.units._intact import intact
from repscope.units._target import Given, target_of
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import batches, checked_images, finite, gradient


def integrated_gradients(
    module: nn.Module,
    images: Tensor,
    target: Given,
    *,
    baseline: float | Tensor = 0.0,
    steps: int = 50,
    batch: int = 64,
) -> Float[np.ndarray, "n c h w"]:
    """(x - b) ∫ ∂ score / ∂ x (b + α (x - b)) dα, by Gauss-Legendre quadrature; it adds up to the score's change.

    Parameters
    ----------
    module, images, target, batch
        As for `saliency`.
    baseline : float or tensor
        b, as the module takes images; one for all, or for each. Zero is the mean colour of most networks.
    steps : int
        Points of the quadrature.

    Returns
    -------
    (n, channels, height, width) array
        In units of the score.

    Raises
    ------
    BadInput
        If the baseline is of another shape, or steps are below one; and as `saliency` does.

    References
    ----------
    M. Sundararajan, A. Taly, Q. Yan, Axiomatic attribution for deep networks, 2017, equation 1.

    Examples
    --------
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> images = torch.randn(3, 1, 2, 2)
    >>> change = (network(images) - network(torch.zeros_like(images)))[:, 0].detach()
    >>> bool(np.allclose(integrated_gradients(network, images, 0).sum((1, 2, 3)), change, atol=1e-5))
    True
    """
    if steps < 1:
        raise BadInput(f"steps = {steps}; expected one or more")
    images = checked_images(images)
    start = torch.as_tensor(baseline, dtype=images.dtype, device=images.device)
    try:
        start = start.expand_as(images)
    except RuntimeError as error:
        raise BadInput(
            f"a baseline of shape {tuple(start.shape)} came for images of {tuple(images.shape)}; expected one number, one image, or one for each"
        ) from error
    at, weights = np.polynomial.legendre.leggauss(steps)
    asked, found = target_of(target), []
    with intact(module), torch.enable_grad():
        score = asked.of(module)
        for part, base in zip(batches(images, asked, batch), batches(start, asked, batch), strict=True):
            total = torch.zeros_like(part)
            for place, weight in zip((at + 1) / 2, weights / 2, strict=True):
                total += float(weight) * gradient(score, base + float(place) * (part - base))
            found.append(total * (part - base))
    return finite(torch.cat(found))


attribution = Attribution(
    integrated_gradients,
    "Integrated gradients",
    "What each pixel adds to the score on the straight way from the baseline to the image.",
    "M. Sundararajan, A. Taly, Q. Yan, 2017",
)
