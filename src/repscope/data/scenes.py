"""Scenes of things made of parts, in colours, textures and materials; every pixel is known to what it belongs."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Int, UInt8

from repscope.data._concept_scene import CONCEPTS, drawn_scene
from repscope.data._dataset import DataSet
from repscope.data._scene_parts import THINGS
from repscope.data._settings import nothing_after_colon, real, whole
from repscope.data._source import DataSource

NAMES = tuple(THINGS)


@final
@dataclass(frozen=True)
class SceneImages:
    """Scenes, made when asked for. Scene ``j * len(NAMES) + c`` is the j-th of thing `c`, a function of the seed, j and c alone."""

    per_class: int
    seed: int
    size: int
    noise: float

    def __len__(self) -> int:
        return self.per_class * len(NAMES)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        return self._scene(index)[0]

    def masks(self, index: int) -> Bool[np.ndarray, "concepts h w"]:
        """Where each concept is."""
        _, owner, concepts = self._scene(index)
        table = np.zeros((len(concepts), len(CONCEPTS)), bool)
        for element, numbers in enumerate(concepts):
            table[element, numbers] = True
        found: Bool[np.ndarray, "concepts h w"] = np.moveaxis(table[owner], -1, 0)
        return found

    def _scene(self, index: int) -> tuple[UInt8[np.ndarray, "h w 3"], Int[np.ndarray, "h w"], list[list[int]]]:
        number, thing = divmod(range(len(self))[index], len(NAMES))
        return drawn_scene(self.seed, number, NAMES[thing], self.size, self.noise)


@final
class Scenes(DataSource):
    """Things on a ground: house, tree, car, flower, fish, ball, star, ring; beside them disks, squares, triangles.

    The word after the colon is nothing. Settings:

    per_class : int, default 400
        Scenes of each thing.
    size : int, default 32
        Height and width in pixels, 16 to 256.
    noise : float, default 0.03
        Standard deviation of the noise in the brightness of pixels, of 1.
    validation : float, default 0.25
        Share of the scenes in ``validation``.
    seed : int, default 0
        What everything random is drawn from.

    Examples
    --------
    >>> data = source.load("", per_class=4)
    >>> len(data), data.class_names[:3], data.image(0).shape
    (32, ('house', 'tree', 'car'), torch.Size([3, 32, 32]))
    """

    usage: ClassVar[str] = "scenes"
    summary: ClassVar[str] = (
        "things made of parts, in colours, textures and materials, every pixel known; from one seed"
    )

    def load(  # type: ignore[override]  # by name
        self,
        argument: str = "",
        *,
        per_class: int = 400,
        size: int = 32,
        noise: float = 0.03,
        validation: float = 0.25,
        seed: int = 0,
    ) -> DataSet:
        """The data set; see the class for the settings.

        Raises
        ------
        BadInput
            If a setting is out of its range.
        """
        nothing_after_colon("scenes", argument)
        images = SceneImages(
            whole("per_class", per_class, 1, 1_000_000),
            whole("seed", seed, 0, 2**32 - 1),
            whole("size", size, 16, 256),
            real("noise", noise, 0, 1),
        )
        rows = np.arange(len(images))
        held_out = rows // len(NAMES) >= per_class - round(per_class * real("validation", validation, 0, 1))
        parts = {"train": rows[~held_out], "validation": rows[held_out]}
        settings: dict[str, Any] = {
            "per_class": per_class,
            "size": size,
            "noise": noise,
            "validation": validation,
            "seed": seed,
        }
        return DataSet(
            name="scenes",
            images=images,
            ids=tuple(f"s-{row // len(NAMES):06d}-{NAMES[row % len(NAMES)]}" for row in rows),
            labels=rows % len(NAMES),
            class_names=NAMES,
            partitions={name: part for name, part in parts.items() if len(part)},
            settings=settings,
        )


source = Scenes()
