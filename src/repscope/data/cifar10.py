"""CIFAR-10 from its files, in the binary version or the Python version."""

from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.core.files import read_text
from repscope.data._dataset import DataSet
from repscope.data._pickled_arrays import as_text, read_pickled_dict
from repscope.data._planes import PlanarImages
from repscope.data._source import DataSource

_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE
_BATCHES = {**{f"data_batch_{i}": "train" for i in range(1, 6)}, "test_batch": "validation"}

_Batch = tuple[np.ndarray, np.ndarray]  # pixels and labels, before they are checked


@final
class Cifar10(DataSource):
    """CIFAR-10 (60,000 images of 32×32 pixels in ten classes) from the unpacked archive.

    DIR holds ``data_batch_1.bin`` and so on (the binary version), or ``data_batch_1`` and so on (the Python version,
    whose pickles are read without running them), or the folder that the archive unpacks to. The partition ``train``
    is the five data batches, ``validation`` the test batch. Images are named by their number in their partition,
    which is the same in both versions. Files are memory-mapped. There are no settings.

    References
    ----------
    Krizhevsky, A. (2009). Learning multiple layers of features from tiny images. Technical report, Toronto.

    Examples
    --------
    >>> source.load("/nowhere")
    Traceback (most recent call last):
    repscope.core.errors.NotFound: there is no CIFAR-10 in '/nowhere'; expected the files data_batch_1.bin and so on ...
    """

    usage: ClassVar[str] = "cifar10:DIR"
    summary: ClassVar[str] = "CIFAR-10 from its unpacked archive, binary or Python version"

    def load(self, argument: str, **settings: Any) -> DataSet:
        """The data set; `argument` is the folder.

        Raises
        ------
        BadInput
            If settings are given, or a file holds something else than a batch.
        NotFound
            If files are missing.
        Damaged
            If a file is truncated.
        """
        if settings:
            raise BadInput(f"'cifar10' has no settings, and {', '.join(sorted(settings))} came")
        folder, suffix = _locate(argument)
        names = _class_names(folder, suffix)
        images: list[np.ndarray] = []
        labels: list[np.ndarray] = []
        batch: list[np.ndarray] = []
        ids: list[str] = []
        parts: dict[str, list[int]] = {"train": [], "validation": []}
        for number, (stem, part) in enumerate(_BATCHES.items()):
            path = folder / (stem + suffix)
            pixels, classes = _read_binary(path) if suffix else _read_python(path)
            _check(path, pixels, classes, names)
            first = len(ids)
            ids += [f"{part}-{len(parts[part]) + i:05d}" for i in range(len(classes))]
            parts[part] += range(first, len(ids))
            if images and part == "train" and len(classes) != len(labels[0]):
                raise Damaged(
                    f"{path} holds {len(classes)} images and data_batch_1{suffix} {len(labels[0])}; expected equally many: "
                    "unpack the archive again"
                )
            images.append(pixels)
            labels.append(classes)
            batch.append(np.full(len(classes), number))
        return DataSet(
            name=f"cifar10:{argument}",
            images=PlanarImages(
                images, np.concatenate(batch), np.concatenate([np.arange(len(b)) for b in batch]), _SIDE
            ),
            ids=tuple(ids),
            labels=np.concatenate(labels),
            class_names=names,
            partitions={part: np.array(rows) for part, rows in parts.items()},
        )


def _locate(argument: str) -> tuple[Path, str]:
    """The folder that holds the batches, and the ending of their names."""
    root = Path(argument).expanduser()
    for folder in (root, root / "cifar-10-batches-bin", root / "cifar-10-batches-py"):
        for suffix in (".bin", ""):
            there = [stem for stem in _BATCHES if (folder / (stem + suffix)).is_file()]
            missing = [stem + suffix for stem in _BATCHES if stem not in there]
            if there and missing:
                raise NotFound(f"the CIFAR-10 in '{folder}' lacks {', '.join(missing)}; unpack the archive again")
            if there:
                return folder, suffix
    raise NotFound(
        f"there is no CIFAR-10 in {argument!r}; expected the files data_batch_1.bin and so on of the binary version, or "
        "data_batch_1 and so on of the Python version"
    )


def _class_names(folder: Path, suffix: str) -> tuple[str, ...]:
    path = folder / ("batches.meta.txt" if suffix else "batches.meta")
    if not path.is_file():
        raise NotFound(
            f"the CIFAR-10 in '{folder}' lacks {path.name}, which names the classes; unpack the archive again"
        )
    if suffix:
        return tuple(read_text(path).split())
    names = read_pickled_dict(path).get("label_names")
    if not isinstance(names, list):
        raise Damaged(f"{path} has no 'label_names'; unpack the archive again")
    return tuple(map(as_text, names))


def _read_binary(path: Path) -> _Batch:
    """A batch of records, each of one byte of label and then the pixels."""
    size = path.stat().st_size
    if size == 0 or size % (1 + _PIXELS):
        raise Damaged(
            f"{path} has {size:,} bytes, which are {size / (1 + _PIXELS):.2f} records of {1 + _PIXELS:,}; expected a "
            "whole number: it is truncated, unpack the archive again"
        )
    records = np.memmap(path, dtype=np.uint8, mode="r").reshape(-1, 1 + _PIXELS)
    return records[:, 1:], records[:, 0].astype(np.int64)


def _read_python(path: Path) -> _Batch:
    batch = read_pickled_dict(path)
    pixels, labels = batch.get("data"), batch.get("labels")
    if not isinstance(pixels, np.ndarray) or not isinstance(labels, list):
        raise Damaged(f"{path} has no 'data' and 'labels' (it has {sorted(batch)}); unpack the archive again")
    return pixels, np.array(labels)


def _check(path: Path, pixels: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> None:
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (_PIXELS,) or labels.shape != pixels.shape[:1]:
        raise Damaged(
            f"{path} has data of shape {pixels.shape} and type {pixels.dtype} and {labels.size} labels; expected bytes "
            f"of shape (n, {_PIXELS}) and n labels: unpack the archive again"
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(names):
        raise Damaged(
            f"{path} has labels that are no number from 0 to {len(names) - 1}, the classes in the meta file; "
            "unpack the archive again"
        )


source = Cifar10()
