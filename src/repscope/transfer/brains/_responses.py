"""Recorded responses: neurons to images, each image shown several times."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.core.files import replacing

RESPONSES, IDS, NEURONS = "responses", "ids", "neurons"


@final
@dataclass(frozen=True, eq=False)
class Responses:
    """What neurons answered, presentation by presentation.

    Parameters
    ----------
    values : (presentations, images, neurons) float64
        Such as spikes per second; NaN where a trial is missing.
    ids : tuple of str
        One unique id per image.
    neurons : tuple of str
        One name per neuron.

    Raises
    ------
    BadInput
        If shapes disagree, ids repeat, values are infinite, or an image was never shown to a neuron.

    Examples
    --------
    >>> found = Responses.of([[[1.0], [2.0]], [[3.0], [np.nan]]])
    >>> found.mean.tolist(), found.trials.tolist()
    ([[2.0], [2.0]], [[2], [1]])
    """

    values: Float[np.ndarray, "t n m"]
    ids: tuple[str, ...]
    neurons: tuple[str, ...]

    def __post_init__(self) -> None:
        shape = self.values.shape
        if shape[1:] != (len(self.ids), len(self.neurons)):
            raise BadInput(
                f"responses of shape {shape} came with {len(self.ids)} ids and {len(self.neurons)} neurons; expected "
                "(presentations, images, neurons)"
            )
        if len(set(self.ids)) != len(self.ids):
            raise BadInput(
                f"the ids of the responses repeat: {len(self.ids)} are {len(set(self.ids))} different ones; put presentations of one "
                "image along the first axis"
            )
        if np.isinf(self.values).any():
            raise BadInput(
                "the responses hold infinite numbers; expected finite ones, and NaN where a trial is missing"
            )
        never = np.argwhere(self.trials == 0)
        if len(never):
            image, neuron = never[0].tolist()
            raise BadInput(
                f"{len(never)} times a neuron has no trial of an image, such as {self.neurons[neuron]!r} of {self.ids[image]!r}; leave "
                "out that image or that neuron"
            )

    @staticmethod
    def of(values: Any, ids: Sequence[str] | None = None, neurons: Sequence[str] | None = None) -> "Responses":
        """Responses from an array; of (images, neurons), each image was shown once.

        Raises
        ------
        BadInput
            If it is not an array of two or three axes.
        """
        array = np.asarray(values)
        if array.ndim not in (2, 3) or not array.size or array.dtype.kind not in "fiu":
            raise BadInput(
                f"responses are {array.dtype} of shape {array.shape}; expected numbers (presentations, images, neurons), or (images, "
                "neurons) where each was shown once"
            )
        array = array.astype(np.float64).reshape((1, *array.shape) if array.ndim == 2 else array.shape)
        _, n, m = array.shape
        named = tuple(map(str, range(n) if ids is None else ids))
        return Responses(array, named, tuple(map(str, range(m) if neurons is None else neurons)))

    @property
    def trials(self) -> Int[np.ndarray, "n m"]:
        """How often each image was shown to each neuron."""
        return np.asarray((~np.isnan(self.values)).sum(axis=0), dtype=np.int64)

    @property
    def mean(self) -> Float[np.ndarray, "n m"]:
        """Means over presentations."""
        mean: Float[np.ndarray, "n m"] = np.nansum(self.values, axis=0) / self.trials
        return mean

    @property
    def noise(self) -> Float[np.ndarray, " m"]:
        """The variance of single trials about their image's mean, pooled over images; NaN where none was shown twice."""
        squares = np.nansum((self.values - self.mean) ** 2, axis=(0, 1))
        freedom = (self.trials - 1).sum(axis=0)
        with np.errstate(invalid="ignore"):
            variance: Float[np.ndarray, " m"] = np.where(freedom > 0, squares / np.maximum(freedom, 1), np.nan)
        return variance

    def at(self, ids: Sequence[str]) -> "Responses":
        """Those to some images, in their order.

        Raises
        ------
        Mismatch
            If an image was never shown.
        """
        place = {name: row for row, name in enumerate(self.ids)}
        strange = [name for name in ids if name not in place]
        if strange:
            raise Mismatch(
                f"{len(strange)} of {len(ids)} images are not among the {len(self.ids)} that were shown, such as {strange[0]!r}"
            )
        rows = np.array([place[name] for name in ids], dtype=np.int64)
        return Responses(self.values[:, rows], tuple(ids), self.neurons)

    def save(self, path: str | Path) -> Path:
        """Write a file that `read_responses` reads, whole or not at all."""
        target = Path(path)
        with replacing(target) as draft, draft.open("wb") as file:
            np.savez_compressed(file, responses=self.values, ids=np.array(self.ids), neurons=np.array(self.neurons))
        return target


def read_responses(path: str | Path) -> Responses:
    """Read a file ``.npz`` with recorded responses.

    It holds ``responses``, (presentations, images, neurons) or (images, neurons), NaN where a trial is missing; ``ids``, one text
    for each image, the ids of a data set; and, if they have names, ``neurons``. ``np.savez("file.npz", responses=…, ids=…)`` makes
    one. Objects are not read, for that would run what is in the file.

    Raises
    ------
    NotFound
        If there is no such file.
    Damaged
        If it is not such a file.
    BadInput
        If an array is missing, or they do not fit each other.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Responses.of([[1.0, 2.0]], ["a"]).save(pathlib.Path(folder, "v4.npz"))
    ...     read_responses(path).ids
    ('a',)
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise NotFound(f"there is no file {str(path)!r}; expected recorded responses as .npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise Damaged(f"{path} cannot be read as .npz without objects ({error}); write it with np.savez") from error
    missing = [name for name in (RESPONSES, IDS) if name not in arrays]
    if missing:
        raise BadInput(
            f"{path} holds {', '.join(sorted(arrays)) or 'nothing'}; expected 'responses' (presentations, images, neurons) and 'ids', and "
            "perhaps 'neurons'"
        )
    names = arrays.get(NEURONS)
    return Responses.of(arrays[RESPONSES], arrays[IDS].tolist(), None if names is None else names.tolist())
