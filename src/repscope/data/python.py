"""Any torch data set, made by a function of yours."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput, Mismatch, RepscopeError, in_words
from repscope.core.functions import load_function
from repscope.data._dataset import DataSet, Images
from repscope.data._items import Fields, difference, fields_of, label_number, parts_of, to_image
from repscope.data._source import DataSource

_LOOKED_AT_TWICE = 32
_ENDLESS = 10**8


@final
class Python(DataSource):
    """What a function returns: a torch data set whose items are images or pairs of image and label, or a `DataSet`.

    The function is addressed as PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION; settings are its arguments. Images are
    Pillow's, uint8 arrays or tensors of shape (height, width[, channels]) or (channels, height, width), or float ones with
    values from 0 to 1, before any normalisation, with one or three channels (or four of uint8, the last one opaque). Labels are
    whole numbers, or names of classes; they are read once, and an item that later comes with another label is an error, as is
    one that changes from reading to reading: an answer about sample 17 has to be about the same image every time. Names of
    samples come from the attribute ``ids`` of the data set, else they are the numbers of the items; names of classes from the
    attribute ``classes``, or from Hugging Face's ``features``. Settings beside the function's arguments, for items that are
    mappings, such as ``{"image": …, "label": …}``:

    image, label : str
        The fields of the image and the label. Not needed where one field has a usual name (``image``, ``img``,
        ``pixel_values``; ``label``, ``labels``, ``target``, ``fine_label``); an empty ``label`` is none.

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
            If there is no such function, or no such field.
        BadInput
            If it fails, returns something else, or items that are not as expected.
        """
        function = load_function(argument)
        fields, arguments = _divided(function, settings)
        made = _called(argument, function, arguments)
        if isinstance(made, DataSet):
            if fields:
                raise BadInput(
                    f"{argument!r} returned a repscope DataSet, whose items have no fields; leave out {', '.join(sorted(fields))}"
                )
            _refuse_random(argument, made.images)
            return made
        images, labels, classes = _read(argument, made, fields)
        names = classes if classes or labels is None else tuple(map(str, range(int(labels.max()) + 1)))
        return DataSet(
            name=argument,
            images=images,
            ids=tuple(map(str, getattr(made, "ids", range(len(images))))),
            labels=labels,
            class_names=() if labels is None else names,
            settings=settings,
        )


@final
@dataclass(frozen=True)
class _Items:
    """The images of a data set, each looked at for the label that it had before."""

    address: str
    items: Any
    fields: Fields
    classes: tuple[str, ...]
    labels: Int[np.ndarray, " n"] | None

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        image, given = parts_of(self.address, index, _item(self.address, self.items, index), self.fields)
        if self.labels is not None:
            label = label_number(self.address, index, given, self.classes)
            if label != self.labels[index]:
                raise Mismatch(
                    f"item {index} of {self.address!r} had the label {self.labels[index]} and now has {label}: the data set "
                    "changes its order; return one that does not shuffle"
                )
        return to_image(self.address, index, image)


def _divided(function: Callable[..., Any], settings: Mapping[str, Any]) -> tuple[dict[str, str | None], dict[str, Any]]:
    """Settings that name fields of items, and arguments of the function; what the function takes itself is its own."""
    try:
        own = set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # written in C
        own = set()
    fields = {name: value for name, value in settings.items() if name in ("image", "label") and name not in own}
    for name, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise BadInput(f"the setting {name} is {value!r}; expected the name of a field of the items")
    if "label" in fields:
        fields["label"] = fields["label"] or ""
    return fields, {name: value for name, value in settings.items() if name not in fields}


def _called(address: str, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """What the function returns; its errors become a sentence."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        signature = None
    if signature is not None:
        try:
            signature.bind(**arguments)
        except TypeError as error:
            if "unexpected keyword argument" in str(error):
                raise  # `load_data` says that there is no such setting
            raise BadInput(
                f"the function {address!r} cannot be called with the settings {sorted(arguments)}: {error}; give what is missing"
            ) from error
    try:
        return function(**arguments)
    except RepscopeError:
        raise
    except Exception as error:  # it is a user's
        raise BadInput(
            f"the function {address!r} failed with {in_words(error)}; expected it to return a data set"
        ) from error


def _item(address: str, items: Any, index: int) -> Any:
    """One item; errors of the data set become a sentence."""
    try:
        return items[index]
    except RepscopeError:
        raise
    except Exception as error:  # it is a user's
        raise BadInput(
            f"item {index} of {address!r} cannot be read ({in_words(error)}); mend the data set, or leave this item out of it"
        ) from error


def _read(
    address: str, made: Any, wanted: Mapping[str, str | None]
) -> tuple[_Items, Int[np.ndarray, " n"] | None, tuple[str, ...]]:
    """The images, the labels read once and in order, and the names of the classes."""
    n = _length(address, made)
    fields = fields_of(address, _item(address, made, 0), wanted.get("image"), wanted.get("label"))
    classes = _class_names(made, fields)
    found = [
        label_number(address, i, parts_of(address, i, _item(address, made, i), fields)[1], classes) for i in range(n)
    ]
    without = [i for i, label in enumerate(found) if label is None]
    if without and len(without) < len(found):
        raise BadInput(
            f"item {without[0]} of {address!r} has no label and others have; expected labels for all or for none"
        )
    labels = None if without else np.array(found, dtype=np.int64)
    images = _Items(address, made, fields, classes, labels)
    _refuse_random(address, images)
    return images, labels, classes


def _length(address: str, made: Any) -> int:
    """How many items a data set has that can be read by number."""
    import torch

    if isinstance(made, torch.utils.data.DataLoader):
        raise BadInput(f"{address!r} returned a DataLoader, which batches and may shuffle; return its data set instead")
    endless = isinstance(made, torch.utils.data.IterableDataset)
    if endless or not hasattr(made, "__getitem__") or not hasattr(made, "__len__") or isinstance(made, dict):
        raise BadInput(
            f"{address!r} returned a {type(made).__name__}, whose items cannot be read by number; expected a torch data "
            "set with __len__ and __getitem__, or a repscope DataSet"
        )
    try:
        n = len(made)
    except Exception as error:  # it is a user's
        raise BadInput(
            f"the length of what {address!r} returned cannot be asked for ({in_words(error)}); expected a data set with an end"
        ) from error
    if n == 0:
        raise BadInput(f"{address!r} returned a data set without items; expected at least one")
    if n > _ENDLESS:
        raise BadInput(
            f"{address!r} returned a data set of {n:,} items; expected one with an end, at most {_ENDLESS:,}"
        )
    return n


def _class_names(made: Any, fields: Fields) -> tuple[str, ...]:
    """Names of the classes: the attribute ``classes``, or those that Hugging Face notes with the field of the label."""
    if (names := getattr(made, "classes", None)) is not None:
        return tuple(map(str, names))
    features = getattr(made, "features", None)
    feature = features.get(fields.label) if isinstance(features, Mapping) and fields.label else None
    return tuple(map(str, getattr(feature, "names", None) or ()))


def _refuse_random(address: str, images: Images | Sequence[Any]) -> None:
    """Ask some images twice."""
    for index in np.unique(np.linspace(0, len(images) - 1, _LOOKED_AT_TWICE).astype(int)).tolist():
        differ = difference(_item(address, images, index), _item(address, images, index))
        if differ is not None:
            raise BadInput(
                f"item {index} of {address!r} is another image each time it is read; take random transformations out of "
                f"the data set: every layer, and every network, has to see the same images (two readings differ, {differ})"
            )


source = Python()
