"""A data set with gaussian noise on its images."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from repscope.core.digests import digest
from repscope.studies._changed_images import ChangedImages

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
    return replace(data, images=ChangedImages(data, partial(_with_noise, level, seed)), settings=settings)


def _with_noise(level: float, seed: int, image: "torch.Tensor", name: str) -> "torch.Tensor":
    import torch

    most = 255 if image.dtype == torch.uint8 else 1
    generator = np.random.default_rng((seed, int(digest([name.encode()]), 16)))
    noise = torch.from_numpy(generator.standard_normal(tuple(image.shape)))
    noisy = (image.double() + level * most * noise).clamp(0, most)
    return (noisy.round() if most == 255 else noisy).to(image.dtype)
