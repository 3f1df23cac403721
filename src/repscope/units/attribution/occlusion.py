"""Occlusion: what the score loses when a window of the image is covered."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput, nearest
from repscope.units._intact import intact
from repscope.units._target import Given, target_of
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import checked_images, finite

Fill: TypeAlias = float | str | Tensor | Callable[[Tensor], Tensor]
FILLS = ("mean", "blur", "noise")
Box = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""


def occlusion(
    module: nn.Module,
    images: Tensor,
    target: Given,
    *,
    window: int | tuple[int, int] | None = None,
    stride: int | tuple[int, int] | None = None,
    fill: Fill = 0.0,
    batch: int = 128,
    seed: int = 0,
) -> Float[np.ndarray, "n c h w"]:
    """The score of the image less that with a window covered; at each pixel the mean over the windows that cover it.

    A window whose covering changes no pixel is not run: nothing is lost there.

    Parameters
    ----------
    module, images, target
        As for `saliency`; the score is to be of each image by itself.
    window : int or (int, int), optional
        Height and width of the occluder; a quarter of the image by default.
    stride : int or (int, int), optional
        From window to window; half the window by default. Windows at the border may be cut off by it.
    fill : float, {"mean", "blur", "noise"}, tensor or callable
        What the occluder is: a value as the module takes it, zero being the mean colour of most networks; the image's own mean;
        the image, blurred (Gaussian, a sixth of the window) ; noise of the image's mean and deviation; one image or one for each; or
        a function from the images to what covers them.
    batch : int
        Covered images at a time.
    seed : int
        Of the noise.

    Returns
    -------
    (n, channels, height, width) array
        In units of the score, the same for all channels.

    Raises
    ------
    BadInput
        If windows do not fit the image or leave gaps, or the fill cannot be used; and as `saliency` does.

    References
    ----------
    M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014.

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    >>> found = occlusion(linear, torch.ones(1, 1, 4, 4), 1, window=1)
    >>> bool(np.allclose(found[0, 0], linear[1].weight[1].detach().reshape(4, 4), atol=1e-6))
    True
    """
    images, asked = checked_images(images), target_of(target)
    if asked.whole:
        raise BadInput(
            "occlusion needs a score of each image by itself, and the target is a function of all; name a class or a (layer, unit)"
        )
    size = (images.shape[2], images.shape[3])
    sides = _pair(window, (max(1, size[0] // 4), max(1, size[1] // 4)), "window")
    steps = _pair(stride, (max(1, sides[0] // 2), max(1, sides[1] // 2)), "stride")
    for side, step, whole in zip(sides, steps, size, strict=True):
        if side > whole or step > side:
            raise BadInput(
                f"windows of {sides} every {steps} pixels came for images of {size}; expected no larger than the image, without gaps"
            )
    boxes = list(_boxes(size, sides, steps))
    with intact(module), torch.no_grad():
        score = asked.of(module)
        covers = _covers(fill, images, sides, seed)
        drops = _drops(score, images, covers, boxes, batch)
    total = images.new_zeros((len(images), *size), dtype=torch.float64)
    counts = images.new_zeros(size, dtype=torch.float64)
    for number, (top, bottom, left, right) in enumerate(boxes):
        total[:, top:bottom, left:right] += drops[:, number, None, None]
        counts[top:bottom, left:right] += 1
    found = (total / counts).to(images.dtype)[:, None].expand_as(images)
    return finite(found).copy()


def _drops(
    score: Callable[[Tensor], Tensor], images: Tensor, covers: Tensor, boxes: list[Box], batch: int
) -> Float[Tensor, "n windows"]:
    """What the score loses in each image under each window."""
    drops = images.new_zeros((len(images), len(boxes)), dtype=torch.float64)
    todo = [
        (row, number)
        for number, (top, bottom, left, right) in enumerate(boxes)
        for row in (images[:, :, top:bottom, left:right] != covers[:, :, top:bottom, left:right])
        .flatten(1)
        .any(1)
        .nonzero()
        .flatten()
        .tolist()
    ]
    clean = torch.cat([score(images[at : at + batch]).double() for at in range(0, len(images), batch)])
    for start in range(0, len(todo), batch):
        part = todo[start : start + batch]
        rows = torch.tensor([row for row, _ in part], device=images.device)
        covered = images[rows]
        for place, (row, number) in enumerate(part):
            top, bottom, left, right = boxes[number]
            covered[place, :, top:bottom, left:right] = covers[row, :, top:bottom, left:right]
        numbers = torch.tensor([number for _, number in part], device=images.device)
        drops[rows, numbers] = clean[rows] - score(covered).double()
    return drops


def _boxes(size: tuple[int, int], sides: tuple[int, int], steps: tuple[int, int]) -> Iterator[Box]:
    """All windows, the last ones cut off by the border."""
    tops, lefts = (
        range(0, -(-(whole - side) // step) * step + 1, step)
        for whole, side, step in zip(size, sides, steps, strict=True)
    )
    for top in tops:
        for left in lefts:
            yield top, min(top + sides[0], size[0]), left, min(left + sides[1], size[1])


def _covers(fill: Fill, images: Tensor, sides: tuple[int, int], seed: int) -> Tensor:
    """What covers each image, of its shape."""
    if isinstance(fill, str):
        if fill == "mean":
            return images.mean((2, 3), keepdim=True).expand_as(images)
        if fill == "noise":
            drawn = torch.randn(images.shape, generator=torch.Generator().manual_seed(seed)).to(images)
            return images.mean((2, 3), keepdim=True) + drawn * images.std((2, 3), keepdim=True)
        if fill == "blur":
            return _blurred(images, max(1.0, max(sides) / 6))
        raise BadInput(f"there is no occluder {fill!r}; {nearest(fill, FILLS)}, or a number, a tensor, a function")
    made = fill(images) if callable(fill) else torch.as_tensor(fill, dtype=images.dtype, device=images.device)
    try:
        return made.expand_as(images)
    except RuntimeError as error:
        raise BadInput(
            f"an occluder of shape {tuple(made.shape)} came for images of {tuple(images.shape)}; expected one number, image, or one for each"
        ) from error


def _blurred(images: Tensor, deviation: float) -> Tensor:
    from torchvision.transforms.v2.functional import gaussian_blur

    # the kernel may not be wider than what reflection can pad
    side = min(2 * int(3 * deviation) + 1, *(2 * (length - 1) + 1 for length in images.shape[2:]))
    blurred: Tensor = gaussian_blur(images, [side, side], [deviation, deviation])
    return blurred


def _pair(given: int | tuple[int, int] | None, usual: tuple[int, int], what: str) -> tuple[int, int]:
    if given is None:
        return usual
    pair = (given, given) if isinstance(given, int) else tuple(given)
    if len(pair) != 2 or any(not isinstance(side, int) or side < 1 for side in pair):
        raise BadInput(f"{what} = {given!r}; expected a number of pixels, or (height, width)")
    return pair[0], pair[1]


attribution = Attribution(
    occlusion,
    "Occlusion",
    "What the score loses when a window of the image is covered.",
    "M. D. Zeiler, R. Fergus, 2014",
)
