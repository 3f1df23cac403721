"""The layers of a network, dissected from one pass over the images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float

from repscope.activations import LayerInfo, Recording, record
from repscope.core.errors import BadInput
from repscope.units._layer_output import by_unit
from repscope.units.dissection._dissect import Maps, dissected
from repscope.units.dissection._dissection import Dissection

if TYPE_CHECKING:
    from repscope.data.concepts import ConceptData
    from repscope.networks import Network


def dissect_network(
    network: "Network",
    concepts: "ConceptData",
    layers: str | Sequence[str],
    quantile: float = 0.005,
    *,
    directions: Mapping[str, Float[np.ndarray, "d units"]] | None = None,
    permutations: int = 0,
    seed: int = 0,
    out: str | Path | None = None,
    device: str | None = None,
) -> dict[str, Dissection]:
    """Dissect every chosen layer; images pass through the network once, and thresholds are taken from what was recorded.

    Parameters
    ----------
    network : Network
    concepts : ConceptData
        What `load_concepts` returns.
    layers : str or sequence of str
        Glob patterns over layers with height and width.
    directions : mapping of str to (d, units) array, optional
        By layer: instead of its units, weighted sums of them, such as those of `random_directions` or `residual_directions`.
    quantile, permutations, seed
        As for `dissect`.
    out : path, optional
        Where the recording is kept; nowhere by default.
    device : str, optional
        The network's own by default.

    Returns
    -------
    dict of str to Dissection
        By layer, in the order of the network.

    Raises
    ------
    BadInput
        If a layer has no height and width, or directions are not those of a layer.

    References
    ----------
    D. Bau et al., Network dissection, CVPR 2017; units beside other directions: section 3.2.

    Examples
    --------
    >>> from repscope import load_network
    >>> from repscope.data.concepts import load_concepts
    >>> network = load_network("repscope:resnet20", weights="random", classes=8)
    >>> found = dissect_network(network, load_concepts("scenes", per_class=5), "stage1.0")
    >>> found["stage1.0"].iou.shape
    (16, 38)
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "recording" if out is None else Path(out)
        recording = record(network, concepts.images, layers, folder, device=device)
        for layer in recording.layers:
            _check_maps(layer, network.input_shape)
        given = _checked(directions or {}, recording, network.input_shape)
        return {
            layer.name: dissected(
                Maps(recording.n, _Rows(recording, layer, network.input_shape, given.get(layer.name)), concepts.batch),
                quantile,
                concepts.names,
                concepts.categories,
                permutations,
                seed,
            )
            for layer in recording.layers
        }


class _Rows:
    """The recorded activations of a layer, as units by rows and columns."""

    def __init__(
        self,
        recording: Recording,
        layer: LayerInfo,
        image: tuple[int, int, int],
        directions: Float[np.ndarray, "d units"] | None,
    ) -> None:
        self.points = recording.points(layer.name)
        self.shape = layer.shape
        self.image = image
        self.directions = None if directions is None else torch.as_tensor(directions, dtype=torch.float32)

    def __call__(self, rows: Sequence[int]) -> Float[np.ndarray, "batch units h w"]:
        chosen = self.points.rows(np.asarray(rows, dtype=np.int64)).float().reshape(len(rows), *self.shape)
        maps = by_unit(chosen, self.image)
        if self.directions is not None:
            maps = torch.einsum("du,nuhw->ndhw", self.directions, maps)
        found: Float[np.ndarray, "batch units h w"] = maps.numpy()
        return found


def _checked(
    directions: Mapping[str, Float[np.ndarray, "d units"]], recording: Recording, image: tuple[int, int, int]
) -> Mapping[str, Float[np.ndarray, "d units"]]:
    shapes = {layer.name: by_unit(torch.zeros(1, *layer.shape), image).shape[1] for layer in recording.layers}
    for layer, rows in directions.items():
        if layer not in shapes:
            raise BadInput(f"directions came for {layer!r}, which is none of the layers {', '.join(shapes)}")
        if rows.ndim != 2 or rows.shape[1] != shapes[layer] or not np.isfinite(rows).all():
            raise BadInput(
                f"directions of shape {rows.shape} came for {layer!r}; expected finite numbers (directions, {shapes[layer]})"
            )
    return directions


def _check_maps(layer: LayerInfo, image: tuple[int, int, int]) -> None:
    units = by_unit(torch.zeros(1, *layer.shape), image) if len(layer.shape) in (1, 2, 3) else None
    if units is None or units.ndim != 4:
        raise BadInput(
            f"the layer {layer.name!r} gives {layer.shape}, without height and width; dissect layers with maps"
        )
