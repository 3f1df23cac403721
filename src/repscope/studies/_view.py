"""A layer of a recording, as a measure sees it."""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float, Int

from repscope.activations import Recording
from repscope.core.points import Points
from repscope.measures import LayerView
from repscope.neighbors import NeighborGraph


@final
@dataclass(frozen=True, eq=False)
class RecordedLayer(LayerView):
    """A layer of a recording, as a measure sees it."""

    recording: Recording
    name: str
    k: int

    @property
    def labels(self) -> Int[np.ndarray, " n"] | None:  # type: ignore[override]
        """Labels of the samples."""
        return self.recording.labels

    @cached_property
    def graph(self) -> NeighborGraph:
        """The layer's graph, from disk or built."""
        return self.recording.graph(self.name, self.k)

    @property
    def activations(self) -> Float[np.ndarray, "n d"]:
        """The layer's activations; not kept, they are large."""
        return self.recording.activations(self.name)

    @property
    def points(self) -> Points:
        """The layer's activations where they lie."""
        return self.recording.points(self.name)
