"""A layer as descriptors, read block by block: of a recording, or of images as they pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from repscope.activations._layers import INPUT
from repscope.activations._pooling import spatial_axes
from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput
from repscope.transfer.descriptors import DESCRIPTORS

if TYPE_CHECKING:
    from repscope.activations import LayerInfo, Recording
    from repscope.data import DataSet
    from repscope.networks import Network

FLAT = "flat"
_BUDGET = 2**27


@final
@dataclass(frozen=True)
class Describing:
    """Rows of a layer's activations to descriptors.

    Parameters
    ----------
    layer : LayerInfo
    image : (channels, height, width)
        What the network takes.
    descriptor : str

    Raises
    ------
    BadInput
        If the layer has no positions and the descriptor needs them.
    NotFound
        If there is no such descriptor.
    """

    layer: "LayerInfo"
    image: tuple[int, ...]
    descriptor: str

    def __post_init__(self) -> None:
        if DESCRIPTORS[self.descriptor].needs_positions and positions_of(self.layer, self.image) is None:
            raise BadInput(
                f"{self.layer.name!r} has the shape {self.layer.shape} and no positions, so {self.descriptor!r} does not apply; take "
                f"{FLAT!r} there"
            )

    def of(self, rows: Float[np.ndarray, "b f"]) -> Float[np.ndarray, "b d"]:
        """The descriptors of some rows."""
        if self.descriptor == FLAT:
            return rows
        axes = positions_of(self.layer, self.image)
        assert axes is not None
        channel = ({0, 1, 2} - set(axes)).pop()
        maps = rows.reshape(-1, *self.layer.shape).transpose(0, channel + 1, axes[0] + 1, axes[1] + 1)
        return DESCRIPTORS[self.descriptor].describe(maps)


def recorded(
    network: "Network", images: "DataSet", layers: Sequence[str] | None, folder: Path, part: str, device: str | None
) -> "Recording":
    """The layers of a network on some images, in a folder; what is there is not done again."""
    from repscope.activations import record

    return record(network, images, layers, folder, partition=part, device=device, warn=lambda _message: None)


def described(recording: "Recording", layer: str, descriptor: str = "average") -> Float[np.ndarray, "n d"]:
    """One vector for each sample of a recording.

    Parameters
    ----------
    recording : Recording
        With its activations.
    layer : str
        A recorded layer.
    descriptor : str
        A name among the descriptors; ``flat`` for layers without positions.

    Returns
    -------
    (n, d) float32

    Raises
    ------
    BadInput
        If the layer was not recorded, or has no positions and the descriptor needs them.
    NotFound
        If there is no such descriptor.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import load_data, load_network, record
    >>> digits = load_data("digits").balanced(20)
    >>> recording = record(load_network("repscope:resnet20-digits"), digits, ["stage2.2", "pool"], tempfile.mkdtemp())
    >>> described(recording, "stage2.2", "gem").shape, described(recording, "pool", "flat").shape
    ((20, 32), (20, 64))
    """
    info = recording.layer(layer)
    way = Describing(info, tuple(recording.manifest["network"]["input_shape"]), descriptor)
    width = 4 * info.features
    return np.concatenate(
        [way.of(recording.activations(layer, rows)) for rows in row_blocks(recording.n, width, max(_BUDGET, width))]
    )


def descriptors_of(recording: "Recording", layer: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Of some descriptors those that describe a layer: of one without positions, and of the image, ``flat``."""
    image = tuple(recording.manifest["network"]["input_shape"])
    flat = layer == INPUT or positions_of(recording.layer(layer), image) is None
    return (FLAT,) if flat else tuple(wanted)


def positions_of(layer: "LayerInfo", image: tuple[int, ...]) -> tuple[int, int] | None:
    """Which axes of a layer's output are height and width; None where it has no positions."""
    return spatial_axes(layer.shape, image)
