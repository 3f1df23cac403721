"""What data sets of retrieval have in common: pictures named by their files, queries cut out of them, judgements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import UInt8

from repscope.core.errors import BadInput, NotFound
from repscope.data._dataset import DataSet
from repscope.data._judgements import Judgements
from repscope.data._pictures import found_pictures, is_name, read_picture

QUERIES, GALLERY = "queries", "gallery"
"""The partitions of a data set of retrieval."""
MARK = "query:"
"""How the ids of queries begin that are images of their own."""

Box = tuple[float, float, float, float]


@final
@dataclass(frozen=True)
class Cuttings:
    """Pictures read when asked for, whole or cut.

    Attributes
    ----------
    paths : tuple of path
    boxes : tuple of (left, top, right, bottom) or None
        In pixels of the picture; of each, what is taken of it, None for the whole.
    """

    paths: tuple[Path, ...]
    boxes: tuple[Box | None, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        path, box = self.paths[index], self.boxes[index]
        picture = read_picture(path, path.name)
        if box is None:
            return picture
        height, width = picture.shape[:2]
        left, top = max(0, int(np.floor(box[0]))), max(0, int(np.floor(box[1])))
        right, bottom = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
        if left >= right or top >= bottom:
            raise BadInput(
                f"the query's box {box} lies outside of {path.name!r}, {width} x {height} pixels; mend the file"
            )
        return picture[top:bottom, left:right]


def pictures_by_name(argument: str, usage: str) -> dict[str, Path]:
    """All pictures below a folder by the names of their files without endings, in their order.

    Raises
    ------
    NotFound
        If there is no such folder.
    BadInput
        If it holds no picture, or two of one name.
    """
    root = Path(argument).expanduser()
    if not argument or not root.is_dir():
        raise NotFound(f"there is no folder {argument!r}; expected {usage!r} with its images and ground truth")
    out: dict[str, Path] = {}
    for name in found_pictures(root):
        path = root / name
        if not is_name(name) or not path.is_file():
            raise BadInput(
                f"{argument!r} holds {name!a}, which is no file with a name of one line; rename or remove it"
            )
        if path.stem in out:
            raise BadInput(
                f"{argument!r} holds two pictures {path.stem!r}: {out[path.stem]} and {path}; expected one of each name"
            )
        out[path.stem] = path
    if not out:
        raise BadInput(f"there are no pictures in {argument!r}; expected those of {usage!r}")
    return out


def judged_data(
    name: str,
    pictures: Mapping[str, Path],
    judgements: Judgements,
    cut: Mapping[str, tuple[str, Box | None]],
    settings: Mapping[str, object],
) -> DataSet:
    """A data set with the partitions ``queries`` and ``gallery``.

    Parameters
    ----------
    name : str
        Address.
    pictures : mapping of str to path
        The gallery.
    judgements : Judgements
        Their queries are ids of `cut`, or of the gallery.
    cut : mapping of str to (str, box)
        Queries that are images of their own: which picture, and what of it.
    settings : mapping
        That made it.
    """
    gallery: Sequence[str] = tuple(pictures)
    ids = (*gallery, *cut)
    place = {one: row for row, one in enumerate(ids)}
    return DataSet(
        name=name,
        images=Cuttings(
            (*pictures.values(), *(pictures[picture] for picture, _ in cut.values())),
            (*(None for _ in gallery), *(box for _, box in cut.values())),
        ),
        ids=ids,
        partitions={
            QUERIES: np.array([place[query] for query in judgements.queries], dtype=np.int64),
            GALLERY: np.arange(len(gallery)),
        },
        settings=dict(settings),
        judgements=judgements,
    )
