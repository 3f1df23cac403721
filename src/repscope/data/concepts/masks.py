"""A folder of images, and beside each a file of masks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool

from repscope.core.errors import BadInput, Damaged
from repscope.core.files import read_lines
from repscope.data._dataset import DataSet
from repscope.data._pictures import Pictures
from repscope.data.concepts._contract import ConceptData, ConceptSource


@final
@dataclass(frozen=True, eq=False)
class FileMasks:
    """Files of grey levels: 0 is nothing, 1 the first concept, and so on; brought to one size without mixing."""

    files: tuple[Path, ...]
    count: int
    size: tuple[int, int]

    def __call__(self, rows: Sequence[int], /) -> Bool[np.ndarray, "batch concepts h w"]:
        """Of these images."""
        from PIL import Image, UnidentifiedImageError

        levels = []
        for row in rows:
            try:
                with Image.open(self.files[row]) as picture:
                    if picture.mode not in ("L", "P", "1"):
                        raise BadInput(
                            f"the masks {self.files[row]} are of mode {picture.mode}; expected one number for each pixel (L or P)"
                        )
                    level = np.asarray(picture.resize(self.size[::-1], Image.Resampling.NEAREST))
            except (OSError, UnidentifiedImageError) as error:
                raise Damaged(f"the masks {self.files[row]} cannot be read ({error})") from error
            if int(level.max()) > self.count:
                raise BadInput(
                    f"the masks {self.files[row]} have the number {int(level.max())}; there are {self.count} concepts in concepts.txt"
                )
            levels.append(level)
        stacked = np.stack(levels)
        found: Bool[np.ndarray, "batch concepts h w"] = (
            stacked[:, None] == np.arange(1, self.count + 1)[None, :, None, None]
        )
        return found


@final
class MaskFolder(ConceptSource):
    """A folder with ``images/NAME.*``, ``masks/NAME.png`` and ``concepts.txt``.

    A line of ``concepts.txt`` is the name of a concept and, after a tab, its category; line 1 is the number 1 in the masks.

    Settings:

    size : (int, int), default (112, 112)
        Height and width of the masks.
    """

    usage: ClassVar[str] = "masks:DIR"

    def load(self, argument: str, *, size: Sequence[int] = (112, 112)) -> ConceptData:  # type: ignore[override]  # by name
        """The concept data; see the class for the settings.

        Raises
        ------
        BadInput
            If the folder is not as described, or images and masks do not go together.
        """
        folder = Path(argument)
        for name in ("images", "masks", "concepts.txt"):
            if not (folder / name).exists():
                raise BadInput(f"{folder} has no {name}; expected images/, masks/ and concepts.txt")
        lines = [line.split("\t") for line in read_lines(folder / "concepts.txt") if line.strip()]
        images = {path.stem: path for path in sorted((folder / "images").iterdir()) if path.is_file()}
        masks = {path.stem: path for path in (folder / "masks").glob("*.png")}
        odd = sorted(set(images) ^ set(masks))
        if odd or not images:
            raise BadInput(
                f"{folder} has {len(images)} images and {len(masks)} masks, {odd[:3]} without the other; expected one mask for each image"
            )
        if len(size) != 2 or min(size) < 1:
            raise BadInput(f"size = {size}; expected the height and width of the masks")
        names = sorted(images)
        data = DataSet(
            f"masks:{folder}",
            Pictures(folder / "images", tuple(images[name].name for name in names)),
            tuple(names),
            settings={"size": list(size)},
        )
        found = FileMasks(tuple(masks[name] for name in names), len(lines), (int(size[0]), int(size[1])))
        return ConceptData(
            data,
            tuple(line[0] for line in lines),
            tuple(line[1] if len(line) > 1 else "concept" for line in lines),
            found,
        )


source = MaskFolder()
