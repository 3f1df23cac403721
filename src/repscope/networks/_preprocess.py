"""From images of any sizes to the batch that a network takes.

FitNormalise   fit to a size (antialiased), scale to 0..1, subtract a mean, divide by a deviation
PerImage       somebody else's transform, image by image (timm's and torchvision's own, or a user's)
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn.functional import interpolate

from repscope.core.errors import BadInput

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, what Pillow and torchvision take for grey


class BatchPreprocess(ABC):
    """A preprocessing that can say what it does."""

    @abstractmethod
    def __call__(self, images: Sequence[Shaped[Tensor, "3 _ _"]]) -> Float[Tensor, "batch c h w"]:
        """The batch made of these images."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What it does, as JSON can hold it."""


@final
@dataclass(frozen=True)
class FitNormalise(BatchPreprocess):
    """Fit to `height` × `width`, then (x - mean) / std with x in 0..1.

    Images of another size are scaled with antialiasing until they just cover the wanted size, and the middle is
    cut out; proportions stay. One mean and deviation instead of three: the images are made grey.

    Parameters
    ----------
    height, width : int
        Pixels of what comes out.
    mean, std : tuple of 3 floats, or of 1
        Per channel, for values in 0..1.

    Examples
    --------
    >>> prepare = FitNormalise(32, 32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    >>> prepare([torch.zeros(3, 32, 32, dtype=torch.uint8), torch.zeros(3, 50, 40)]).unique()
    tensor([-1.])
    """

    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or len(self.mean) not in (1, 3):
            raise BadInput(
                f"a mean of {len(self.mean)} and a std of {len(self.std)} numbers; expected 3 of each for colour, or 1 of each for grey"
            )
        if not all(s > 0 for s in self.std):
            raise BadInput(f"std={list(self.std)} would divide by zero or turn images about; expected numbers above 0")

    def __call__(self, images: Sequence[Shaped[Tensor, "3 _ _"]]) -> Float[Tensor, "batch c h w"]:
        """The batch made of these images."""
        batch = torch.stack([fit(image, self.height, self.width) for image in images])
        if len(self.mean) == 1:
            batch = (batch * batch.new_tensor(_LUMA)[:, None, None]).sum(1, keepdim=True)
        return (batch - batch.new_tensor(self.mean)[:, None, None]) / batch.new_tensor(self.std)[:, None, None]

    def describe(self) -> dict[str, Any]:
        """What it does, as JSON can hold it."""
        return {
            "fit": "bilinear, antialiased, shorter side to size, middle cut out",
            "size": [self.height, self.width],
            "mean": list(self.mean),
            "std": list(self.std),
        }


@final
@dataclass(frozen=True)
class PerImage(BatchPreprocess):
    """A transform that takes one image at a time, such as those of timm and torchvision.

    Parameters
    ----------
    transform : callable
        From one image to a float tensor (c, h, w), the same shape for every image.
    takes : "tensor" or "pil"
        What `transform` is given: a tensor (3, h, w), uint8 or float in 0..1, or a Pillow image. For Pillow, float
        images are rounded to 8 bits.

    Examples
    --------
    >>> PerImage(lambda image: image / 255.0)([torch.full((3, 2, 2), 255, dtype=torch.uint8)]).max()
    tensor(1.)
    """

    transform: Callable[[Any], Tensor]
    takes: Literal["tensor", "pil"] = "tensor"

    def __call__(self, images: Sequence[Shaped[Tensor, "3 _ _"]]) -> Float[Tensor, "batch c h w"]:
        """The batch made of these images."""
        return _stack([self._one(image) for image in images])

    def _one(self, image: Shaped[Tensor, "3 h w"]) -> Any:
        given: Any = image
        if self.takes == "pil":
            from torchvision.transforms.v2.functional import to_dtype, to_pil_image

            given = to_pil_image(to_dtype(image, torch.uint8, scale=True))
        try:
            return self.transform(given)
        except Exception as error:  # whatever a stranger's transform raises
            raise BadInput(
                f"the network's preprocessing failed on an image {tuple(image.shape)} of {image.dtype}, given as "
                f"{type(given).__name__} ({type(error).__name__}: {error}); if it wants Pillow images, "
                "return repscope.networks.PerImage(transform, takes='pil') in its place"
            ) from error

    def describe(self) -> dict[str, Any]:
        """What it does, as JSON can hold it."""
        return {
            "transform": " ".join(str(self.transform).split())
            if _says_itself(self.transform)
            else _name(self.transform)
        }


def fit(image: Shaped[Tensor, "3 h w"], height: int, width: int) -> Float[Tensor, "3 h2 w2"]:
    """The image with values in 0..1 and exactly `height` × `width` pixels: scaled to cover, the middle cut out.

    Image by image, so that its result does not depend on the batch it is in.

    Examples
    --------
    >>> fit(torch.zeros(3, 40, 80, dtype=torch.uint8), 32, 32).shape
    torch.Size([3, 32, 32])
    """
    scaled = image.float() / 255 if image.dtype == torch.uint8 else image.float()
    h, w = image.shape[-2:]
    if (h, w) == (height, width):
        return scaled
    factor = max(height / h, width / w)
    size = (max(height, round(h * factor)), max(width, round(w * factor)))
    scaled = interpolate(scaled[None], size=size, mode="bilinear", align_corners=False, antialias=True)[0]
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return scaled[:, top : top + height, left : left + width].contiguous()


def _stack(prepared: Sequence[Any]) -> Float[Tensor, "batch c h w"]:
    """One batch, if all are float tensors of one shape."""
    kinds = dict.fromkeys(
        f"{tuple(p.shape)} {p.dtype}" if isinstance(p, Tensor) else type(p).__name__ for p in prepared
    )
    first = prepared[0]
    if len(kinds) > 1 or not isinstance(first, Tensor) or first.ndim != 3 or not first.is_floating_point():
        raise BadInput(
            f"the network's preprocessing gave {' and '.join(list(kinds)[:3])}; "
            "expected a float tensor (channels, height, width) for each image, all of one shape"
        )
    return torch.stack(list(prepared))


def _says_itself(transform: object) -> bool:
    """Whether its text is a description and not an address in memory."""
    return type(transform).__repr__ is not object.__repr__ and " at 0x" not in repr(transform)


def _name(transform: object) -> str:
    return f"{getattr(transform, '__module__', '?')}.{getattr(transform, '__qualname__', type(transform).__name__)}"
