"""The gradient of a score with respect to images, batch by batch, from a module that comes back as it was."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.units._intact import intact
from repscope.units._slope import slope_of
from repscope.units._target import Given, Target, target_of


def checked_images(images: Tensor) -> Tensor:
    """A batch of images as networks take it.

    Raises
    ------
    BadInput
        If it is not, or holds what is no number.
    """
    if not isinstance(images, Tensor) or images.ndim != 4 or not images.is_floating_point() or len(images) == 0:
        came = f"{images.dtype} of shape {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise BadInput(
            f"{came} came; expected a batch of images as the network takes it: a float tensor (images, channels, height, width)"
        )
    if not bool(torch.isfinite(images).all()):
        raise BadInput("the images hold NaN or infinity; expected finite numbers")
    images = images.detach()
    return images.float() if images.element_size() < 4 else images  # numpy has no bfloat16, and sums need more digits


def batches(images: Tensor, target: Target, size: int) -> Iterator[Tensor]:
    """Parts of a batch; all of it where the score is of all images together."""
    step = len(images) if target.whole else size
    return (images[start : start + step] for start in range(0, len(images), step))


def gradients(module: nn.Module, images: Tensor, target: Given, batch: int = 64) -> Float[np.ndarray, "n c h w"]:
    """∂ score / ∂ pixel of every image."""
    found, asked = [], target_of(target)
    images = checked_images(images)
    with intact(module), torch.enable_grad():
        score = asked.of(module)
        for part in batches(images, asked, batch):
            found.append(gradient(score, part))
    return finite(torch.cat(found))


def finite(attribution: Tensor) -> Float[np.ndarray, "n c h w"]:
    """The attribution as an array, if it is made of numbers.

    Raises
    ------
    BadInput
        If it holds NaN or infinity, with the images.
    """
    odd = (~torch.isfinite(attribution)).flatten(1).any(1).nonzero().flatten().tolist()
    if odd:
        raise BadInput(
            f"the attribution of {len(odd)} of {len(attribution)} images holds NaN or infinity, the first of image {odd[0]}: the network's numbers "
            "overflow there; look at its outputs for it"
        )
    return attribution.detach().cpu().numpy()


def gradient(score: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """∂ score / ∂ pixel of one batch; zero where the score does not depend on it.

    Raises
    ------
    BadInput
        If the score is not computed from the images.
    """
    leaf = images.clone().requires_grad_(True)
    return slope_of(score(leaf).sum(), leaf)
