"""Receptive fields by probing: which pixels a position depends on, whatever the network between is made of."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import nn

from repscope.activations._batch_axis import BatchAxis
from repscope.activations._hooks import watch
from repscope.activations._layers import INPUT, module_name
from repscope.core.errors import NotFound, nearest
from repscope.units._intact import intact
from repscope.units._layer_output import Prefix, by_unit


@final
@dataclass(frozen=True, eq=False)
class ReceptiveField:
    """The smallest box of pixels that each position of a layer depends on.

    Attributes
    ----------
    boxes : (positions…, 4) integers
        First row, row after the last, first column, column after the last; of a vector, one box.
    """

    boxes: Int[np.ndarray, "*positions 4"]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the largest."""
        flat = self.boxes.reshape(-1, 4)
        return int((flat[:, 1] - flat[:, 0]).max()), int((flat[:, 3] - flat[:, 2]).max())


def receptive_fields(
    module: nn.Module,
    layers: Sequence[str],
    input_shape: tuple[int, int, int],
    batch: int = 32,
    axes: Mapping[str, BatchAxis] | None = None,
) -> dict[str, ReceptiveField]:
    """The receptive field of every position of some layers, exact.

    One row of pixels after the other is set to NaN, which every sum, maximum and ReLU passes on, whatever the weights are; the
    positions that become NaN depend on that row. So with columns.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was.
    layers : sequence of str
        Names of layers.
    input_shape : (channels, height, width)
    batch : int
        Images at a time; height + width are passed in all.
    axes : mapping of str to BatchAxis, optional
        Where the images are in outputs that do not have them in their first axis.

    Raises
    ------
    NotFound
        If there is no such layer.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(2, 2, 3, padding=1))
    >>> field = receptive_fields(network, ["2"], (1, 16, 16))["2"]
    >>> field.size, field.boxes[4, 0].tolist()
    ((7, 7), [5, 12, 0, 4])
    """
    known = [INPUT, *(name for name, _ in module.named_modules() if name)]
    for layer in layers:
        if layer != INPUT and module_name(layer) not in known:
            raise NotFound(f"the network has no layer {layer!r}; {nearest(layer, known)}")
    found: dict[str, list[Bool[np.ndarray, "lines positions"]]] = {layer: [] for layer in layers}
    shapes: dict[str, tuple[int, ...]] = {}
    keep = set(layers) - {INPUT}
    there = next((weight.device for weight in module.parameters()), torch.device("cpu"))
    with (
        intact(module),
        torch.no_grad(),
        _directly(),
        watch(module, {module_name(x) for x in keep}, keep, axes) as seen,
    ):
        run = Prefix(module, seen, keep)
        for axis in (1, 2):
            touched: dict[str, list[Bool[np.ndarray, "lines positions"]]] = {layer: [] for layer in layers}
            for start in range(0, input_shape[axis], batch):
                lines = range(start, min(start + batch, input_shape[axis]))
                images = torch.zeros((len(lines), *input_shape), device=there)
                for number, line in enumerate(lines):
                    images[number].select(axis, line).fill_(float("nan"))
                run(images)
                for layer in layers:
                    tensor = images if layer == INPUT else seen.tensors.get(layer)
                    if tensor is None:
                        raise NotFound(f"the layer {layer!r} gave nothing; {nearest(layer, [INPUT, *seen.shapes])}")
                    touches = torch.isnan(by_unit(tensor, input_shape)).any(1)
                    shapes[layer] = tuple(touches.shape[1:])
                    touched[layer].append(
                        touches.flatten(1).cpu().numpy() if touches.ndim > 1 else touches[:, None].cpu().numpy()
                    )
            for layer in layers:
                found[layer].append(np.concatenate(touched[layer]))
    return {layer: ReceptiveField(_boxes(*found[layer]).reshape(*shapes[layer], 4)) for layer in layers}


def _boxes(
    rows: Bool[np.ndarray, "h positions"], columns: Bool[np.ndarray, "w positions"]
) -> Int[np.ndarray, "positions 4"]:
    """From first to last line that touches; of a position that nothing touches, no pixels."""
    sides = []
    for touched in (rows, columns):
        some = touched.any(0)
        sides.append(np.where(some, touched.argmax(0), 0))
        sides.append(np.where(some, len(touched) - touched[::-1].argmax(0), 0))
    return np.stack(sides, axis=-1)


@contextmanager
def _directly() -> Iterator[None]:
    """Without convolutions that mix neighbouring results, as those by Fourier transform do: NaN would spread."""
    with torch.backends.cudnn.flags(enabled=False):
        yield
