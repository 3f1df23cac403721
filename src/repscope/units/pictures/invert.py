"""Inversion: the images that a layer cannot tell from a given one."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.units._appearance import Appearance
from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput
from repscope.units._slope import slope
from repscope.units.attribution._gradient import checked_images
from repscope.units.pictures._canvas import Canvas, Colours, Waves
from repscope.units.pictures._total_variation import alpha_norm, total_variation


@final
@dataclass(frozen=True, eq=False)
class Inverted:
    """Images whose activations at a layer are those of given ones, as nearly as was found.

    Attributes
    ----------
    layer : str
    images : (n · restarts, channels, height, width) tensor
        All restarts of the first image first.
    feature_error : (n, restarts) array
        ‖Φ(x) - Φ(x₀)‖ / ‖Φ(x₀)‖.
    psnr : (n, restarts) array
        Peak signal-to-noise ratio to the given image, in decibels, peaks being as far apart as black and white.
    """

    layer: str
    images: Float[Tensor, "m c h w"]
    feature_error: Float[np.ndarray, "n restarts"]
    psnr: Float[np.ndarray, "n restarts"]

    @property
    def best(self) -> Float[Tensor, "n c h w"]:
        """Of each image, the restart of least feature error."""
        n, restarts = self.feature_error.shape
        grouped = self.images.reshape(n, restarts, *self.images.shape[1:])
        return grouped[torch.arange(n), torch.as_tensor(self.feature_error.argmin(1))]


def invert(
    module: nn.Module,
    layer: str,
    image: Float[Tensor, "n c h w"],
    beta: float = 2.0,
    strength: float = 1.0,
    restarts: int = 1,
    *,
    alpha: float = 6.0,
    range_strength: float = 1e-3,
    steps: int = 400,
    rate: float = 0.5,
    canvas: Canvas | None = None,
    colours: Colours | None = None,
    looks: Appearance | None = None,
    seed: int = 0,
) -> Inverted:
    """argmin_x ‖Φ(x) - Φ(x₀)‖² / ‖Φ(x₀)‖² + λ R(x) / pixels, by Adam from noise, several restarts side by side.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was.
    layer : str
        Φ.
    image : (n, channels, height, width) tensor
        x₀, as the module takes it; each is inverted by itself.
    beta : float
        Of the total variation R, see `total_variation`, taken of brightness from 0 to 1.
    strength : float
        λ.
    restarts : int
        Images from different noise: what they have in common is in the layer, the rest is not.
    alpha, range_strength : float
        Of the α-norm, taken of brightness from -1 to 1, and its weight, per pixel.
    steps, rate : int, float
        Of Adam; the rate falls to nothing as half a cosine. With small rates the search ends in noise that the layer does not tell from
        the image, long before the image.
    canvas : Canvas, optional
        `Waves` whose amplitudes fall with the frequency by default: among images of the same activations it comes to smooth ones.
    colours : Colours, optional
        Those of natural images, in which the search goes further along the colours that are there; all alike by default.
    looks : Appearance, optional
        What black and white are to the network; 0 and 1 by default. Images may leave this range: PSNR and the regularisers count
        in it.
    seed : int

    Raises
    ------
    BadInput
        If a number is out of range, images are none, or the layer gives the same for all images.

    References
    ----------
    A. Mahendran, A. Vedaldi, CVPR 2015, equation 2.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 1, bias=False), nn.Flatten())
    >>> found = invert(network, "0", torch.rand(2, 1, 4, 4), strength=0.0, restarts=2)
    >>> found.images.shape, bool((found.psnr > 30).all())
    (torch.Size([4, 1, 4, 4]), True)
    """
    given = checked_images(image)
    for name, value in (("restarts", restarts), ("steps", steps)):
        if value < 1:
            raise BadInput(f"{name} = {value}; expected one or more")
    if not (beta > 0 and alpha >= 1 and rate > 0 and strength >= 0 and range_strength >= 0):
        raise BadInput(
            f"beta = {beta}, alpha = {alpha}, rate = {rate}, strength = {strength}, range_strength = {range_strength}; expected beta and rate "
            "above zero, alpha of one or more, no strength below zero"
        )
    channels = given.shape[1]
    looks = looks or Appearance(torch.zeros(channels, 1, 1), torch.ones(channels, 1, 1))
    canvas, colours = canvas or Waves(decay=1.0), colours or Colours.plain(channels)
    wanted_bright = looks.brightness(given).repeat_interleave(restarts, 0)
    shape = channels, given.shape[2], given.shape[3]
    generator = torch.Generator().manual_seed(seed)
    numbers = canvas.start(len(wanted_bright), shape, generator).to(wanted_bright.device).requires_grad_(True)
    mean = torch.as_tensor(colours.mean).to(wanted_bright)[:, None, None]
    pixels = math.prod(shape)

    def painted() -> Tensor:
        return mean + colours.mixed(canvas.paint(numbers, shape)).to(wanted_bright)

    with intact(module), torch.enable_grad():
        output = LayerOutput(module, layer)
        with torch.no_grad():
            wanted = output(given).flatten(1).repeat_interleave(restarts, 0).clone()
        scale = wanted.square().sum(1)
        if not bool((scale > 0).all()) or not bool(torch.isfinite(scale).all()):
            raise BadInput(
                f"the layer {layer!r} gives nothing but zeros, or no numbers, for an image; there is nothing to invert"
            )

        def errors(bright: Tensor) -> Tensor:
            return (output(looks.values(bright)).flatten(1) - wanted).square().sum(1) / scale

        optimiser = torch.optim.Adam([numbers], lr=rate)
        fading = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        for _ in range(steps):
            bright = painted()
            loss = errors(bright)
            if strength:
                loss = loss + strength * total_variation(bright, beta) / pixels
            if range_strength:
                loss = loss + range_strength * alpha_norm(2 * bright - 1, alpha) / pixels
            numbers.grad = slope(loss.sum(), numbers)
            if numbers.grad is None:
                raise BadInput(f"the layer {layer!r} does not depend on the image; there is nothing to invert")
            optimiser.step()
            fading.step()
        with torch.no_grad():
            bright = painted()
            reached = errors(bright).clamp(min=0).sqrt()
    squares = (bright - wanted_bright).square().flatten(1).mean(1)
    psnr = -10 * torch.log10(squares.clamp(min=1e-20))
    each = (len(given), restarts)
    return Inverted(
        layer,
        looks.values(bright),
        reached.reshape(each).double().cpu().numpy(),
        psnr.reshape(each).double().cpu().numpy(),
    )
