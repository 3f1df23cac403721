"""Items of a torch data set: which part is the image, which the label; images of every layout as `DataSet` takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.data._pictures import to_rgb

IMAGES = ("image", "img", "pixel_values", "picture", "images")
LABELS = ("label", "labels", "target", "class", "fine_label", "coarse_label", "y")
"""What fields of items are called that hold the image, and the label."""

_NUMBERS_OF_SOMETHING_ELSE = {"id", "idx", "index", "image_id", "width", "height"}


@final
@dataclass(frozen=True)
class Fields:
    """Which fields of an item hold what, for items that are mappings.

    Attributes
    ----------
    image : str or None
        None where items are not mappings.
    label : str or None
        None where there is no label.
    """

    image: str | None = None
    label: str | None = None


def fields_of(address: str, item: Any, image: str | None = None, label: str | None = None) -> Fields:
    """The fields of the image and the label, as asked for or by their usual names.

    Parameters
    ----------
    address : str
        Of the data set, for messages.
    item : any
        The first item.
    image, label : str, optional
        Names of fields; an empty `label` is none.

    Raises
    ------
    NotFound
        If there is no field called so.
    BadInput
        If items have no fields, or more than one could be meant.

    Examples
    --------
    >>> fields_of("mine", {"img": np.zeros((8, 8, 3), np.uint8), "fine_label": 3})
    Fields(image='img', label='fine_label')
    """
    if not isinstance(item, Mapping):
        if image is not None or label is not None:
            raise BadInput(
                f"the items of {address!r} are {type(item).__name__}, without fields; leave out image = {image!r} and label = {label!r}"
            )
        return Fields()
    names = [str(name) for name in item]
    for wanted in (image, label):
        if wanted and wanted not in names:
            raise NotFound(f"the items of {address!r} have no field {wanted!r}; {nearest(wanted, names)}")
    if image is None:
        usual = [name for name in names if name in IMAGES] or [name for name in names if _is_image(item[name])]
        image = _only(address, names, usual, "image")
    if label is None:
        usual = [name for name in names if name in LABELS] or [
            name for name in names if _is_whole(item[name]) and name not in _NUMBERS_OF_SOMETHING_ELSE
        ]
        if len(usual) > 1 or (usual and usual[0] not in LABELS):
            raise BadInput(
                f"the items of {address!r} have the fields {', '.join(names)}, and {' or '.join(usual)} could be the label; say which is by "
                "the setting label=…, or label='' if none is"
            )
        label = usual[0] if usual else None
    return Fields(image, label or None)


def parts_of(address: str, index: int, item: Any, fields: Fields) -> tuple[Any, Any]:
    """Image and label of an item; no label is None.

    Raises
    ------
    BadInput
        If the item is not as the first one.
    """
    if fields.image is not None:
        if not isinstance(item, Mapping) or not {fields.image, fields.label or fields.image} <= set(item):
            raise BadInput(
                f"item {index} of {address!r} lacks {fields.image!r}" + (f" or {fields.label!r}" if fields.label else "")
                + ", which the first item has; expected the same fields in all"
            )  # fmt: skip
        return item[fields.image], None if fields.label is None else item[fields.label]
    if isinstance(item, Mapping):
        raise BadInput(f"item {index} of {address!r} has fields, and the first item has none; expected one form")
    if not isinstance(item, tuple | list):
        return item, None
    if len(item) != 2:
        raise BadInput(f"item {index} of {address!r} has {len(item)} parts; expected an image, or an image and a label")
    return item[0], item[1]


def label_number(address: str, index: int, label: Any, classes: Sequence[str]) -> int | None:
    """A label as a whole number: it is one, or the name of a class.

    Raises
    ------
    BadInput
        If it is neither.
    """
    number = label.item() if hasattr(label, "item") and np.size(_on_the_cpu(label)) == 1 else label
    if isinstance(number, str) and number in classes:
        return list(classes).index(number)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise BadInput(
            f"item {index} of {address!r} has the label {label!r}; expected a whole number"
            + (
                ", or the name of a class that the attribute 'classes' of the data set lists"
                if isinstance(number, str)
                else ""
            )
            + (": the number of the class, such as label.argmax()" if np.size(_on_the_cpu(label)) > 1 else "")
        )
    return number


def to_image(address: str, index: int, image: Any) -> Any:
    """What `DataSet` takes: three channels, uint8 arrays with the channels last, tensors with the channels first.

    Raises
    ------
    BadInput
        If the layout can be read in two ways.
    """
    import torch
    from PIL.Image import Image, fromarray

    if isinstance(image, Image):
        return np.asarray(to_rgb(image))
    if not isinstance(image, np.ndarray | torch.Tensor):
        return image
    array = _on_the_cpu(image)
    if array.ndim == 2:
        array = array[..., None]
    elif array.ndim == 3:
        first, last = array.shape[0] in (1, 3), array.shape[2] in (1, 3, 4)
        if first and last:
            raise BadInput(
                f"item {index} of {address!r} has the shape {tuple(image.shape)}, where the first or the last numbers can be the channels; "
                "return a Pillow image, or images larger than three pixels"
            )
        if first:
            array = array.transpose(1, 2, 0)
    else:
        return image
    if array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    if array.shape[2] == 4 and array.dtype == np.uint8:
        array = np.asarray(to_rgb(fromarray(np.ascontiguousarray(array))))
    if array.dtype.kind == "f" and array.shape[2] == 3:
        return torch.from_numpy(np.ascontiguousarray(array)).permute(2, 0, 1)
    return array


def difference(one: Any, other: Any) -> str | None:
    """How two readings of an image differ, in words; None if they do not.

    >>> difference(np.zeros((2, 2, 3)), np.zeros((2, 2, 3))), difference(np.zeros((2, 2, 3)), np.full((2, 2, 3), 7))
    (None, 'by up to 7')
    """
    first, second = np.asarray(_on_the_cpu(one)), np.asarray(_on_the_cpu(other))
    if first.shape != second.shape:
        return f"once of shape {first.shape}, once {second.shape}"
    if np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
        return None
    return f"by up to {np.abs(first.astype(np.float64) - second.astype(np.float64)).max():.3g}"


def _on_the_cpu(value: Any) -> Any:
    return np.asarray(value.detach().cpu()) if hasattr(value, "detach") else np.asarray(value)


def _is_image(value: Any) -> bool:
    from PIL.Image import Image

    return isinstance(value, Image) or (getattr(value, "ndim", 0) in (2, 3) and hasattr(value, "dtype"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _only(address: str, names: Sequence[str], usual: Sequence[str], what: str) -> str:
    if len(usual) != 1:
        raise BadInput(
            f"the items of {address!r} have the fields {', '.join(names)}, and "
            + (f"{' or '.join(usual)} could be the {what}" if usual else f"none is an {what} by its name or contents")
            + f"; say which is by the setting {what}=…"
        )
    return usual[0]
