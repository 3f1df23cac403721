"""Half of the classes of a data set, as a data set of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from repscope.core.errors import BadInput
from repscope.data import DataSet, load_data

ADDRESS = f"{__name__}:half_of_classes"
"""As a data set's address: what processes of training are told."""

HALVES = ("A", "B")


def half_of_classes(data: str, data_settings: Mapping[str, Any], half: str, split: int) -> DataSet:
    """The images of one half of the classes, which are divided at random.

    Parameters
    ----------
    data : str
        Address.
    data_settings : mapping
    half : "A" or "B"
        A has one class more where they are odd in number.
    split : int
        Seed of the division.

    Raises
    ------
    BadInput
        If the data set has fewer than four classes, or no labels.

    Examples
    --------
    >>> first, second = (half_of_classes("glyphs", {"classes": "ABCDE", "per_class": 2}, half, 0) for half in HALVES)
    >>> first.class_names, second.class_names, second.labels.tolist()
    (('C', 'D', 'E'), ('A', 'B'), [0, 1, 0, 1])
    """
    base = load_data(data, **dict(data_settings))
    if base.labels is None or len(base.class_names) < 4:
        raise BadInput(
            f"the data set {data!r} has {len(base.class_names)} classes; expected four or more, to have two in each half"
        )
    order = np.random.default_rng(split).permutation(len(base.class_names))
    middle = -(-len(order) // 2)
    classes = np.sort(order[:middle] if half == HALVES[0] else order[middle:])
    rows = np.flatnonzero(np.isin(base.labels, classes))
    part = base.subset(rows)
    assert part.labels is not None
    return replace(
        part,
        name=f"{base.name}, classes {half}",
        labels=np.searchsorted(classes, part.labels),
        class_names=tuple(base.class_names[c] for c in classes),
        settings={"data": data, "data_settings": dict(data_settings), "half": half, "split": split},
    )
