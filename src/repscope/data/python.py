"""Any torch data set, made by a function of yours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.digests import digest
from repscope.core.errors import BadInput, Mismatch, RepscopeError, nearest
from repscope.core.functions import load_function
from repscope.data._dataset import DataSet
from repscope.data._file_digests import digest_files
from repscope.data._pictures import to_rgb
from repscope.data._source import DataSource

_LOOKED_AT_TWICE = 32
_ENDLESS = 10**8

_DIGESTED = 1000
"""Images at most whose contents name the data set, where they are no files."""

MOST_CLASSES = 10_000_000
"""A label beyond is no number of a class, but an id or a time."""

FIELDS = ("image_field", "label_field")
"""Settings that say which fields of an item are meant, where items are dictionaries."""

IMAGES = ("image", "img", "pixel_values", "picture")
LABELS = ("label", "labels", "fine_label", "coarse_label", "target", "class")
"""Names of fields that need not be said."""


@final
class Python(DataSource):
    """What a function returns: a torch data set whose items are images or pairs of image and label, or a `DataSet`.

    The function is addressed as PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION; settings are its arguments. Items may also be
    dictionaries, as Hugging Face's data sets give them; where it is not plain which of their fields is the image and which the label,
    the settings ``image_field`` and ``label_field`` say it. Images are
    Pillow's, uint8 arrays (height, width[, channels]), uint8 tensors (channels, height, width) or float tensors with
    values from 0 to 1, before any normalisation, with one or three channels. Labels are whole numbers or texts; they are read
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
        fields = {name: settings[name] for name in FIELDS if name in settings}
        made = _call(argument, {name: value for name, value in settings.items() if name not in fields})
        if isinstance(made, DataSet):
            _refuse_random(argument, made.images)
            return made
        images, labels, names = _read(argument, made, fields)
        return DataSet(
            name=argument,
            images=images,
            ids=tuple(map(str, getattr(made, "ids", range(len(made))))),
            labels=labels,
            class_names=names,
            settings=settings,
        )


def _call(address: str, settings: Mapping[str, Any]) -> Any:
    """What the function returns when given the settings."""
    function = load_function(address)
    try:
        return function(**settings)
    except RepscopeError:
        raise
    except Exception as error:  # whatever a user's function raises
        if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
            raise  # a setting that the function does not have: the caller says so
        call = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        raise BadInput(f"{address}({call}) failed ({type(error).__name__}: {error})") from error


@final
@dataclass(frozen=True)
class _Items:
    """The images of a data set, each looked at for the label that it had before."""

    address: str
    items: Any
    labels: "tuple[int | str | None, ...]"
    fields: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.items)

    def contents(self, rows: "Int[np.ndarray, ' m']") -> list[str]:
        """Digests of the files that the items come from, where the data set lists them as torchvision's do; else of the images, of
        at most a thousand, evenly spread.
        """
        listed: Any = getattr(self.items, "samples", None)
        if _lists_files(listed, len(self.items)):
            return digest_files(Path(), [str(listed[row][0]) for row in rows.tolist()])
        some = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _DIGESTED)).astype(int))]
        arrays = (np.ascontiguousarray(np.asarray(self[row])) for row in some.tolist())
        return [digest([f"{array.dtype}:{array.shape}".encode(), array.data]) for array in arrays]

    def __getitem__(self, index: int) -> Any:
        image, label = _item(self.address, index, self.items, self.fields)
        if label != self.labels[index]:
            raise Mismatch(
                f"item {index} of {self.address!r} had the label {self.labels[index]} and now has {label}: the data set "
                "changes its order; return one that does not shuffle"
            )
        return _to_image(self.address, index, image)


def _lists_files(listed: Any, count: int) -> bool:
    """Whether this is a list of a file and a label for each item."""
    return (
        isinstance(listed, list)
        and len(listed) == count
        and all(
            isinstance(e, tuple) and len(e) == 2 and isinstance(e[0], str) and Path(e[0]).is_file() for e in listed[:3]
        )
    )


def _item(address: str, index: int, items: Any, fields: Mapping[str, str]) -> "tuple[Any, int | str | None]":
    """Image and label of an item, read from the data set."""
    try:
        item = items[index]
    except RepscopeError:
        raise
    except Exception as error:  # whatever a user's data set raises
        raise BadInput(f"item {index} of {address!r} cannot be read ({type(error).__name__}: {error})") from error
    return _parts(address, index, item, fields)


def _read(
    address: str, made: Any, fields: Mapping[str, str]
) -> tuple[_Items, Int[np.ndarray, " n"] | None, tuple[str, ...]]:
    """The images, and the labels read once and in order, with the names of the classes."""
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
    except Exception as error:  # whatever a user's data set raises
        raise BadInput(
            f"the length of what {address!r} returned cannot be asked for ({type(error).__name__}: {error})"
        ) from error
    if n > _ENDLESS:
        raise BadInput(
            f"{address!r} returned a data set of {n:,} items; expected one with an end, at most {_ENDLESS:,}"
        )
    if n == 0:
        raise BadInput(f"{address!r} returned a data set without items; expected at least one")
    found = [_item(address, i, made, fields)[1] for i in range(len(made))]
    without = [i for i, label in enumerate(found) if label is None]
    if without and len(without) < len(found):
        raise BadInput(
            f"item {without[0]} of {address!r} has no label and others have; expected labels for all or for none"
        )
    labels, names = (None, ()) if without else _classes(address, made, found, fields)
    images = _Items(address, made, tuple(found), fields)
    _refuse_random(address, images)
    return images, labels, names


