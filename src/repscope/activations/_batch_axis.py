"""Where the images of a batch are in a module's output: most often the first axis, in sequence-first encoders the second.

Which axis has the images cannot be read off one output: a batch of 5 and 5 prototypes look the same. Batches of two sizes
go through the network; the axis that follows the number of images has them. An axis that is a multiple of it holds several
rows of each image (the windows of a picture, its patches), one image after the other or interleaved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    import torch

SIZES = (2, 3)
"""Images in the two batches that are compared."""


@final
@dataclass(frozen=True)
class BatchAxis:
    """Where the images are.

    Attributes
    ----------
    axis : int
        Of the output.
    parts : int
        Entries of this axis for each image.
    interleaved : bool
        Whether the axis counts through the images first: the first entry of every image, then the second of every image.
    """

    axis: int = 0
    parts: int = 1
    interleaved: bool = False

    def to_front(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """The output with the images in its first axis, and the entries of each in the second if there are several.

        One that does not have such an axis is returned as it is.

        Examples
        --------
        >>> import torch
        >>> BatchAxis(1).to_front(torch.zeros(7, 2, 16)).shape
        torch.Size([2, 7, 16])
        >>> BatchAxis(0, parts=3).to_front(torch.arange(6)).tolist()
        [[0, 1, 2], [3, 4, 5]]
        >>> BatchAxis(0, parts=3, interleaved=True).to_front(torch.arange(6)).tolist()
        [[0, 2, 4], [1, 3, 5]]
        """
        if self == BatchAxis() or tensor.ndim <= self.axis or tensor.shape[self.axis] % self.parts:
            return tensor
        front = tensor.movedim(self.axis, 0)
        if self.parts == 1:
            return front
        images, rest = front.shape[0] // self.parts, front.shape[1:]
        if self.interleaved:
            return front.reshape(self.parts, images, *rest).transpose(0, 1)
        return front.reshape(images, self.parts, *rest)

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"axis": self.axis, "parts": self.parts, "interleaved": self.interleaved}

    @staticmethod
    def from_dict(known: Mapping[str, Any]) -> "BatchAxis":
        """What `as_dict` wrote.

        >>> BatchAxis.from_dict(BatchAxis(1).as_dict())
        BatchAxis(axis=1, parts=1, interleaved=False)
        """
        return BatchAxis(int(known["axis"]), int(known["parts"]), bool(known["interleaved"]))


def batch_axis(two: Sequence[int], three: Sequence[int]) -> BatchAxis | str:
    """The axis that follows the number of images, from the shapes of an output for 2 and for 3; or why there is none.

    Examples
    --------
    >>> batch_axis((2, 8), (3, 8)), batch_axis((2, 2, 8), (2, 3, 8)), batch_axis((98, 8), (147, 8))
    (BatchAxis(axis=0, parts=1, interleaved=False), BatchAxis(axis=1, parts=1, interleaved=False),
     BatchAxis(axis=0, parts=49, interleaved=False))
    >>> batch_axis((5, 8), (5, 8))
    'it has the shape (5, 8) for two images and for three, so that no axis has the images'
    >>> batch_axis((2, 2), (3, 3))
    'several of its axes change with the number of images, (2, 2) for two and (3, 3) for three'
    """
    shapes = f"{tuple(two)} for two and {tuple(three)} for three"
    if tuple(two) == tuple(three):
        return f"it has the shape {tuple(two)} for two images and for three, so that no axis has the images"
    if len(two) != len(three):
        return f"the number of its axes changes with the number of images, {shapes}"
    differing = [axis for axis, sides in enumerate(zip(two, three, strict=True)) if sides[0] != sides[1]]
    if len(differing) > 1:
        return f"several of its axes change with the number of images, {shapes}"
    (axis,) = differing
    parts, rest = divmod(two[axis], SIZES[0])
    if rest or parts < 1 or three[axis] != parts * SIZES[1]:
        return f"no axis has the images and nothing else, {shapes}"
    if 0 in two:
        return f"it holds no numbers, {shapes}"
    return BatchAxis(axis, parts)


def is_interleaved(one: "torch.Tensor", swapped: "torch.Tensor", where: BatchAxis) -> bool | None:
    """How an axis counts through two images, from the outputs for them and for them in the other order; None if neither fits.

    Examples
    --------
    >>> import torch
    >>> is_interleaved(torch.tensor([1.0, 2, 5, 6]), torch.tensor([5.0, 6, 1, 2]), BatchAxis(0, 2))
    False
    >>> is_interleaved(torch.tensor([1.0, 5, 2, 6]), torch.tensor([5.0, 1, 6, 2]), BatchAxis(0, 2))
    True
    >>> is_interleaved(torch.ones(4), torch.ones(4), BatchAxis(0, 2)) is None
    True
    """
    fitting = []
    for interleaved in (False, True):
        way = BatchAxis(where.axis, where.parts, interleaved)
        a, b = (way.to_front(t).double() for t in (one, swapped))
        between = float((a[0] - a[1]).abs().max())
        if between > 0 and float((a - b.flip(0)).abs().max()) <= 1e-3 * between:
            fitting.append(interleaved)
    return fitting[0] if len(fitting) == 1 else None
