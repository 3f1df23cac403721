"""What targets give on natural images: the distribution beside which an optimised picture's activation is read."""

from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float

from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput, by_unit

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


@final
class Natural:
    """Means over positions of some directions of a layer, for every image.

    Parameters
    ----------
    network : Network
    data : DataSet
    layer : str
    directions : (targets, units) array

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(20)
    >>> natural = Natural(network, data, "stage1.0", np.eye(16)[:2])
    >>> natural.values.shape, natural.percentile(0, float(natural.values[:, 0].max()) + 1)
    ((20, 2), 100.0)
    """

    def __init__(
        self,
        network: "Network",
        data: "DataSet",
        layer: str,
        directions: Float[np.ndarray, "targets units"],
        batch: int = 64,
    ) -> None:
        output = LayerOutput(network.module, layer)
        weights = torch.as_tensor(directions)
        found = []
        with intact(network.module), torch.no_grad():
            there = next((weight.device for weight in network.module.parameters()), torch.device("cpu"))
            for start in range(0, len(data), batch):
                images = network.preprocess(data.batch(range(start, min(start + batch, len(data))))).to(there)
                units = by_unit(output(images), images.shape[1:])
                means = units.flatten(2).mean(2) if units.ndim > 2 else units
                found.append((means.double().cpu() @ weights.T).numpy())
        self.values: Float[np.ndarray, "n targets"] = np.concatenate(found)

    def percentile(self, target: int, value: float) -> float:
        """The share of natural images, in percent, that give the target less than a value."""
        return 100 * float(np.mean(self.values[:, target] < value))
