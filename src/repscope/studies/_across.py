"""What studies of linear maps between networks have in common: which networks, which kinds of maps."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from repscope.core.errors import BadInput
from repscope.studies._study import Study
from repscope.studies._subjects import opened_data, opened_network

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


@dataclass(frozen=True)
class AcrossNetworks(Study):
    """Embeddings of several networks, mapped into one another.

    Parameters
    ----------
    networks : tuple of str
        Addresses; two or more.
    weights : str or None
        For all of them: "random", or none for their own.
    network_settings : mapping
        For all of them.
    heads : mapping of str to str
        Names of the layers whose input is the embedding, by address, where they are not found by themselves.
    kinds : tuple of str
        Kinds of maps, the main one first.
    data : str
        Address, with labels.
    data_settings : mapping or None
        Its settings; of the embedded glyphs by default those of images that the networks which ship have not seen.
    batch : int
        Images at a time.
    device : str or None
        Where the networks run.
    seed : int
        Of everything random.
    """

    unseen: ClassVar[Mapping[str, Any]] = {}
    """Settings of the embedded glyphs by default: images, or characters, that the networks have not seen."""

    networks: tuple[str, ...] = ()
    weights: str | None = None
    network_settings: Mapping[str, Any] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    data: str = "glyphs"
    data_settings: Mapping[str, Any] | None = None
    batch: int = 128
    device: str | None = None
    seed: int = 0

    @abstractmethod
    def check_kind(self, kind: str) -> None:
        """Refuse a kind of map that there is not."""

    def check(self) -> None:
        """Refuse fewer than two networks, one twice, and unknown kinds."""
        if len(self.networks) < 2 or len(set(self.networks)) < len(self.networks):
            raise BadInput(f"networks = {list(self.networks)}; expected two or more different ones")
        if not self.kinds:
            raise BadInput("kinds is empty; expected one or more kinds of maps, the main one first")
        for kind in self.kinds:
            self.check_kind(kind)

    def opened(self, address: str) -> "Network":
        """The network of one of the addresses."""
        return opened_network(address, self.weights, self.network_settings)

    def opened_images(self) -> "DataSet":
        """The data set, by default as `unseen` says."""
        usual = self.unseen if self.data == "glyphs" else {}
        return opened_data(self.data, usual if self.data_settings is None else self.data_settings)

    @property
    def short_names(self) -> list[str]:
        """Of the networks, for people: without what all have in common.

        >>> from repscope.studies import study
        >>> study("interchange").with_settings({"networks": ("repscope:nasnet-digits", "repscope:resnet_v1-digits")}).short_names
        ['nasnet', 'resnet_v1']
        >>> study("interchange").with_settings({"networks": ("timm:a", "torchvision:a")}).short_names
        ['timm:a', 'torchvision:a']
        """
        plain = [address.rpartition(":")[2] for address in self.networks]
        ends = {name.rpartition("-")[2] for name in plain if "-" in name}
        if len(ends) == 1 and all("-" in name for name in plain):
            plain = [name.rpartition("-")[0] for name in plain]
        return plain if len(set(plain)) == len(plain) else list(self.networks)
