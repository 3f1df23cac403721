"""BAM, the bottleneck attention module: attention to channels and to places, joined."""

from typing import TYPE_CHECKING, Any, ClassVar, final

import torch
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks.attention._kind import AttentionKind
from repscope.networks.attention._reduction import reduced

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
class BAM(nn.Module):
    """Adds to a feature map itself, weighed by its channels' means and by what lies around each place.

    F + F ⊙ sigmoid(M_c(F) + M_s(F)).

    Parameters
    ----------
    channels : int
        Of the map, C.
    reduction : int
        Both branches have C / reduction inner channels; 16 in the paper, 1 in the thesis' comparison.
    dilation : int
        Of the two 3 × 3 convolutions.
    device, dtype
        Of the weights, as everywhere in torch.

    Raises
    ------
    BadInput
        If the reduction leaves no channel, or the dilation is below 1.

    References
    ----------
    J. Park, S. Woo, J.-Y. Lee, I. S. Kweon, *BAM: Bottleneck Attention Module*, BMVC 2018, equations 1 to 4. Hidden layers are
    rectified, which the equations leave out; batch norms stand where the equations have them, at the end of both branches.

    Examples
    --------
    >>> block = BAM(16, reduction=4)
    >>> block(torch.rand(2, 16, 32, 32)).shape
    torch.Size([2, 16, 32, 32])
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 1,
        dilation: int = 4,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        inner = reduced(channels, reduction, "BAM")
        if isinstance(dilation, bool) or not isinstance(dilation, int) or dilation < 1:
            raise BadInput(f"BAM was given dilation={dilation!r}; expected a whole number of at least 1")
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        wide: dict[str, Any] = {"padding": dilation, "dilation": dilation, **where}
        self.channel = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, inner, 1, **where),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1, **where),
            nn.BatchNorm2d(channels, **where),
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(channels, inner, 1, **where),
            nn.ReLU(),
            nn.Conv2d(inner, inner, 3, **wide),
            nn.ReLU(),
            nn.Conv2d(inner, inner, 3, **wide),
            nn.ReLU(),
            nn.Conv2d(inner, 1, 1, **where),
            nn.BatchNorm2d(1, **where),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Weigh by both branches, and add."""
        return x * (1 + torch.sigmoid(self.channel(x) + self.spatial(x)))


@final
class Bottleneck(AttentionKind):
    """``attention="bam"``."""

    summary = "BAM: attends to channels and to places, joined"
    reference = "J. Park, S. Woo, J.-Y. Lee, I. S. Kweon, BAM: Bottleneck Attention Module, BMVC 2018"
    options: ClassVar["Mapping[str, Any]"] = {"reduction": 1, "dilation": 4}

    def block(self, channels: int, **options: Any) -> BAM:
        """A block for maps of so many channels."""
        return BAM(channels, **options)


attention = Bottleneck()
