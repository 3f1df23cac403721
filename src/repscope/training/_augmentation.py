"""Which random changes of the training images there are, by name and by amount."""

import math
from dataclasses import asdict, dataclass
from typing import final

from repscope.core.errors import BadInput, NotFound, nearest

PUBLISHED = {
    "translate": {"translate": 4.0},
    "rotation": {"rotate": 15.0},
    "flip": {"flip": 0.5},
    "jitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.2, "hue": 0.1, "jitter": 0.8},
    "grayscale": {"grey": 0.2},
    "blur": {"blur": 2.0},
}
"""The augmentations whose effect on CIFAR10 was published, in that order, each with its amounts (Hryniowski 2024, table 4.2)."""

ALL = "all"
"""The name of all of them together."""


@final
@dataclass(frozen=True)
class Augmentation:
    """Random changes of the training images, drawn anew for every image and epoch; a zero switches one off.

    Parameters
    ----------
    translate : float
        Greatest shift along each axis, in pixels.
    rotate : float
        Greatest rotation, in degrees.
    flip : float
        Probability of mirroring left and right; 0 by default, because characters do not survive it.
    brightness, contrast, saturation : float
        Factors are drawn from 1 - x to 1 + x.
    hue : float
        Greatest shift, as a share of the colour circle.
    jitter : float
        Probability that the four above are applied.
    grey : float
        Probability of losing all colour.
    blur : float
        Greatest deviation of a Gaussian blur, in pixels; it is drawn from 0.1 up to this.

    Raises
    ------
    BadInput
        If an amount is negative, or a probability not within 0..1.
    """

    translate: float = 4.0
    rotate: float = 15.0
    flip: float = 0.0
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.2
    hue: float = 0.1
    jitter: float = 0.8
    grey: float = 0.2
    blur: float = 2.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            most = {"translate": math.inf, "rotate": 180.0, "hue": 0.5, "blur": 10.0}.get(name, 1.0)
            if not 0 <= value <= most:
                raise BadInput(f"augmentation {name}={value} cannot be used; expected 0 to {most:g}")

    @classmethod
    def only(cls, *names: str) -> "Augmentation":
        """The augmentations of these names, with their published amounts, and nothing else.

        Parameters
        ----------
        *names : str
            Of ``translate`` (up to 4 pixels), ``rotation`` (15 degrees), ``flip`` (half of the images), ``jitter`` (brightness
            0.4, contrast 0.4, saturation 0.2, hue 0.1, of 80 %), ``grayscale`` (20 %) and ``blur`` (a deviation of 0.1 to 2); or
            ``all``, which is the six together.

        Raises
        ------
        NotFound
            If there is no augmentation of one of the names.
        BadInput
            If none is named.

        References
        ----------
        A. Hryniowski, *A Representational Response Analysis Framework for Convolutional Neural Networks*, 2024, table 4.2.

        Examples
        --------
        >>> one = Augmentation.only("translate")
        >>> one.translate, one.rotate, one.blur
        (4.0, 0.0, 0.0)
        >>> Augmentation.only("all") == Augmentation(flip=0.5)
        True
        """
        if not names:
            raise BadInput(
                f"no augmentation is named; expected some of {', '.join(PUBLISHED)}, or 'all'; to train without any, give None"
            )
        for name in names:
            if name not in PUBLISHED and name != ALL:
                raise NotFound(f"there is no augmentation {name!r}; {nearest(name, [*PUBLISHED, ALL])}")
        chosen = PUBLISHED if ALL in names else names
        amounts = {key: value for name in chosen for key, value in PUBLISHED[name].items()}
        return cls(**{**dict.fromkeys(cls.__dataclass_fields__, 0.0), **amounts})
