"""DeepDream: a photograph in which a layer finds more of what it finds already."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from repscope.core.errors import BadInput
from repscope.units._appearance import Appearance
from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput
from repscope.units._slope import slope_of
from repscope.units._target import LayerTarget, target_of
from repscope.units.attribution._gradient import checked_images


def dream(
    module: nn.Module,
    image: Float[Tensor, "n c h w"],
    layer: str | tuple[str, int],
    *,
    octaves: int = 3,
    scale: float = 1.4,
    steps: int = 20,
    rate: float = 0.02,
    jitter: int = 4,
    looks: Appearance | None = None,
    seed: int = 0,
) -> Float[Tensor, "n c h w"]:
    """Argmax ‖Φ(x)‖² from an image, first small, then ever larger, details of the larger sizes being put back.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was; it is to take images of any size, or octaves is to be 1.
    image : (n, channels, height, width) tensor
        As the module takes it.
    layer : str, or (layer, unit)
        Φ, or one of its units.
    octaves, scale : int, float
        Sizes, and the factor from one to the next.
    steps : int
        At every size.
    rate : float
        Of each step, in brightness, 0 to 1, along the gradient divided by its mean magnitude.
    jitter : int
        Pixels by which the image is rolled at each step, at most.
    looks : Appearance, optional
        What black and white are to the network; 0 and 1 by default. Pixels stay between.
    seed : int

    Raises
    ------
    BadInput
        If numbers are out of range, or the smallest octave has no pixels.

    References
    ----------
    A. Mordvintsev, C. Olah, M. Tyka, Inceptionism, Google Research 2015.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    >>> dream(network, torch.rand(1, 3, 24, 24), "1", steps=2).shape
    torch.Size([1, 3, 24, 24])
    """
    given = checked_images(image)
    for name, value in (("octaves", octaves), ("steps", steps)):
        if value < 1:
            raise BadInput(f"{name} = {value}; expected one or more")
    if not (scale > 1 and rate > 0 and jitter >= 0):
        raise BadInput(
            f"scale = {scale}, rate = {rate}, jitter = {jitter}; expected a scale above one, a rate above zero, a jitter not below it"
        )
    sizes = [tuple(round(side / scale**octave) for side in given.shape[2:]) for octave in reversed(range(octaves))]
    if min(sizes[0]) < 1:
        raise BadInput(
            f"the smallest of {octaves} octaves of {tuple(given.shape[2:])} pixels has none; take fewer, or a smaller scale"
        )
    looks = looks or Appearance(torch.zeros(given.shape[1], 1, 1), torch.ones(given.shape[1], 1, 1))
    bright, generator = looks.brightness(given), torch.Generator().manual_seed(seed)
    added = torch.zeros_like(interpolate(bright, sizes[0], mode="bilinear"))
    with intact(module), torch.enable_grad():
        response = _response(module, layer)
        for size in sizes:
            there = (
                interpolate(bright, size, mode="bilinear", antialias=True) if size != tuple(given.shape[2:]) else bright
            )
            seen = there + interpolate(added, size, mode="bilinear")
            for _ in range(steps):
                rolls = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
                leaf = seen.roll(rolls, (2, 3)).clamp(0, 1).requires_grad_(True)
                slope = slope_of(response(looks.values(leaf)), leaf)
                slope = slope / slope.abs().mean((1, 2, 3), keepdim=True).clamp(min=1e-12)
                seen = (leaf.detach() + rate * slope).clamp(0, 1).roll([-roll for roll in rolls], (2, 3))
            added = seen - there
    return looks.values(bright + added)


def zoomed(
    module: nn.Module,
    image: Float[Tensor, "n c h w"],
    layer: str | tuple[str, int],
    frames: int,
    *,
    zoom: float = 1.05,
    **settings: Any,
) -> Iterator[Float[Tensor, "n c h w"]]:
    """Dream, enlarge the middle, dream again: so many frames, of the same size.

    Parameters
    ----------
    module, image, layer
        As for `dream`.
    frames : int
    zoom : float
        From frame to frame.
    **settings
        Of `dream`.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    >>> len(list(zoomed(network, torch.rand(1, 3, 24, 24), "1", 3, steps=1)))
    3
    """
    if frames < 1 or not zoom > 1:
        raise BadInput(f"frames = {frames}, zoom = {zoom}; expected a frame or more, a zoom above one")
    seen = image
    size = tuple(image.shape[2:])
    for _ in range(frames):
        seen = dream(module, seen, layer, **settings)
        yield seen
        cut = [max(1, round(side / zoom)) for side in size]
        top, left = ((side - part) // 2 for side, part in zip(size, cut, strict=True))
        seen = interpolate(seen[:, :, top : top + cut[0], left : left + cut[1]], size, mode="bilinear")


def _response(module: nn.Module, layer: str | tuple[str, int]) -> Callable[[Tensor], Tensor]:
    """What is to grow, of all images together."""
    if isinstance(layer, str):
        output = LayerOutput(module, layer)
        return lambda images: output(images).square().flatten(1).mean(1).sum()
    target = target_of(layer)
    if not isinstance(target, LayerTarget):
        raise BadInput(f"a dream is of a layer, or of (layer, unit); {layer!r} came")
    score = target.of(module)
    return lambda images: score(images).sum()
