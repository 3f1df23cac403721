"""What studies of one network have in common: which network, with which weights, on which data."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any

from repscope.studies._study import Study
from repscope.studies._subjects import opened_data, opened_network

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


@dataclass(frozen=True)
class OneNetwork(Study):
    """One network on one data set.

    Parameters
    ----------
    network, data : str
        Addresses.
    weights : str or None
        Of the network: a file, "random", or none for its own.
    network_settings : mapping
        Its settings, such as the number of its classes.
    data_settings : mapping
        Those of the data set.
    """

    network: str = "repscope:resnet20-digits"
    data: str = "digits"
    _: KW_ONLY
    weights: str | None = None
    network_settings: Mapping[str, Any] = field(default_factory=dict)
    data_settings: Mapping[str, Any] = field(default_factory=dict)

    def opened_network(self, weights: str | None = None, **settings: Any) -> "Network":
        """The network; with other weights, or with further settings where the study's own do not say otherwise.

        Raises
        ------
        BadInput
            If the weights do not fit, or a setting is not understood.
        NotFound
            If nothing answers to the address.
        """
        return opened_network(self.network, weights or self.weights, {**settings, **self.network_settings})

    def opened_data(self) -> "DataSet":
        """The data set.

        Raises
        ------
        BadInput
            If a setting is not understood.
        NotFound
            If nothing answers to the address.
        """
        return opened_data(self.data, self.data_settings)
