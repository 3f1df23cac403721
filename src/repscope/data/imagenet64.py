"""ImageNet down-sampled to 64×64 pixels, from its batches."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Int, UInt8

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.core.files import read_lines
from repscope.data._dataset import DataSet
from repscope.data._pickled_arrays import read_pickled_dict
from repscope.data._planes import PlanarImages
from repscope.data._settings import whole
from repscope.data._source import DataSource

_SIDE = 64
_PIXELS = 3 * _SIDE * _SIDE
_CLASSES = 1000


@final
class Imagenet64(DataSource):
    """ImageNet (1.28 million images of a thousand classes) down-sampled to 64×64 pixels, from the unpacked batches.

    DIR holds ``train_data_batch_1`` to ``train_data_batch_10`` and ``val_data``, as pickles (read without running
    them, and memory-mapped: only images asked for are read) or as ``.npz`` (one batch at a time is in memory); either
    of the partitions ``train`` and ``validation`` may be missing. Images are named by their number in their partition,
    classes by their number from 1 to 1000 in the archive, or by their line in ``map_clsloc.txt`` if DIR has it.
    Settings:

    classes : int or sequence of int, optional
        Only these: the numbers of classes, or how many. All by default.
    seed : int, optional
        Draws as many classes as were asked for; without it they are the first.

    References
    ----------
    Chrabaszcz, P., Loshchilov, I. and Hutter, F. (2017). A downsampled variant of ImageNet as an alternative to the
    CIFAR datasets. arXiv:1707.08819.

    Examples
    --------
    >>> source.load("/nowhere")
    Traceback (most recent call last):
    repscope.core.errors.NotFound: there is no down-sampled ImageNet in '/nowhere'; expected the files ...
    """

    usage: ClassVar[str] = "imagenet64:DIR"
    summary: ClassVar[str] = "ImageNet down-sampled to 64×64, from its unpacked batches"

    def load(  # type: ignore[override]  # settings by name
        self, argument: str, *, classes: int | Sequence[int] | None = None, seed: int | None = None
    ) -> DataSet:
        """The data set; `argument` is the folder.

        Raises
        ------
        BadInput
            If a setting is out of its range, or a file holds something else than a batch.
        NotFound
            If files are missing.
        Damaged
            If a file is truncated.
        """
        chosen = _choose(classes, seed)
        position = np.full(_CLASSES + 1, -1)
        position[chosen] = np.arange(len(chosen))
        found = _locate(argument)
        held: dict[Path, np.ndarray] = {}
        batches = [_open(path, held) for path, _ in found]
        columns: list[tuple[np.ndarray, ...]] = []
        ids: list[str] = []
        parts: dict[str, np.ndarray] = {}
        before = {"train": 0, "validation": 0}
        for number, ((_, part), (_, labels)) in enumerate(zip(found, batches, strict=True)):
            rows = np.flatnonzero(position[labels] >= 0)
            fresh = np.arange(len(ids), len(ids) + len(rows))
            parts[part] = np.concatenate([parts[part], fresh]) if part in parts else fresh
            ids += [f"{part}-{before[part] + i:07d}" for i in rows.tolist()]
            before[part] += len(labels)
            columns.append((np.full(len(rows), number), rows, position[labels[rows]]))
        batch, row, label = (np.concatenate(column) for column in zip(*columns, strict=True))
        return DataSet(
            name=f"imagenet64:{argument}",
            images=PlanarImages([pixels for pixels, _ in batches], batch, row, _SIDE),
            ids=tuple(ids),
            labels=label,
            class_names=_class_names(Path(argument).expanduser(), chosen),
            partitions={part: rows for part, rows in parts.items() if len(rows)},
            settings={"classes": chosen.tolist()},
        )


def _choose(classes: int | Sequence[int] | None, seed: int | None) -> Int[np.ndarray, " m"]:
    """The numbers of the classes, from 1 on, in order."""
    if classes is None:
        return np.arange(1, _CLASSES + 1)
    if isinstance(classes, list | tuple | range | np.ndarray):
        return np.unique([whole("classes", c, 1, _CLASSES) for c in classes])
    count = whole("classes", classes, 1, _CLASSES)
    if seed is None:
        return np.arange(1, count + 1)
    return np.sort(np.random.default_rng(whole("seed", seed, 0, 2**32 - 1)).permutation(_CLASSES)[:count]) + 1


def _locate(argument: str) -> list[tuple[Path, str]]:
    """The files, in order, and the partition of each."""
    folder = Path(argument).expanduser()
    for suffix in ("", ".npz"):
        train = [folder / f"train_data_batch_{i}{suffix}" for i in range(1, 11)]
        validation = folder / f"val_data{suffix}"
        missing = [path.name for path in train if not path.is_file()]
        if missing and len(missing) < len(train):
            raise NotFound(f"the down-sampled ImageNet in {argument!r} lacks {', '.join(missing)}; unpack it again")
        found = [(path, "train") for path in train if not missing]
        found += [(validation, "validation")] if validation.is_file() else []
        if found:
            return found
    raise NotFound(
        f"there is no down-sampled ImageNet in {argument!r}; expected the files train_data_batch_1 to "
        "train_data_batch_10, val_data, or both, as pickles or as .npz"
    )


def _open(path: Path, held: dict[Path, np.ndarray]) -> tuple[Any, Int[np.ndarray, " n"]]:
    """A batch's pixels, read when asked for, and its labels."""
    if path.suffix == ".npz":
        labels = np.asarray(_npz_member(path, "labels"))
        pixels: Any = _NpzPixels(path, len(labels), held)
    else:
        content = read_pickled_dict(path)
        pixels, labels = content.get("data"), np.asarray(content.get("labels", ()))
        _check_pixels(path, pixels, len(labels))
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min() < 1 or labels.max() > _CLASSES:
        raise Damaged(f"{path} has labels that are no whole numbers from 1 to {_CLASSES}; unpack the archive again")
    return pixels, labels


