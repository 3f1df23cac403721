"""A data set and, as one class more, patterns in which nothing is to be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import UInt8

from repscope.core.errors import BadInput
from repscope.core.files import read_tensors
from repscope.data import DataSet, load_data
from repscope.data._dataset import Images

ADDRESS = f"{__name__}:with_patterns"
"""As a data set's address: what processes of training are told."""

PATTERNS = "patterns"
"""The name of the class."""


def with_patterns(data: str, data_settings: Mapping[str, Any], patterns: Sequence[str]) -> DataSet:
    """The images of `data`, then those of the files; every second pattern is for validation.

    Parameters
    ----------
    data : str
        Address.
    data_settings : mapping
    patterns : sequence of str
        Files that hold ``images``, (m, height, width, 3), uint8.

    Raises
    ------
    BadInput
        If the data set has no labels.
    Damaged
        If a file was changed after it was written.
    """
    base = load_data(data, **dict(data_settings))
    if base.labels is None:
        raise BadInput(f"the data set {data!r} has no labels; patterns can be a class beside other classes only")
    drawn = np.concatenate([read_tensors(Path(name))[0]["images"].numpy() for name in patterns])
    n, rows = len(base), len(base) + np.arange(len(drawn))
    added = {"train": rows[::2], "validation": rows[1::2]}
    parts = {name: np.concatenate([known, added.get(name, rows[:0])]) for name, known in base.partitions.items()}
    return DataSet(
        f"{base.name} and {PATTERNS}",
        _Beside(base.images, drawn),
        (*base.ids, *(f"pattern {row - n}" for row in rows)),
        np.concatenate([base.labels, np.full(len(drawn), len(base.class_names))]),
        (*base.class_names, PATTERNS),
        parts,
        {"data": data, "data_settings": dict(data_settings), "patterns": len(drawn)},
    )


@final
@dataclass(frozen=True, eq=False)
class _Beside:
    """Two sources of images, one after the other."""

    first: Images
    second: UInt8[np.ndarray, "m h w 3"]

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def __getitem__(self, index: int) -> Any:
        return self.first[index] if index < len(self.first) else self.second[index - len(self.first)]
