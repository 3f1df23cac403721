"""Which image of an identity is number 3: by the number in the file's name."""

import re
from pathlib import PurePosixPath

import numpy as np
from jaxtyping import Int

from repscope.data._dataset import DataSet
from repscope.data._pictures import picture_suffixes

Places = dict[tuple[str, int], tuple[int, ...]]
"""Rows of the images of an identity that have a number: one, or more where names leave it open."""


def numbered_images(data: DataSet) -> Places | None:
    """Rows by identity and by the number in the name; None where ids are no names of files of identities.

    The identity is the folder that the file lies in, and the class. A name has a number if, without the identity, it holds one,
    and no other.

    Examples
    --------
    >>> images = np.zeros((2, 4, 4, 3), np.uint8)
    >>> numbered_images(DataSet("mine", images, ("val/Ada/Ada_0007.jpg", "val/Ada/img10.jpg")))
    {('Ada', 7): (0,), ('Ada', 10): (1,)}
    >>> numbered_images(DataSet("drawn", images, ("g-000000-3", "g-000001-3"))) is None
    True
    """
    whose = _identities(data)
    names = [PurePosixPath(name) for name in data.ids]
    files = any("/" in name or PurePosixPath(name).suffix.lower() in picture_suffixes() for name in data.ids)
    if not files and not all(
        any(_without(name.name, one) is not None for one in who) for name, who in zip(names, whose, strict=True)
    ):
        return None
    places: dict[tuple[str, int], list[int]] = {}
    for row, (name, who) in enumerate(zip(names, whose, strict=True)):
        stem = name.stem if name.suffix.lower() in picture_suffixes() else name.name
        for one in who:
            if (number := number_in(stem, one)) is not None:
                places.setdefault((one, number), []).append(row)
    return {key: tuple(rows) for key, rows in places.items()}


def image_numbers(data: DataSet) -> Int[np.ndarray, " n"] | None:
    """The number of each image among those of its class, by names; None if one has none, or two have the same."""
    places = numbered_images(data)
    if places is None or data.labels is None:
        return None
    numbers = np.zeros(len(data), dtype=np.int64)
    for (who, number), rows in places.items():
        for row in rows:
            if data.class_names[data.labels[row]] == who:
                if len(rows) > 1:
                    return None
                numbers[row] = number
    return numbers if numbers.all() else None


def number_in(stem: str, identity: str) -> int | None:
    """The one number in a name, without the identity that it begins with.

    >>> number_in("p12_0003", "p12"), number_in("img10", "Ada"), number_in("2004-1", "Ada"), number_in("front", "Ada")
    (3, 10, None, None)
    """
    rest = _without(stem, identity)
    found = re.findall("[0-9]+", stem if rest is None else rest)
    return int(found[0]) if len(found) == 1 else None


def _without(stem: str, identity: str) -> str | None:
    """What follows the identity in a name that begins with it; None for another."""
    rest = stem[len(identity) :]
    return rest if stem.startswith(identity) and rest and not rest[0].isalnum() else None


def _identities(data: DataSet) -> list[tuple[str, ...]]:
    """Who is shown by each image: the folder that it lies in, and its class."""
    folders = [PurePosixPath(name).parent.name for name in data.ids]
    classes = [""] * len(data) if data.labels is None else [data.class_names[label] for label in data.labels]
    return [tuple(dict.fromkeys(one for one in both if one)) for both in zip(folders, classes, strict=True)]
