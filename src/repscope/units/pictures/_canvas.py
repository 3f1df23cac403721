"""What an optimised picture is made of: pixels, or waves; colours as natural images have them; within the range of pixels.

numbers to be optimised ──► waves ──► colours ──► 0..1 ──► what the network takes
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from repscope.core.errors import BadInput
from repscope.units._appearance import Appearance

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

CONTRAST = 0.25
"""Deviation of a picture's brightness at the beginning of the ascent, before it is brought to 0..1."""


@final
@dataclass(frozen=True, eq=False)
class Colours:
    """Mean and covariance of the colours of natural images.

    Attributes
    ----------
    mean : (channels,) array
        In brightness, 0 to 1.
    root : (channels, channels) array
        A square root of the covariance: independent numbers become colours that go together as in the images.
    """

    mean: Float[np.ndarray, " c"]
    root: Float[np.ndarray, "c c"]

    @classmethod
    def of(cls, network: "Network", data: "DataSet", most: int = 1000, seed: int = 0) -> "Colours":
        """Of a data set's images, as the network takes them; of so many at most, drawn by the seed.

        Examples
        --------
        >>> from repscope import load_data, load_network
        >>> colours = Colours.of(load_network("repscope:resnet20", weights="random"), load_data("glyphs", per_class=10))
        >>> colours.root.shape
        (3, 3)
        """
        looks = Appearance.of(network)
        rows = np.sort(np.random.default_rng(seed).permutation(len(data))[:most])
        count, total, products = 0, 0.0, 0.0
        for start in range(0, len(rows), 100):
            batch = looks.brightness(network.preprocess(data.batch(rows[start : start + 100].tolist())))
            colours = batch.double().permute(0, 2, 3, 1).flatten(0, 2).numpy()
            count += len(colours)
            total = total + colours.sum(0)
            products = products + colours.T @ colours
        mean = np.asarray(total / count)
        values, vectors = np.linalg.eigh(np.asarray(products / count) - np.outer(mean, mean))
        return cls(mean, vectors * np.sqrt(np.maximum(values, 1e-6)))

    @classmethod
    def plain(cls, channels: int) -> "Colours":
        """Grey in the mean, channels independent."""
        return cls(np.full(channels, 0.5), np.eye(channels) * 0.25)

    def mixed(self, painted: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Independent channels as colours that go together, of the same contrast.

        Raises
        ------
        BadInput
            If there are other channels.
        """
        channels = painted.shape[1]
        if self.root.shape != (channels, channels):
            raise BadInput(f"colours of {len(self.mean)} channels came for pictures of {channels}")
        root = torch.as_tensor(self.root, dtype=painted.dtype, device=painted.device)
        return torch.einsum("cd,ndhw->nchw", root / root.norm(dim=1).max(), painted)


class Canvas(ABC):
    """Numbers that an optimiser may change, and the picture that they make."""

    @abstractmethod
    def start(self, count: int, shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """The numbers of pictures of this shape, at the beginning."""

    @abstractmethod
    def paint(self, numbers: Tensor, shape: tuple[int, int, int]) -> Float[Tensor, "n c h w"]:
        """The pictures, independent channels of any value."""


@final
@dataclass(frozen=True)
class Pixels(Canvas):
    """Every pixel by itself."""

    def start(self, count: int, shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """Noise."""
        return CONTRAST * torch.randn((count, *shape), generator=generator)

    def paint(self, numbers: Tensor, shape: tuple[int, int, int]) -> Float[Tensor, "n c h w"]:
        """As they are."""
        return numbers


@final
@dataclass(frozen=True)
class Waves(Canvas):
    """A Fourier series: a change of one number changes the whole picture, and all frequencies rise alike.

    Attributes
    ----------
    decay : float
        Amplitudes fall with the frequency to this power; those of natural images with 1.

    References
    ----------
    C. Olah, A. Mordvintsev, L. Schubert, Feature visualization, Distill 2017.

    Examples
    --------
    >>> waves = Waves()
    >>> numbers = waves.start(2, (3, 9, 8), torch.Generator().manual_seed(0))
    >>> waves.paint(numbers, (3, 9, 8)).shape
    torch.Size([2, 3, 9, 8])
    """

    decay: float = 1.5

    def start(self, count: int, shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """The waves of white noise: those without an imaginary part have none, whether sides are even or odd."""
        noise = torch.randn((count, *shape), generator=generator)
        return torch.view_as_real(torch.fft.rfft2(noise, norm="ortho"))

    def paint(self, numbers: Tensor, shape: tuple[int, int, int]) -> Float[Tensor, "n c h w"]:
        """The sum of the waves, of the contrast `CONTRAST` if they are those of white noise."""
        height, width = shape[1:]
        amplitudes = self._amplitudes(height, width).to(numbers.device)
        waves = torch.view_as_complex(numbers.contiguous()) * amplitudes
        painted: Tensor = torch.fft.irfft2(waves, s=(height, width), norm="ortho")
        return painted

    def _amplitudes(self, height: int, width: int) -> Float[Tensor, "h half"]:
        rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
        frequency = torch.sqrt(rows**2 + columns**2).clamp(min=1 / max(height, width))
        amplitudes = frequency**-self.decay
        twice = torch.full((width // 2 + 1,), 2.0)  # a column of the half stands for two of the whole
        twice[0] = 1.0
        if width % 2 == 0:
            twice[-1] = 1.0
        mean_square = float((amplitudes**2 * twice).sum()) / (height * width)
        scaled: Tensor = CONTRAST * amplitudes / mean_square**0.5
        return scaled


@final
@dataclass(frozen=True, eq=False)
class Room:
    """Where a picture may be: brought into the range of pixels, or into a ball.

    Attributes
    ----------
    colours : Colours
    looks : Appearance
    """

    colours: Colours
    looks: Appearance

    def pictures(self, painted: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """What the network takes: colours as those of natural images, then 0..1 by a logistic function."""
        mixed = self.colours.mixed(painted)
        mean = torch.as_tensor(self.colours.mean, dtype=painted.dtype, device=painted.device).clamp(0.02, 0.98)
        bright = torch.sigmoid(4 * mixed + torch.logit(mean)[:, None, None])  # slope one at a half
        return self.looks.values(bright)
