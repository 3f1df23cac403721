"""A layer as points that are stored nowhere: whoever asks for rows has their images passed through the network again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Int

from repscope.activations._layers import LayerInfo, calls_of
from repscope.activations._passes import Pass, record_rows
from repscope.activations._precision import from_stored
from repscope.activations._probe import probe_outputs
from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.networks._evaluating import evaluating

if TYPE_CHECKING:
    import torch

    from repscope.data import DataSet
    from repscope.networks import Network

PICTURE = 1
"""Side of the pictures that are made on the way, and not looked at."""


@final
class RecomputedPoints(Points):
    """The activations of a layer, computed when they are asked for.

    Images are passed in the batches of a recording, whichever of them are asked for, because the last bits of an
    activation depend on the batch that its image is in.

    Attributes
    ----------
    forwarded : int
        Images that were passed through the network so far.
    """

    sliced = False

    def __init__(self, plan: Pass, layer: LayerInfo, device: "torch.device") -> None:
        import threading

        self.n, self.d = len(plan.data), layer.features
        self.granule = plan.batch
        self.forwarded = 0
        self._plan = plan
        self._layer = layer.name
        self._exponent = layer.exponent
        self._on = device
        self._lock: threading.Lock = threading.Lock()

    @property
    def dtype(self) -> "torch.dtype":
        """Whatever is recorded fits float32."""
        import torch

        return torch.float32

    def rows(self, index: "slice | Int[np.ndarray, ' b']") -> "torch.Tensor":
        """Some of the rows; all batches that hold any of them are computed."""
        import torch

        wanted = np.arange(self.n)[index] if isinstance(index, slice) else index
        out = torch.empty(len(wanted), self.d)
        batches = wanted // self.granule
        for batch in np.unique(batches):
            here = np.flatnonzero(batches == batch)
            first = int(batch) * self.granule
            computed = self._computed(range(first, min(first + self.granule, self.n)))
            out[torch.from_numpy(here)] = from_stored(computed[torch.from_numpy(wanted[here] - first)], self._exponent)
        return out

    def columns(self, start: int, stop: int) -> "torch.Tensor":
        """Not to be had: all rows would be computed for a few features."""
        raise BadInput(
            f"some features of {self._layer!r} were asked for, and computing them computes all; ask for rows"
        )

    def _computed(self, rows: range) -> "torch.Tensor":
        """One batch; a network is no thing for two threads."""
        with self._lock:
            self.forwarded += len(rows)
            return record_rows(self._plan, rows, self._on, lambda count: None)[self._layer]


@contextmanager
def layer_points(
    network: "Network", data: "DataSet", layer: LayerInfo, dtype: str, batch: int, device: str | None = None
) -> Iterator[RecomputedPoints]:
    """A layer as points that are stored nowhere, as a recording with the same settings would store them.

    While the body runs the network is in evaluation mode; it is given back as it was.
    """
    probe_outputs(network, data, (layer,), batch=batch, device=device)
    plan = Pass(network, data, (layer,), calls_of([layer]), dtype, batch, PICTURE, device)
    with evaluating(network.module, device) as there:
        yield RecomputedPoints(plan, layer, there)
