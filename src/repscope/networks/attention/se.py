"""Squeeze-and-excitation: attention to channels by the mean of the whole map."""

from typing import TYPE_CHECKING, Any, ClassVar, final

import torch
from torch import Tensor, nn

from repscope.networks.attention._kind import AttentionKind
from repscope.networks.attention._reduction import reduced

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
class SqueezeExcitation(nn.Module):
    """Weighs every channel of a feature map by what the means of all channels say.

    Parameters
    ----------
    channels : int
        Of the map, C.
    reduction : int
        The inner layer has C / reduction channels; 16 in the paper, 1 in the thesis' comparison.
    device, dtype
        Of the weights, as everywhere in torch.

    Raises
    ------
    BadInput
        If the reduction leaves no channel.

    References
    ----------
    J. Hu, L. Shen, G. Sun, *Squeeze-and-Excitation Networks*, CVPR 2018, equations 2 to 4.

    Examples
    --------
    >>> block = SqueezeExcitation(16)
    >>> sum(p.numel() for p in block.parameters()), block(torch.rand(2, 16, 32, 32)).shape
    (544, torch.Size([2, 16, 32, 32]))
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 1,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        inner = reduced(channels, reduction, "squeeze-and-excitation")
        self.attend = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, inner, 1, device=device, dtype=dtype),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1, device=device, dtype=dtype),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Squeeze, excite, weigh."""
        weighed: Tensor = x * self.attend(x)
        return weighed


@final
class Squeeze(AttentionKind):
    """``attention="se"``."""

    summary = "squeeze-and-excitation: attends to channels by the whole map's mean"
    reference = "J. Hu, L. Shen, G. Sun, Squeeze-and-Excitation Networks, CVPR 2018"
    options: ClassVar["Mapping[str, Any]"] = {"reduction": 1}

    def block(self, channels: int, **options: Any) -> SqueezeExcitation:
        """A block for maps of so many channels."""
        return SqueezeExcitation(channels, **options)


attention = Squeeze()