def _check_pixels(path: Path, pixels: Any, count: int) -> None:
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape != (count, _PIXELS):
        what = f"{pixels.dtype} of shape {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise Damaged(
            f"{path} has as 'data' {what}, and {count} labels; expected bytes of shape (n, {_PIXELS}) and n labels: "
            "unpack the archive again"
        )


def _npz_member(path: Path, name: str) -> np.ndarray:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            member: np.ndarray = content[name]
            return member
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise Damaged(
            f"{path} cannot be read ({error}); it is truncated or damaged, unpack the archive again"
        ) from error


@final
@dataclass(frozen=True)
class _NpzPixels:
    """The pixels of a compressed batch; `held` is the memory that all share, with room for one."""

    path: Path
    count: int
    held: dict[Path, np.ndarray]

    def __getitem__(self, row: int) -> UInt8[np.ndarray, " d"]:
        if self.path not in self.held:
            self.held.clear()  # before the next is read
            pixels = _npz_member(self.path, "data")
            _check_pixels(self.path, pixels, self.count)
            self.held[self.path] = pixels
        planes: UInt8[np.ndarray, " d"] = self.held[self.path][row]
        return planes


def _class_names(folder: Path, chosen: Int[np.ndarray, " m"]) -> tuple[str, ...]:
    """Names from ``map_clsloc.txt`` (lines such as "n02119789 1 kit_fox"), or the numbers."""
    path = folder / "map_clsloc.txt"
    if not path.is_file():
        return tuple(str(number) for number in chosen)
    names = {}
    for line in read_lines(path):
        if len(words := line.split()) == 3 and words[1].isdecimal():
            names[int(words[1])] = words[2].replace("_", " ")
    if unnamed := [int(number) for number in chosen if int(number) not in names]:
        raise BadInput(
            f"{path} has no line for class {unnamed[0]}; expected one such as 'n02119789 1 kit_fox' for each"
        )
    return tuple(names[int(number)] for number in chosen)


source = Imagenet64()
