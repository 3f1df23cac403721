"""A data set whose images are changed as an augmentation changes them, once and for all."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from repscope.core.digests import digest
from repscope.studies._changed_images import ChangedImages
from repscope.training import Augmentation

if TYPE_CHECKING:
    import torch

    from repscope.data import DataSet

PROBABILITIES = ("flip", "jitter", "grey")


def every_time(how: Augmentation) -> Augmentation:
    """The same with whatever happens sometimes happening to every image.

    >>> every_time(Augmentation.only("grayscale")).grey
    1.0
    """
    return replace(how, **{name: 1.0 for name in PROBABILITIES if getattr(how, name) > 0})


def augmented(data: "DataSet", how: Augmentation, seed: int) -> "DataSet":
    """The data set with every image changed by a draw of its own.

    Parameters
    ----------
    data : DataSet
    how : Augmentation
    seed : int
        An image's draw depends on it and on the image's id alone.

    Examples
    --------
    >>> from repscope import load_data
    >>> clean = load_data("digits")
    >>> moved = augmented(clean, Augmentation.only("translate"), seed=0)
    >>> moved.image(5).shape == clean.image(5).shape, bool((moved.image(5) == clean.image(5)).all())
    (True, False)
    """
    settings = {**data.settings, "augmentation": repr(how), "augmentation_seed": seed}
    return replace(data, images=ChangedImages(data, partial(_changed, how, seed)), settings=settings)


def _changed(how: Augmentation, seed: int, image: "torch.Tensor", name: str) -> "torch.Tensor":
    import torch

    from repscope.training._augment import augment_batch

    whole = image.dtype == torch.uint8
    number = int(digest([name.encode(), str(seed).encode()]), 16) % 2**63
    floats = image.float() / 255 if whole else image.float()
    changed = augment_batch(floats[None], how, torch.Generator().manual_seed(number))[0]
    return (changed * 255).round().to(torch.uint8) if whole else changed.to(image.dtype)
