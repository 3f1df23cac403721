"""Any torch data set, made by a function of yours."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput, Mismatch
from repscope.core.functions import load_function
from repscope.data._dataset import DataSet
from repscope.data._pictures import to_rgb
from repscope.data._source import DataSource

_LOOKED_AT_TWICE = 8


@final
class Python(DataSource):
    """What a function returns: a torch data set whose items are images or pairs of image and label, or a `DataSet`.

    The function is addressed as PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION; settings are its arguments. Images are
    Pillow's, uint8 arrays (height, width[, channels]), uint8 tensors (channels, height, width) or float tensors with
    values from 0 to 1, before any normalisation, with one or three channels. Labels are whole numbers; they are read
    once, and an item that later comes with another label is an error, as is one that changes from reading to reading:
    an answer about sample 17 has to be about the same image every time. Names of samples come from the attribute
    ``ids`` of the data set, else they are the numbers of the items; names of classes from the attribute ``classes``.

    Examples
    --------
    >>> data = source.load("torchvision.datasets:FakeData", size=4, image_size=(3, 8, 8), num_classes=2)
    >>> data.ids, data.class_names, data.image(0).shape
    (('0', '1', '2', '3'), ('0', '1'), torch.Size([3, 8, 8]))
    """

    usage: ClassVar[str] = "PACKAGE.MODULE:FUNCTION"
    summary: ClassVar[str] = "any torch data set that a function of yours returns; FILE.py:FUNCTION too"

    def load(self, argument: str, **settings: Any) -> DataSet:
        """The data set; `argument` is the address of the function.

        Raises
        ------
        NotFound
            If there is no such function.
        BadInput
            If it returns something else, or items that are not as expected.
        """
        made = load_function(argument)(**settings)
        if isinstance(made, DataSet):
            return made
        images, labels = _read(argument, made)
        n = len(made)
        classes = 0 if labels is None else int(labels.max()) + 1
        return DataSet(
            name=argument,
            images=images,
            ids=tuple(map(str, getattr(made, "ids", range(n)))),
            labels=labels,
            class_names=tuple(map(str, getattr(made, "classes", range(classes)))) if classes else (),
            settings=settings,
        )


@final
@dataclass(frozen=True)
class _Items:
    """The images of a data set, each looked at for the label that it had before."""

    address: str
    items: Any
    labels: Int[np.ndarray, " n"] | None

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        image, label = _parts(self.address, index, self.items[index])
        if self.labels is not None and label != self.labels[index]:
            raise Mismatch(
                f"item {index} of {self.address!r} had the label {self.labels[index]} and now has {label}: the data set "
                "changes its order; return one that does not shuffle"
            )
        return _to_image(image)


def _read(address: str, made: Any) -> tuple[_Items, Int[np.ndarray, " n"] | None]:
    """The images, and the labels read once and in order."""
    import torch

    if isinstance(made, torch.utils.data.DataLoader):
        raise BadInput(f"{address!r} returned a DataLoader, which batches and may shuffle; return its data set instead")
    if not hasattr(made, "__getitem__") or not hasattr(made, "__len__") or isinstance(made, dict):
        raise BadInput(
            f"{address!r} returned a {type(made).__name__}, whose items cannot be read by number; expected a torch data "
            "set with __len__ and __getitem__, or a repscope DataSet"
        )
    if len(made) == 0:
        raise BadInput(f"{address!r} returned a data set without items; expected at least one")
    found = [_parts(address, i, made[i])[1] for i in range(len(made))]
    without = [i for i, label in enumerate(found) if label is None]
    if without and len(without) < len(found):
        raise BadInput(
            f"item {without[0]} of {address!r} has no label and others have; expected labels for all or for none"
        )
    labels = None if without else np.array(found, dtype=np.int64)
    images = _Items(address, made, labels)
    for index in np.unique(np.linspace(0, len(made) - 1, _LOOKED_AT_TWICE).astype(int)).tolist():
        if not np.array_equal(np.asarray(images[index]), np.asarray(images[index])):
            raise BadInput(
                f"item {index} of {address!r} is another image each time it is read; take random transformations out of "
                "the data set: every layer, and every network, has to see the same images"
            )
    return images, labels


def _parts(address: str, index: int, item: Any) -> tuple[Any, int | None]:
    """Image and label of an item."""
    if not isinstance(item, tuple | list):
        return item, None
    if len(item) != 2:
        raise BadInput(f"item {index} of {address!r} has {len(item)} parts; expected an image, or an image and a label")
    image, label = item
    number = label.item() if hasattr(label, "item") and np.size(np.asarray(label)) == 1 else label
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise BadInput(f"item {index} of {address!r} has the label {label!r}; expected a whole number")
    return image, number


def _to_image(image: Any) -> Any:
    """What `DataSet` takes: three channels, uint8 arrays with the channels last, tensors with the channels first."""
    import torch
    from PIL.Image import Image

    if isinstance(image, Image):
        return np.asarray(to_rgb(image))
    if isinstance(image, np.ndarray):
        grey = image[..., None] if image.ndim == 2 else image
        return np.repeat(grey, 3, axis=2) if grey.ndim == 3 and grey.shape[2] == 1 else grey
    if isinstance(image, torch.Tensor):
        planes = image[None] if image.ndim == 2 else image
        return planes.expand(3, -1, -1) if planes.ndim == 3 and planes.shape[0] == 1 else planes
    return image


source = Python()
