"""The contract of a kind of attention, and the look-up by name."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from repscope.core.registry import Registry

if TYPE_CHECKING:
    from torch import nn


class AttentionKind(ABC):
    """One kind of attention. A file of this folder defines one instance under the name `attention`."""

    summary: ClassVar[str]
    """One line that says what it is."""
    reference: ClassVar[str]
    """The paper."""
    options: ClassVar[Mapping[str, Any]]
    """What its block can be given beside the channels, with the defaults: window, kernels, reduction, dilation."""

    @abstractmethod
    def block(self, channels: int, **options: Any) -> "nn.Module | None":
        """A block for maps of so many channels, of the same shape on both sides; None where there is nothing to do."""


ATTENTION: Registry[AttentionKind] = Registry("repscope.networks.attention", "attention", AttentionKind)  # type: ignore[type-abstract]
