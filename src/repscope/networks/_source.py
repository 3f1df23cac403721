"""Where networks come from: the contract of one file of this folder, and the look-up by address."""

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from repscope.core.registry import Registry
from repscope.networks._network import Network


class NetworkSource(ABC):
    """One way of getting a network. A file of this folder defines one instance under the name `source`."""

    usage: ClassVar[str]
    """How it is addressed, for the help text, for example ``"timm:NAME"``."""
    summary: ClassVar[str]
    """One line that says what it is."""
    takes_classes: ClassVar[bool] = False
    """Whether the setting ``classes`` gives the number of outputs."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names that can follow the colon, where they can be listed."""

    @abstractmethod
    def load(self, argument: str, weights: str | Path | None = None, **settings: Any) -> Network:
        """The network called `argument` (what follows the colon of the address).

        `weights` is None (the source's own default: pretrained where there are such), ``"random"`` (with
        the setting ``seed``), or a file: safetensors, or a state dict read with ``weights_only=True``.
        """


NETWORK_SOURCES: Registry[NetworkSource] = Registry("repscope.networks", "source", NetworkSource)  # type: ignore[type-abstract]


def load_network(
    name: str, weights: str | Path | None = None, *, seed_forward: int | None = None, **settings: Any
) -> Network:
    """Load a network by its address.

    Parameters
    ----------
    name : str
        ``"repscope:NAME"``, ``"timm:NAME"``, ``"torchvision:NAME"``, ``"PACKAGE.MODULE:FUNCTION"`` or ``"FILE.py:FUNCTION"``.
    weights : str or Path, optional
        A safetensors file, a state dict, or ``"random"``; by default the source's pretrained weights.
    seed_forward : int, optional
        Of the random numbers of a network, or a preprocessing, that draws at random in a forward pass (`Network`).
    **settings
        Parameters of that source, for example ``classes=10`` or ``seed=0``.

    Returns
    -------
    Network

    Raises
    ------
    NotFound
        If nothing answers to the name.
    BadInput
        If the weights do not fit; the message lists missing, unexpected and mis-shaped tensors.

    Examples
    --------
    >>> load_network("repscope:resnet20", classes=10, weights="random", seed=0).parameters
    272474
    """
    word, _, argument = name.partition(":")
    source, rest = (word, argument) if word in NETWORK_SOURCES else ("python", name)
    network = NETWORK_SOURCES[source].load(rest, weights=weights, **settings)
    return network if seed_forward is None else replace(network, seed_forward=seed_forward)
