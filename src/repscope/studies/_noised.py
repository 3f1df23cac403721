"""A data set with gaussian noise on its images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Int

from repscope.core.digests import digest

if TYPE_CHECKING:
    import torch

    from repscope.data import DataSet


def noised(data: "DataSet", level: float, seed: int) -> "DataSet":
    """The data set with gaussian noise on every image, clipped to the range of a pixel.

    Parameters
    ----------
    data : DataSet
    level : float
        Standard deviation, 1 being the range of a pixel (255, or 1 for images with values in 0..1).
    seed : int
        An image's noise depends on it and on the image's id alone, and at another level is the same times a factor.

    Examples
    --------
    >>> from repscope import load_data
    >>> clean = load_data("digits")
    >>> noisy = noised(clean, 0.1, seed=0)
    >>> noisy.image(5).dtype, bool((noisy.image(5) == clean.image(5)).all())
    (torch.uint8, False)
    """
    settings = {**data.settings, "noise": level, "noise_seed": seed}
    return replace(data, images=_Noised(data, level, seed), settings=settings)


@final
@dataclass(frozen=True, eq=False)
class _Noised:
    """The images of a data set with noise on them, made when asked for."""

    clean: "DataSet"
    level: float
    seed: int

    def __len__(self) -> int:
        return len(self.clean)

    def __getitem__(self, index: int) -> "torch.Tensor":
        return self.batch([index])[0]

    def batch(self, rows: Sequence[int] | Int[np.ndarray, " m"]) -> "list[torch.Tensor]":
        """Several images."""
        chosen = [int(row) for row in rows]
        return [self._with_noise(image, row) for image, row in zip(self.clean.batch(chosen), chosen, strict=True)]

    def _with_noise(self, image: "torch.Tensor", row: int) -> "torch.Tensor":
        import torch

        most = 255 if image.dtype == torch.uint8 else 1
        generator = np.random.default_rng((self.seed, int(digest([self.clean.ids[row].encode()]), 16)))
        noise = torch.from_numpy(generator.standard_normal(tuple(image.shape)))
        noisy = (image.double() + self.level * most * noise).clamp(0, most)
        return (noisy.round() if most == 255 else noisy).to(image.dtype)
