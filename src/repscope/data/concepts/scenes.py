"""The embedded scenes: every pixel is known to belong to an object, a part, a colour, a texture, a material."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool

from repscope.data._concept_scene import CONCEPTS
from repscope.data._source import load_data
from repscope.data.concepts._contract import ConceptData, ConceptSource
from repscope.data.scenes import SceneImages


@final
@dataclass(frozen=True)
class SceneMasks:
    """The masks of scenes."""

    images: SceneImages

    def __call__(self, rows: Sequence[int], /) -> Bool[np.ndarray, "batch concepts h w"]:
        """Of these scenes."""
        return np.stack([self.images.masks(int(row)) for row in rows])


@final
class SceneConcepts(ConceptSource):
    """Concepts of the data set ``scenes``, with its settings.

    Examples
    --------
    >>> found = source.load("", per_class=1)
    >>> sorted(set(found.categories))
    ['colour', 'material', 'object', 'part', 'shape', 'texture']
    """

    usage: ClassVar[str] = "scenes"

    def load(self, argument: str = "", **settings: Any) -> ConceptData:
        """The scenes, with their masks."""
        data = load_data("scenes" + (f":{argument}" if argument else ""), **settings)
        assert isinstance(data.images, SceneImages)  # what that source makes
        return ConceptData(data, tuple(n for n, _ in CONCEPTS), tuple(c for _, c in CONCEPTS), SceneMasks(data.images))


source = SceneConcepts()
