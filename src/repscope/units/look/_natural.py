"""What targets give on natural images: the distribution beside which an optimised picture's activation is read."""

from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from repscope.units._means import layer_means

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
        self, network: "Network", data: "DataSet", layer: str, directions: Float[np.ndarray, "targets units"]
    ) -> None:
        self.values: Float[np.ndarray, "n targets"] = layer_means(network, data, layer) @ directions.T

    def percentile(self, target: int, value: float) -> float:
        """The share of natural images, in percent, that give the target less than a value."""
        return 100 * float(np.mean(self.values[:, target] < value))