def _refuse_random(address: str, images: Any) -> None:
    """Ask some images twice."""
    for index in np.unique(np.linspace(0, len(images) - 1, _LOOKED_AT_TWICE).astype(int)).tolist():
        first, second = (np.asarray(images[index]) for _ in range(2))
        if first.shape == second.shape and np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
            continue
        how = (
            f"by up to {np.abs(first.astype(np.float64) - second.astype(np.float64)).max():.3g}"
            if first.shape == second.shape
            else f"in their shapes, {first.shape} and {second.shape}"
        )
        raise BadInput(
            f"item {index} of {address!r} is another image each time it is read; take random transformations out of "
            f"the data set: every layer, and every network, has to see the same images (two readings differ {how})"
        )


def _classes(
    address: str, made: Any, found: Sequence[Any], fields: Mapping[str, str]
) -> tuple[Int[np.ndarray, " n"], tuple[str, ...]]:
    """Numbers and names of the classes: numbers as they are, texts in the order of the alphabet or of the data set's `classes`."""
    kinds = {isinstance(label, str) for label in found}
    if len(kinds) > 1:
        odd = next(i for i, label in enumerate(found) if isinstance(label, str) != isinstance(found[0], str))
        raise BadInput(
            f"item {odd} of {address!r} has the label {found[odd]!r} and the first has {found[0]!r}; expected whole numbers for all, or "
            "texts for all"
        )
    named = getattr(made, "classes", None) or _features(made, fields)
    if kinds == {False}:
        far = next((i for i, label in enumerate(found) if abs(label) > MOST_CLASSES), None)
        if far is not None:
            raise BadInput(
                f"item {far} of {address!r} has the label {found[far]}; expected the number of a class, from 0 to the number of classes less one"
            )
        numbers = np.array(found, dtype=np.int64)
        return numbers, tuple(map(str, named if named is not None else range(int(numbers.max()) + 1)))
    names = tuple(sorted(set(found))) if named is None else tuple(map(str, named))
    missing = sorted(set(found) - set(names))
    if missing:
        raise BadInput(
            f"{address!r} has the label {missing[0]!r}, which is not among its classes {', '.join(names[:5])}"
        )
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[label] for label in found], dtype=np.int64), names


def _features(made: Any, fields: Mapping[str, str]) -> Sequence[str] | None:
    """Names of the classes as Hugging Face's data sets have them."""
    features = getattr(made, "features", None)
    if not isinstance(features, Mapping):
        return None
    known = [fields["label_field"]] if "label_field" in fields else [name for name in LABELS if name in features]
    names = getattr(features.get(known[0]), "names", None) if len(known) == 1 else None
    return None if names is None else list(names)


def _field(
    address: str, index: int, item: Mapping[str, Any], given: str | None, usual: Sequence[str], what: str
) -> str | None:
    """The field of an item that holds the image, or the label."""
    names = [str(name) for name in item]
    if given is not None:
        if given not in item:
            raise BadInput(
                f"item {index} of {address!r} has no field {given!r} for the {what}; {nearest(given, names)}"
            )
        return given
    found = [name for name in usual if name in item]
    if len(found) > 1:
        raise BadInput(
            f"item {index} of {address!r} has the fields {', '.join(names[:8])}, and {' and '.join(found)} may be the {what}; say which: "
            f"--data-set {what}_field={found[0]}"
        )
    return found[0] if found else None


def _from_mapping(address: str, index: int, item: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[Any, Any]:
    """Image and label of an item with named fields."""
    image = _field(address, index, item, fields.get("image_field"), IMAGES, "image")
    if image is None:
        raise BadInput(
            f"item {index} of {address!r} has the fields {', '.join(map(str, list(item)[:8]))}; expected one called {', '.join(IMAGES)}, or say which "
            "is the image: --data-set image_field=NAME"
        )
    label = _field(address, index, item, fields.get("label_field"), LABELS, "label")
    return item[image], None if label is None else item[label]


def _parts(address: str, index: int, item: Any, fields: Mapping[str, str]) -> "tuple[Any, int | str | None]":
    """Image and label of an item."""
    if isinstance(item, Mapping):
        item = _from_mapping(address, index, item, fields)
    if not isinstance(item, tuple | list):
        return item, None
    if len(item) != 2:
        raise BadInput(f"item {index} of {address!r} has {len(item)} parts; expected an image, or an image and a label")
    image, label = item
    number = label.item() if hasattr(label, "item") and np.size(np.asarray(label)) == 1 else label
    if isinstance(number, np.str_):
        number = str(number)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int | str)):
        raise BadInput(f"item {index} of {address!r} has the label {label!r}; expected a whole number or a text")
    return image, number


def _to_image(address: str, index: int, image: Any) -> Any:
    """What `DataSet` takes: three channels, uint8 arrays with the channels last, float tensors with the channels first."""
    import torch
    from PIL.Image import Image, fromarray

    if isinstance(image, Image):
        return np.asarray(to_rgb(image))
    if not isinstance(image, np.ndarray | torch.Tensor) or image.ndim not in (2, 3):
        return image
    array = np.asarray(image.detach().cpu()) if isinstance(image, torch.Tensor) else image
    if array.ndim == 2:
        array = array[..., None]
    first, last = array.shape[0] in (1, 3), array.shape[2] in (1, 3, 4)
    if first and last and image.ndim == 3:
        raise BadInput(
            f"item {index} of {address!r} has the shape {tuple(image.shape)}, where the first or the last number can be that of the "
            "channels; return a Pillow image"
        )
    if first and image.ndim == 3:
        array = array.transpose(1, 2, 0)
    if array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    if array.shape[2] == 4 and array.dtype == np.uint8:
        array = np.asarray(to_rgb(fromarray(np.ascontiguousarray(array))))
    if array.dtype.kind == "f" and array.shape[2] == 3:
        return torch.from_numpy(np.ascontiguousarray(array)).permute(2, 0, 1)
    return array


source = Python()
