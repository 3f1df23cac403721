"""A layer's units on every image, as means over positions: what layers of different sizes can be compared by."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float

from repscope.networks._drawing import draw_from
from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput, by_unit

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


def layer_means(network: "Network", data: "DataSet", layer: str, batch: int = 64) -> Float[np.ndarray, "n units"]:
    """Of every image, the mean over positions of each unit of a layer, in float64.

    Parameters
    ----------
    network : Network
        Its module comes back as it was.
    data : DataSet
    layer : str
        A name, not a pattern.
    batch : int
        Images at a time.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> layer_means(load_network("repscope:resnet20-digits"), load_data("digits").balanced(20), "stage1.0").shape
    (20, 16)
    """
    output, found = LayerOutput(network.module, layer), []
    there = next((weight.device for weight in network.module.parameters()), torch.device("cpu"))
    with intact(network.module), torch.no_grad():
        for start in range(0, len(data), batch):
            with draw_from(network.seed_forward, start):
                images = network.preprocess(data.batch(range(start, min(start + batch, len(data))))).to(there)
                units = by_unit(output(images), images.shape[1:])
            means = units.flatten(2).mean(2) if units.ndim > 2 else units
            found.append(means.double().cpu().numpy())
    return np.concatenate(found)
