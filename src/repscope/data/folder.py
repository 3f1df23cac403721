"""A folder of images: with a folder per class, or flat."""

import os
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, final

import numpy as np

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.data._dataset import DataSet
from repscope.data._pictures import UNREADABLE, Pictures, found_pictures, is_name, picture_suffixes
from repscope.data._settings import flag
from repscope.data._source import DataSource

_PARTITIONS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}


@final
class Folder(DataSource):
    """Images in any format that Pillow reads, each named by its path below the folder.

    ``DIR/cat/1.png`` is an image of the class ``cat``; ``DIR/1.png`` has no label. Where the folders in DIR are
    called ``train``, ``val`` or ``validation``, and ``test``, they are partitions, and each holds folders of
    classes, or images. Files that are no pictures by their ending, and hidden ones, are passed over. Settings:

    skip_broken : bool, default False
        Read every image first and leave out those that cannot be read; the setting ``skipped`` of the data set
        lists them. Without it a broken image is an error when its turn comes.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat/1.png", "dog/1.png", "dog/2.png"):
    ...         path = pathlib.Path(folder, name)
    ...         path.parent.mkdir(exist_ok=True)
    ...         Image.new("L", (8, 8)).save(path)
    ...     data = source.load(folder)
    >>> data.ids, data.class_names, data.labels.tolist()
    (('cat/1.png', 'dog/1.png', 'dog/2.png'), ('cat', 'dog'), [0, 1, 1])
    """

    usage: ClassVar[str] = "folder:DIR"
    summary: ClassVar[str] = "your own images: a folder per class, or flat; train, val and test where there are such"

    def load(self, argument: str, *, skip_broken: bool = False) -> DataSet:  # type: ignore[override]  # by name
        """The data set; `argument` is the folder.

        Raises
        ------
        NotFound
            If there is no such folder.
        BadInput
            If it holds no images, or images in a way that does not tell what their classes are.
        """
        if not argument:
            raise BadInput("'folder' needs a folder after the colon, for example 'folder:photos'")
        root = Path(argument).expanduser()
        if not root.is_dir():
            raise NotFound(f"there is no folder {argument!r}; expected 'folder:DIR' with a folder of images")
        skip_broken = flag("skip_broken", skip_broken)
        found = found_pictures(root)
        if not found:
            raise BadInput(
                f"there are no images in {argument!r}; expected files such as .png or .jpg in it, or in a folder per class"
            )
        skipped = [i for i in found if not is_name(i) or _is_lost(root, i)]
        if skipped and not skip_broken:
            raise BadInput(_unusable(root, skipped[0]))
        odd = frozenset(skipped)
        found = tuple(i for i in found if i not in odd)
        if not found:
            raise BadInput(f"none of the {len(odd)} images in {argument!r} can be used, for example {skipped[0]!a}")
        places = _places(argument, found)
        skipped = [ascii(i)[1:-1] for i in skipped] + (_broken(Pictures(root, found)) if skip_broken else [])
        left_out = frozenset(skipped)
        ids = tuple(i for i in found if i not in left_out)
        if not ids:
            raise BadInput(f"none of the {len(found)} images in {argument!r} can be read, for example {found[0]!r}")
        class_of = [places[i][1] for i in ids]
        names = tuple(sorted({c for c in class_of if c is not None}))
        _refuse_classes_that_look_the_same(argument, [places[i] for i in ids], names)
        number = {name: i for i, name in enumerate(names)}
        parts = np.array([places[i][0] or "" for i in ids])
        return DataSet(
            name=f"folder:{argument}",
            images=Pictures(root, ids),
            ids=ids,
            labels=np.array([number[c] for c in class_of if c is not None], dtype=np.int64) if names else None,
            class_names=names,
            partitions={str(p): np.flatnonzero(parts == p) for p in np.unique(parts) if p},
            settings={
                "skip_broken": skip_broken,
                "skipped": skipped,
            },
        )


