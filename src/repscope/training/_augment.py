"""Augmentation of whole batches: each image has its own draw, and no image is visited by itself.

The geometric changes are one resampling and the colour changes one affine map of colours per image, so that an image is
interpolated once and clipped once.
"""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, pad

from repscope.training._augmentation import Augmentation

_GREY = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601
# RGB to YIQ (FCC, 1953): turning the last two axes is a shift of hue
_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


@final
@dataclass(frozen=True, eq=False)
class Draws:
    """Random amounts for images that are some of a batch: drawn for all of it, so that each image has its own however it is shared."""

    first: int
    count: int
    total: int
    generator: torch.Generator

    def uniform(self, low: float, high: float) -> Float[Tensor, " batch"]:
        """An amount between the two for each image."""
        drawn = torch.rand(self.total, generator=self.generator)[self.first : self.first + self.count]
        return low + (high - low) * drawn

    def happens(self, probability: float) -> Float[Tensor, " batch"]:
        """1 where it happens, else 0."""
        drawn = torch.rand(self.total, generator=self.generator)[self.first : self.first + self.count]
        return (drawn < probability).float()


def augment_batch(
    images: Float[Tensor, "batch 3 h w"],
    how: Augmentation,
    generator: torch.Generator,
    among: tuple[int, int] | None = None,
) -> Float[Tensor, "batch 3 h w"]:
    """Move, rotate, mirror, recolour and blur each image by its own random amounts.

    Parameters
    ----------
    images : (batch, 3, h, w)
        Values in 0..1.
    how : Augmentation
        The ranges of the draws.
    generator : torch.Generator
        On the CPU; the only source of randomness.
    among : (int, int), optional
        Where several processes share a batch: the position of the first of these images in it, and how many it has in all.

    Returns
    -------
    (batch, 3, h, w)
        Values in 0..1. What comes in from outside is the reflection of the image.

    Notes
    -----
    Differs from `torchvision.transforms` in two things: brightness, contrast, saturation and hue are applied in this
    order without clipping in between, and hue turns the I and Q axes of YIQ instead of the H of HSV.

    Examples
    --------
    >>> images = torch.rand(8, 3, 32, 32)
    >>> augment_batch(images, Augmentation(), torch.Generator().manual_seed(0)).shape
    torch.Size([8, 3, 32, 32])
    """
    first, total = among or (0, len(images))
    draws = Draws(first, len(images), total, generator)
    return _blur(_recolour(_move(images, how, draws), how, draws), how.blur, draws)


def _move(images: Float[Tensor, "batch 3 h w"], how: Augmentation, draws: Draws) -> Float[Tensor, "batch 3 h w"]:
    """Mirror, rotate and shift, in one resampling."""
    count, _, h, w = images.shape
    angle = draws.uniform(-how.rotate, how.rotate) * (math.pi / 180)
    mirror = 1 - 2 * draws.happens(how.flip)
    # whole pixels: with no rotation the image stays sharp
    right = draws.uniform(-how.translate, how.translate).round() * 2 / w
    down = draws.uniform(-how.translate, how.translate).round() * 2 / h
    if not (how.rotate or how.flip or how.translate):
        return images
    cosine, sine = angle.cos(), angle.sin()
    # the grid runs from -1 to 1 along both axes, whatever the sides: a rotation must allow for that
    rows = torch.stack([cosine * mirror, -sine * mirror * h / w, right, sine * w / h, cosine, down], dim=1)
    grid = affine_grid(rows.reshape(count, 2, 3).to(images.device), [count, 3, h, w], align_corners=False)
    return grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _recolour(images: Float[Tensor, "batch 3 h w"], how: Augmentation, draws: Draws) -> Float[Tensor, "batch 3 h w"]:
    """Brightness, contrast, saturation, hue and loss of colour, as one affine map of colours per image."""
    count = len(images)
    jittered = draws.happens(how.jitter)
    brightness = 1 + jittered * draws.uniform(-how.brightness, how.brightness)
    contrast = 1 + jittered * draws.uniform(-how.contrast, how.contrast)
    saturation = 1 + jittered * draws.uniform(-how.saturation, how.saturation)
    turn = jittered * draws.uniform(-how.hue, how.hue) * (2 * math.pi)
    saturation = saturation * (1 - draws.happens(how.grey))
    zero, one = torch.zeros(count), torch.ones(count)
    cosine, sine = saturation * turn.cos(), saturation * turn.sin()
    in_yiq = torch.stack([one, zero, zero, zero, cosine, sine, zero, -sine, cosine], dim=1).reshape(count, 3, 3)
    colours = torch.linalg.inv(_YIQ) @ in_yiq @ _YIQ * (brightness * contrast)[:, None, None]
    mean = torch.einsum("bchw,c->b", images, _GREY.to(images)) / images[0, 0].numel()
    lift = (1 - contrast).to(mean) * brightness.to(mean) * mean
    recoloured = torch.einsum("bij,bjhw->bihw", colours.to(images), images) + lift[:, None, None, None]
    return recoloured.clamp(0, 1)


def _blur(images: Float[Tensor, "batch 3 h w"], greatest: float, draws: Draws) -> Float[Tensor, "batch 3 h w"]:
    """A Gaussian blur of its own width for each image: separable, as a weighted sum of shifted images."""
    if not greatest:
        return images
    h, w = images.shape[2:]
    sigma = draws.uniform(min(0.1, greatest), greatest)
    reach = min(math.ceil(2.5 * greatest), h - 1, w - 1)
    offsets = torch.arange(-reach, reach + 1)
    weights = torch.exp(-0.5 * (offsets / sigma[:, None]) ** 2)
    weights = (weights / weights.sum(1, keepdim=True)).to(images)[:, :, None, None, None]
    tall = pad(images, (0, 0, reach, reach), mode="reflect")
    images = sum((weights[:, i] * tall[:, :, i : i + h] for i in range(len(offsets))), torch.zeros_like(images))
    wide = pad(images, (reach, reach, 0, 0), mode="reflect")
    return sum((weights[:, i] * wide[:, :, :, i : i + w] for i in range(len(offsets))), torch.zeros_like(images))
