"""Broden: 63,305 images with masks of colours, objects, parts, materials, textures and scenes, as its authors pack them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool

from repscope.core.errors import BadInput, Damaged
from repscope.data._dataset import DataSet
from repscope.data._pictures import Pictures
from repscope.data.concepts._contract import ConceptData, ConceptSource

CATEGORIES = ("color", "object", "part", "material", "scene", "texture")


@final
@dataclass(frozen=True, eq=False)
class BrodenMasks:
    """The cells of the index: names of files whose pixels are numbers of concepts, and numbers of concepts of whole images."""

    folder: Path
    rows: tuple[Mapping[str, str], ...]
    place: Mapping[int, int]
    size: tuple[int, int]

    def __call__(self, rows: Sequence[int], /) -> Bool[np.ndarray, "batch concepts h w"]:
        """Of these images."""
        found = np.zeros((len(rows), len(self.place), *self.size), bool)
        for at, row in enumerate(rows):
            for category in CATEGORIES:
                for cell in filter(None, self.rows[row].get(category, "").split(";")):
                    if cell.isdigit():
                        self._mark(found[at], int(cell), np.ones(self.size, bool))
                    else:
                        numbers = self._numbers(cell)
                        for number in np.unique(numbers):
                            if number:
                                self._mark(found[at], int(number), numbers == number)
        return found

    def _mark(self, masks: Bool[np.ndarray, "concepts h w"], number: int, where: Bool[np.ndarray, "h w"]) -> None:
        if number in self.place:  # others are too rare, or were left out
            masks[self.place[number]] |= where

    def _numbers(self, name: str) -> Any:
        """A file of numbers: red + 256 · green."""
        from PIL import Image, UnidentifiedImageError

        path = self.folder / "images" / name
        try:
            with Image.open(path) as picture:
                pixels = np.asarray(picture.convert("RGB")).astype(np.int64)
        except (OSError, UnidentifiedImageError) as error:
            raise Damaged(f"the masks {path} cannot be read ({error}); unpack the archive again") from error
        if pixels.shape[:2] != self.size:
            raise Damaged(f"the masks {path} have {pixels.shape[:2]} pixels; expected {self.size} as the index says")
        return pixels[..., 0] + 256 * pixels[..., 1]


@final
class Broden(ConceptSource):
    """The folder of an unpacked archive (``broden1_224`` and so on): ``index.csv``, ``label.csv``, ``images/``.

    Settings:

    split : {"train", "val"}, optional
        Both by default.
    categories : sequence of str, optional
        Some of color, object, part, material, scene, texture; all by default.
    least : int, default 1
        Concepts in fewer images, by the frequency in ``label.csv``, are left out.

    References
    ----------
    D. Bau, B. Zhou, A. Khosla, A. Oliva, A. Torralba, Network dissection, CVPR 2017.
    """

    usage: ClassVar[str] = "broden:DIR"

    def load(  # type: ignore[override]  # by name
        self, argument: str, *, split: str | None = None, categories: Sequence[str] = CATEGORIES, least: int = 1
    ) -> ConceptData:
        """The concept data; see the class for the settings.

        Raises
        ------
        BadInput
            If the folder is none of Broden's, or nothing is left.
        Damaged
            If its files are not as they were packed.
        """
        folder = Path(argument)
        for name in ("index.csv", "label.csv"):
            if not (folder / name).is_file():
                raise BadInput(
                    f"{folder} has no {name}; expected the folder of an unpacked archive of Broden, with index.csv, label.csv and images"
                )
        odd = sorted(set(categories) - set(CATEGORIES))
        if odd:
            raise BadInput(f"Broden has no category {', '.join(odd)}; it has {', '.join(CATEGORIES)}")
        rows = [
            row for row in _table(folder / "index.csv", ("image", "split", "sh", "sw")) if split in (None, row["split"])
        ]
        if not rows:
            raise BadInput(f"{folder} has no images of the split {split!r}; expected 'train' or 'val'")
        sizes = {(int(row["sh"]), int(row["sw"])) for row in rows}
        if len(sizes) > 1:
            raise Damaged(f"the masks of {folder} are of several sizes {sorted(sizes)[:3]}; expected one")
        labels = [
            row
            for row in _table(folder / "label.csv", ("number", "name", "category", "frequency"))
            if int(row["number"]) and int(row["frequency"]) >= least
        ]
        wanted = [(row, _category(row["category"], categories)) for row in labels]
        kept = [(row, category) for row, category in wanted if category]
        if not kept:
            raise BadInput(f"no concept of {', '.join(categories)} is in {least} images or more")
        images = DataSet(
            name=f"broden:{folder}",
            images=Pictures(folder / "images", tuple(row["image"] for row in rows)),
            ids=tuple(row["image"] for row in rows),
            settings={"split": split, "categories": list(categories), "least": least},
        )
        place = {int(row["number"]): number for number, (row, _) in enumerate(kept)}
        used = tuple(
            {key: value for key, value in row.items() if key not in CATEGORIES or key in categories} for row in rows
        )
        masks = BrodenMasks(folder, used, place, sizes.pop())
        return ConceptData(
            images, tuple(row["name"] for row, _ in kept), tuple(category for _, category in kept), masks
        )


def _table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf8") as file:
        reader = csv.DictReader(file)
        missing = sorted(set(columns) - set(reader.fieldnames or ()))
        if missing:
            raise Damaged(f"{path} has no column {', '.join(missing)}; it is not of Broden, or was changed")
        return list(reader)


def _category(text: str, wanted: Sequence[str]) -> str:
    """The first wanted category of a cell such as ``object(12);part(3)``; empty if there is none."""
    for entry in text.split(";"):
        name = entry.partition("(")[0].strip()
        if name in wanted:
            return name
    return ""


source = Broden()