def _places(argument: str, found: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """Partition and class of each path."""
    split = {path: path.split("/") for path in found}
    top = {parts[0] for parts in split.values() if len(parts) > 1}
    named = sorted(t for t in top if t.lower() in _PARTITIONS)
    holders = {parts[0] for parts in split.values() if len(parts) > 2}
    loose = next((path for path, parts in split.items() if len(parts) == 1), None)
    partitioned = bool(named) and len(named) == len(top)
    if partitioned and len({_PARTITIONS[t.lower()] for t in named}) < len(named):
        raise BadInput(
            f"{argument!r} holds the partitions {', '.join(map(repr, named))}, of which two are the same by their names; expected one "
            "of train, of validation and of test: rename one of them, or load a single folder"
        )
    if named and not partitioned and holders.issuperset(named):
        other = sorted(top - set(named))[0]
        raise BadInput(
            f"{argument!r} holds the partition {named[0]!r} beside the folder {other!r}, which is none; expected either "
            "partitions (train, val, test) or classes: move one of them, or load a single folder"
        )
    if loose and top:
        raise BadInput(
            f"{argument!r} holds the image {loose!r} beside the folder {sorted(top)[0]!r}; expected either images, or "
            "folders with images: move it into a folder"
        )
    depth = 1 if partitioned else 0
    places = {
        path: (
            _PARTITIONS[parts[0].lower()] if partitioned else None,
            parts[depth] if len(parts) > depth + 1 else None,
        )
        for path, parts in split.items()
    }
    labelled = [path for path, (_, label) in places.items() if label is not None]
    if 0 < len(labelled) < len(places):
        without = next(path for path, (_, label) in places.items() if label is None)
        raise BadInput(
            f"in {argument!r} the image {labelled[0]!r} has a class and {without!r} has none; expected a class for all or "
            "for none: load the partitions one by one, for example 'folder:DIR/train'"
        )
    return places


def _is_lost(root: Path, name: str) -> bool:
    """Whether a picture that is there cannot be one of the data set: a link to nothing, or of a format that cannot be read."""
    return not os.path.isfile(root / name) or Path(name).suffix.lower() in UNREADABLE - picture_suffixes()  # noqa: PTH113 - a link to itself


def _refuse_classes_that_look_the_same(
    argument: str, places: Sequence[tuple[str | None, str | None]], names: Sequence[str]
) -> None:
    """Refuse one class under two names: accents stored in two ways, or, from partition to partition, other capitals."""
    partitions: dict[str, set[str | None]] = {}
    for part, name in set(places):
        if name is not None:
            partitions.setdefault(name, set()).add(part)
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(unicodedata.normalize("NFC", name).strip(), name)
        if other != name:
            raise BadInput(
                f"{argument!r} holds the classes {other!a} and {name!a}, which look the same ({name!r}): they differ in how accents are "
                "stored, or in spaces around them; rename one of them, or put their images together"
            )
    lower: dict[str, str] = {}
    for name in names:
        other = lower.setdefault(name.casefold(), name)
        if other != name and not partitions[name] & partitions[other]:
            raise BadInput(
                f"{argument!r} holds the class {other!r} in one partition and {name!r} in another; expected one spelling of a class: "
                "rename one of them"
            )


def _unusable(root: Path, name: str) -> str:
    """Why a file that looks like a picture is none."""
    if not is_name(name):
        return (
            f"the file name {name!a} has a line break, a control character or bytes that are not UTF-8, so it cannot name an "
            "image; rename it, or leave such images out with skip_broken"
        )
    if Path(name).suffix.lower() in UNREADABLE - picture_suffixes():
        return (
            f"the image {name!r} is of a format that Pillow cannot read, and would be missing; save it as .png or .jpg, remove it, or "
            "leave such images out with skip_broken"
        )
    if not (root / name).is_symlink():
        return f"{name!r} is called like a picture and is no file; rename it, remove it, or leave such out with skip_broken"
    target = f" to {str((root / name).readlink())!r}" if (root / name).is_symlink() else ""
    return (
        f"the image {name!r} is a link{target} that leads to no file; mend it, remove it, or leave such images out with "
        "skip_broken"
    )


def _broken(pictures: Pictures) -> list[str]:
    """The names of those that cannot be read."""

    def is_broken(index: int) -> bool:
        try:
            pictures[index]
        except Damaged:
            return True
        return False

    with ThreadPoolExecutor() as pool:
        verdicts = pool.map(is_broken, range(len(pictures)))
        return [name for name, broken in zip(pictures.ids, verdicts, strict=True) if broken]


source = Folder()
