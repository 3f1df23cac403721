"""A recorded layer as points: rows and slabs of features straight from the memory maps of its shards."""

from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Int

from repscope.activations._shards import ShardReader
from repscope.core.memory import own_block
from repscope.core.points import Points

if TYPE_CHECKING:
    import torch


@final
class RecordedPoints(Points):
    """The activations of a layer, on disk."""

    def __init__(self, reader: ShardReader, layer: str, features: int) -> None:
        self._reader = reader
        self._layer = layer
        self._starts = np.array([held.start for held in reader.ranges])
        self.n, self.d = reader.ranges[-1].stop, features

    @property
    def dtype(self) -> "torch.dtype":
        """Whatever is stored fits float32."""
        import torch

        return torch.float32

    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> "torch.Tensor":
        """Some of the rows; each shard that has any of them is opened once."""
        import torch

        if isinstance(index, slice):
            return self._reader.rows(self._layer, index.start, index.stop).float()
        rows = own_block((len(index), self.d), torch.float32)
        shards = np.searchsorted(self._starts, index, side="right") - 1
        for number in np.unique(shards):
            here = np.flatnonzero(shards == number)
            stored = self._reader.shard(int(number))[self._layer]
            rows[torch.from_numpy(here)] = self._reader.restore(
                self._layer, stored[torch.from_numpy(index[here] - self._starts[number])]
            ).float()
        return rows

    def columns(self, start: int, stop: int) -> "torch.Tensor":
        """Some features of all rows."""
        import torch

        slab = torch.empty(self.n, stop - start)
        for number, held in enumerate(self._reader.ranges):
            stored = self._reader.shard(number)[self._layer][:, start:stop]
            slab[held.start : held.stop] = self._reader.restore(self._layer, stored)
        return slab
