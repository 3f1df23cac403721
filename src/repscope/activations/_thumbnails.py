"""Small pictures of the samples, kept beside their activations so that a report needs no data set."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxtyping import UInt8

if TYPE_CHECKING:
    import torch

LARGEST = 48


def thumbnail_side(image: "torch.Tensor") -> int:
    """Side of the square thumbnails of a data set with such images: their own longer side, at most 48 pixels."""
    return min(LARGEST, max(image.shape[1:]))


def thumbnails(images: "Sequence[torch.Tensor]", side: int) -> "UInt8[torch.Tensor, 'batch 3 side side']":
    """The images scaled to fit a square, on a grey ground; an image of that size stays as it is.

    >>> import torch
    >>> thumbnails([torch.zeros(3, 64, 32, dtype=torch.uint8)], 48).shape
    torch.Size([1, 3, 48, 48])
    """
    import torch
    from torch.nn.functional import interpolate

    out = torch.full((len(images), 3, side, side), 128, dtype=torch.uint8)
    for position, image in enumerate(images):
        small = image if image.dtype == torch.uint8 else (image * 255).round().to(torch.uint8)
        height, width = small.shape[1:]
        if max(height, width) != side:
            factor = side / max(height, width)
            size = (max(1, round(height * factor)), max(1, round(width * factor)))
            scaled = interpolate(small[None].float(), size, mode="bilinear", antialias=True)[0]
            small = scaled.round().clamp(0, 255).to(torch.uint8)
            height, width = small.shape[1:]
        top, left = (side - height) // 2, (side - width) // 2
        out[position, :, top : top + height, left : left + width] = small
    return out
