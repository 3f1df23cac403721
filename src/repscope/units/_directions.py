"""Directions in the space of a layer's units: at random, of greatest variance, or of another network."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float

from repscope.activations import network_layers, probe_outputs
from repscope.activations._hooks import watch
from repscope.activations._layers import INPUT, axes_of, choose_layers, module_name
from repscope.core.errors import BadInput
from repscope.networks._drawing import draw_from
from repscope.networks._evaluating import evaluating
from repscope.units._intact import intact
from repscope.units._layer_output import Prefix, by_unit

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


def random_directions(count: int, units: int, seed: int = 0) -> Float[np.ndarray, "count units"]:
    """Directions of length one, even over the sphere.

    >>> random_directions(3, 8).shape
    (3, 8)
    """
    drawn = np.random.default_rng(seed).normal(size=(count, units))
    made: Float[np.ndarray, "count units"] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return made


def principal_directions(
    network: "Network", data: "DataSet", layer: str, count: int | None = None, batch: int = 64
) -> Float[np.ndarray, "count units"]:
    """Directions of greatest variance of a layer's units over all images and positions, the first first, of length one.

    Their sign is that in which the activations are skewed to high values, so that top patches are of the rare side.

    Raises
    ------
    BadInput
        If there are not so many units.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(30)
    >>> principal_directions(network, data, "stage1.0", 4).shape
    (4, 16)
    """
    n, total, products = 0, 0.0, 0.0
    for rows in _positions(network, data, layer, batch):
        n += len(rows)
        total = total + rows.sum(0)
        products = products + rows.T @ rows
    mean = np.asarray(total / n)
    wanted = len(mean) if count is None else count
    if not 1 <= wanted <= len(mean):
        raise BadInput(f"{wanted} directions were asked for; {layer!r} has {len(mean)} units")
    found = np.linalg.eigh(np.asarray(products / n) - np.outer(mean, mean))[1].T[::-1][:wanted]
    skewness = sum((((rows - mean) @ found.T) ** 3).sum(0) for rows in _positions(network, data, layer, batch))
    signed: Float[np.ndarray, "count units"] = found * np.where(np.asarray(skewness) < 0, -1.0, 1.0)[:, None]
    return signed


def _positions(
    network: "Network", data: "DataSet", layer: str, batch: int
) -> Iterator[Float[np.ndarray, "positions units"]]:
    """The units of a layer at all positions, some images at a time."""
    known, silent = network_layers(network)
    (name,) = choose_layers([layer], [info.name for info in known], silent)
    keep = set() if name == INPUT else {name}
    module = network.module
    probe_outputs(network, data, [info for info in known if info.name == name], batch=batch)
    with (
        intact(module),
        evaluating(module) as there,
        torch.no_grad(),
        watch(module, {module_name(x) for x in keep}, keep, axes_of(known)) as seen,
    ):
        run = Prefix(module, seen, keep)
        for start in range(0, len(data), batch):
            with draw_from(network.seed_forward, start):
                images = network.preprocess(data.batch(range(start, min(start + batch, len(data))))).to(there)
                run(images)
            units = by_unit(images if name == INPUT else seen.tensors[name], images.shape[1:]).double()
            yield units.movedim(1, -1).flatten(0, -2).cpu().numpy()
