"""The images, and the places in them, to which each unit responds most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from repscope.activations import LayerInfo, network_layers, probe_outputs
from repscope.activations._hooks import watch
from repscope.activations._layers import INPUT, axes_of, choose_layers, module_name
from repscope.core.errors import BadInput, NotFound
from repscope.core.progress import progress
from repscope.core.squares import in_square
from repscope.networks._drawing import draw_from
from repscope.networks._evaluating import evaluating
from repscope.units._appearance import as_seen
from repscope.units._grid import picture_grid
from repscope.units._intact import intact
from repscope.units._layer_output import Prefix, by_unit
from repscope.units.patches._receptive_field import ReceptiveField, receptive_fields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from repscope.data import DataSet
    from repscope.networks import Network


@final
@dataclass(frozen=True, eq=False)
class LayerPatches:
    """What the units of one layer, or directions in it, respond to most.

    Attributes
    ----------
    layer : str
    values : (units, count) array
        Activations, highest first; of one image only its highest position counts.
    rows : (units, count) integers
        The images, as rows of the data set.
    positions : (units, count, axes) integers
        Row and column in the layer's maps; the token; nothing for a vector.
    boxes : (units, count, 4) integers
        What of the network's input these positions depend on: first row, row after the last, and so with columns.
    dead : (dead,) integers
        Units that give the same at every position of every image: there is nothing to which they respond.
    """

    layer: str
    values: Float[np.ndarray, "units count"]
    rows: Int[np.ndarray, "units count"]
    positions: Int[np.ndarray, "units count axes"]
    boxes: Int[np.ndarray, "units count 4"]
    dead: Int[np.ndarray, " dead"]

    def only(self, units: Sequence[int]) -> "LayerPatches":
        """Of some of the units, numbered anew."""
        rows = list(units)
        dead = np.flatnonzero(np.isin(rows, self.dead))
        return LayerPatches(
            self.layer, self.values[rows], self.rows[rows], self.positions[rows], self.boxes[rows], dead
        )


@final
@dataclass(frozen=True, eq=False)
class TopPatches:
    """The patches of several layers.

    Attributes
    ----------
    layers : mapping of str to LayerPatches
    network, data
        What they are of.
    """

    layers: Mapping[str, LayerPatches]
    network: "Network"
    data: "DataSet"

    def __getitem__(self, layer: str) -> LayerPatches:
        return self.layers[layer]

    def pictures(self, layer: str, unit: int, side: int = 48) -> UInt8[np.ndarray, "count side side 3"]:
        """The patches of a unit, cropped out of what the network takes, in squares of `side` pixels.

        Raises
        ------
        NotFound
            If there is no such layer or unit.
        """
        if layer not in self.layers or not 0 <= unit < len(self.layers[layer].values):
            count = f", units 0 to {len(self.layers[layer].values) - 1}" if layer in self.layers else ""
            raise NotFound(
                f"there are no patches of unit {unit} of {layer!r}; there are layers {', '.join(self.layers)}{count}"
            )
        found = self.layers[layer]
        made = np.empty((found.rows.shape[1], side, side, 3), np.uint8)
        batch = self.network.preprocess([self.data.image(int(row)) for row in found.rows[unit]])
        for number, (image, box) in enumerate(zip(as_seen(self.network, batch), found.boxes[unit], strict=True)):
            made[number] = _cropped(image, box, side)
        return made

    def plot(self, layer: str, units: Sequence[int] | None = None) -> "Figure":
        """A matplotlib figure: a row for each unit, of the first eight by default, its patches side by side.

        Raises
        ------
        NotFound
            If there is no such layer or unit.
        """
        known = range(len(self.layers[layer].values)) if layer in self.layers else ()
        chosen = list(known[:8] if units is None else units) or [0]
        rows = [list(self.pictures(layer, unit)) for unit in chosen]
        return picture_grid(
            rows, names=[f"unit {unit}" for unit in chosen], title=f"{layer}: patches of highest activation"
        )


def top_patches(
    network: "Network",
    data: "DataSet",
    layers: str | Sequence[str],
    count: int = 9,
    *,
    directions: Mapping[str, Float[np.ndarray, "d units"]] | None = None,
    batch: int = 64,
    device: str | None = None,
) -> TopPatches:
    """The images and positions of highest activation of every unit of some layers, from one pass over the data.

    Parameters
    ----------
    network : Network
        Its module comes back as it was.
    data : DataSet
    layers : str or sequence of str
        Glob patterns over layers.
    count : int
        Images of each unit; no more than there are.
    directions : mapping of str to (d, units) array, optional
        By layer: instead of its units, weighted sums of them, Σ_t w_t Φ_t.
    batch : int
        Images at a time.
    device : str, optional
        The network's own by default.

    Raises
    ------
    BadInput
        If count is below one, or directions are not those of a layer.
    NotFound
        If no layer is meant.

    References
    ----------
    M. D. Zeiler, R. Fergus, 2014 (units); C. Szegedy et al., Intriguing properties of neural networks, 2014 (directions).

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> found = top_patches(load_network("repscope:resnet20-digits"), load_data("digits").balanced(50), "stage1.0", count=4)
    >>> found["stage1.0"].values.shape, found.pictures("stage1.0", 3).shape
    ((16, 4), (4, 48, 48, 3))
    """
    if count < 1:
        raise BadInput(f"count = {count}; expected one patch of each unit, or more")
    known, silent = network_layers(network)
    infos = {layer.name: layer for layer in known}
    chosen = choose_layers(layers, infos, silent)
    weights = {name: _checked(name, chosen, rows) for name, rows in (directions or {}).items()}
    axes = axes_of(infos[name] for name in chosen)
    probe_outputs(network, data, [infos[name] for name in chosen], batch=batch, device=device)
    fields = receptive_fields(network.module, chosen, network.input_shape, axes=axes)
    tops = {name: _Top(min(count, len(data))) for name in chosen}
    keep = set(chosen) - {INPUT}
    module = network.module
    with (
        intact(module),
        evaluating(module, device) as there,
        torch.no_grad(),
        watch(module, {module_name(name) for name in keep}, keep, axes) as seen,
        progress("patches", len(data), "images") as advance,
    ):
        run = Prefix(module, seen, keep)
        for start in range(0, len(data), batch):
            with draw_from(network.seed_forward, start):
                images = network.preprocess(data.batch(range(start, min(start + batch, len(data))))).to(there)
                run(images)
            for name in chosen:
                units = by_unit(images if name == INPUT else seen.tensors[name], images.shape[1:])
                units = units.float() if units.element_size() < 4 else units  # numpy has no bfloat16
                if name in weights:
                    units = _directed(name, weights[name], units)
                tops[name].add(units, start)
            advance(len(images))
    return TopPatches({name: tops[name].patches(infos[name], fields[name]) for name in chosen}, network, data)


@final
class _Top:
    """The highest so far, of every unit: by value, and among equal ones by row."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.shape: tuple[int, ...] = ()
        self.kept: tuple[Tensor, Tensor, Tensor] | None = None
        self.first: Tensor | None = None  # what every unit gave first
        self.constant = torch.empty(0, dtype=torch.int64)  # units that have given nothing else since

    def add(self, units: Tensor, first: int) -> None:
        """The activations of a batch (n, units, …positions), whose first image is row `first`."""
        flat = units.flatten(2) if units.ndim > 2 else units[:, :, None]
        self.shape = tuple(units.shape[2:])
        highest, place = flat.max(2)
        if not bool(torch.isfinite(highest).all()):
            raise BadInput("an activation is NaN or infinite; what a unit responds to most cannot be said")
        if self.first is None:
            self.first, self.constant = flat[0, :, 0].clone(), torch.arange(flat.shape[1], device=flat.device)
        same = (highest[:, self.constant] == self.first[self.constant]).all(0)
        self.constant = self.constant[same]  # few are left: the lowest are looked at for these alone
        same = (flat[:, self.constant] == self.first[self.constant, None]).all(2).all(0)
        self.constant = self.constant[same]
        rows = torch.arange(first, first + len(flat), device=flat.device).expand(flat.shape[1], -1)
        new = highest.T, rows, place.T
        values, at, places = (
            new if self.kept is None else (torch.cat([a, b], 1) for a, b in zip(self.kept, new, strict=True))
        )
        order = values.argsort(dim=1, descending=True, stable=True)[
            :, : self.count
        ]  # rows ascend, and so do they among equals
        self.kept = values.gather(1, order), at.gather(1, order), places.gather(1, order)

    def patches(self, layer: LayerInfo, field: ReceptiveField) -> LayerPatches:
        """What was found, with what these positions depend on."""
        assert self.kept is not None  # a data set has images
        values, rows, places = (tensor.cpu().numpy() for tensor in self.kept)
        boxes = field.boxes.reshape(-1, 4)[places]
        axes = np.unravel_index(places, self.shape) if self.shape else np.empty((0, *places.shape), np.int64)
        return LayerPatches(
            layer.name, values, rows, np.moveaxis(np.array(axes), 0, -1), boxes, self.constant.cpu().numpy()
        )


def _checked(layer: str, chosen: Sequence[str], rows: Float[np.ndarray, "d units"]) -> Tensor:
    if layer not in chosen:
        raise NotFound(f"directions came for {layer!r}, which is none of the layers {', '.join(chosen)}")
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise BadInput(
            f"directions of shape {rows.shape} came for {layer!r}; expected finite numbers (directions, units)"
        )
    return torch.as_tensor(rows)


def _directed(layer: str, weights: Tensor, units: Tensor) -> Tensor:
    """Weighted sums of the units of a batch."""
    if weights.shape[1] != units.shape[1]:
        raise BadInput(
            f"directions of shape {tuple(weights.shape)} came for {layer!r}; expected (directions, {units.shape[1]}), a weight of each unit"
        )
    return torch.einsum("du,nu...->nd...", weights.to(units), units)


def _cropped(
    image: UInt8[np.ndarray, "h w 3"], box: Int[np.ndarray, " 4"], side: int
) -> UInt8[np.ndarray, "side side 3"]:
    """A box of an image, in a square."""
    top, bottom, left, right = (int(edge) for edge in box)
    return in_square(image[top : max(top, bottom), left : max(left, right)], side)
