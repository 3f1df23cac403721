"""What attacks have in common: images, classes, the range of pixels, and what came of it."""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks._logits import ClassOutput
from repscope.units.attribution._gradient import checked_images

Bounds: TypeAlias = "tuple[float | Tensor, float | Tensor] | None"
"""Least and greatest values of pixels as the module takes them, for example those of `Appearance`; None for any."""


@final
@dataclass(frozen=True, eq=False)
class Adversarial:
    """Images that were changed a little to be named otherwise.

    Attributes
    ----------
    images : (n, channels, height, width) tensor
        As the module takes them.
    before, after : (n,) integers
        What the module names the given and the changed images.
    found : (n,) bool
        Whether the change succeeded; else the image is as far as the search came.
    distance : (n,) array
        Euclidean length of the change, in the module's units.
    greatest : (n,) array
        Greatest change of a pixel.
    """

    images: Float[Tensor, "n c h w"]
    before: Int[np.ndarray, " n"]
    after: Int[np.ndarray, " n"]
    found: Bool[np.ndarray, " n"]
    distance: Float[np.ndarray, " n"]
    greatest: Float[np.ndarray, " n"]


def outcome(module: nn.Module, given: Tensor, changed: Tensor, wanted: Tensor, targeted: bool) -> Adversarial:
    """What the module makes of both; success is the wanted class, or any other than it."""
    logits = ClassOutput(module)
    with torch.no_grad():
        before, after = logits(given).argmax(1), logits(changed).argmax(1)
    found = after == wanted if targeted else after != wanted
    change = (changed - given).flatten(1).double()
    return Adversarial(
        changed.detach(), *(t.cpu().numpy() for t in (before, after, found, change.norm(dim=1), change.abs().amax(1)))
    )


def checked_attack(module: nn.Module, images: Tensor, labels: object, bounds: Bounds) -> tuple[Tensor, Tensor]:
    """Images and a class for each.

    Raises
    ------
    BadInput
        If they do not belong together, a class is not one of the module's, or an image is out of bounds.
    """
    given = checked_images(images)
    classes = torch.as_tensor(labels, device=given.device).reshape(-1)
    if len(classes) == 1:
        classes = classes.expand(len(given))
    count = ClassOutput(module).count(given)
    if (
        classes.is_floating_point()
        or classes.dtype == torch.bool
        or len(classes) != len(given)
        or int(classes.min()) < 0
        or int(classes.max()) >= count
    ):
        raise BadInput(
            f"labels {classes.tolist()[:8]} came for {len(given)} images and {count} classes; expected one class, or one for each image, from 0 to {count - 1}"
        )
    if bounds is not None:
        low, high = (torch.as_tensor(edge, dtype=given.dtype, device=given.device) for edge in bounds)
        slack = 1e-4 * float((high - low).abs().max())
        if bool((low >= high).any()) or bool((given < low - slack).any()) or bool((given > high + slack).any()):
            raise BadInput(
                f"images have values from {float(given.min()):.3g} to {float(given.max()):.3g}, outside the bounds; expected images as the module "
                "takes them, and bounds in the same units"
            )
    return given, classes.long()


def within(images: Tensor, bounds: Bounds) -> Tensor:
    """Cut off at the bounds."""
    if bounds is None:
        return images
    low, high = (torch.as_tensor(edge, dtype=images.dtype, device=images.device) for edge in bounds)
    return torch.minimum(torch.maximum(images, low), high)


def margin(logits: Float[Tensor, "n classes"], classes: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    """How far the logit of a class is above the highest other one."""
    own = logits.gather(1, classes[:, None])[:, 0]
    others = logits.scatter(1, classes[:, None], -torch.inf).amax(1)
    return own - others
