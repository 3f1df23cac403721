"""STAC, the spatially transformed attention condenser: attention to a map that was condensed by windows."""

from typing import TYPE_CHECKING, Any, ClassVar, final

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from repscope.core.errors import BadInput
from repscope.networks.attention._kind import AttentionKind
from repscope.networks.attention._reduction import reduced

if TYPE_CHECKING:
    from collections.abc import Mapping

GLOBAL = "global"


@final
class STAC(nn.Module):
    """Weighs every value of a feature map by what its surroundings of some windows hold.

    With Y the map, Q = average pool of Y by windows, K = sigmoid(conv(relu(conv(Q)))), T = K at Y's size, by nearest neighbour; the
    output is Y ⊙ T.

    Parameters
    ----------
    channels : int
        Of the map, C.
    window : int or "global"
        Side of the windows that are condensed, and their stride; a window larger than the map is the map.
    kernels : (int, int)
        Sides of the two convolutions; odd. (1, 1) with ``"global"`` is squeeze-and-excitation.
    reduction : int
        The inner convolution's channels are C / reduction; 1 as published.
    device, dtype
        Of the weights, as everywhere in torch.

    Raises
    ------
    BadInput
        If a value is out of its range; when it is called with a map whose sides its window does not divide.

    References
    ----------
    A. Hryniowski, *A Representational Response Analysis Framework for Convolutional Neural Networks*, PhD thesis, University of
    Waterloo, 2024, chapter 7.

    Examples
    --------
    >>> block = STAC(16, window=8)
    >>> sum(p.numel() for p in block.parameters()), block(torch.rand(2, 16, 32, 32)).shape
    (4640, torch.Size([2, 16, 32, 32]))

    In a network of timm::

        timm.create_model("resnet18", block_args={"attn_layer": partial(STAC, window=7)})
    """

    def __init__(
        self,
        channels: int,
        window: int | str = 8,
        kernels: tuple[int, int] = (3, 3),
        reduction: int = 1,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if window != GLOBAL and (isinstance(window, (bool, str)) or not isinstance(window, int) or window < 1):
            raise BadInput(f"STAC was given the window {window!r}; expected its side in pixels, 1 or more, or 'global'")
        self.window = window if isinstance(window, int) else 0  # 0 is global: TorchScript wants one type
        if len(kernels) != 2 or any(not isinstance(k, int) or k < 1 or k % 2 == 0 for k in kernels):
            raise BadInput(f"STAC was given the kernels {kernels!r}; expected two odd sides, such as (3, 3)")
        inner = reduced(channels, reduction, "STAC")
        first, second = kernels
        self.attend = nn.Sequential(
            nn.Conv2d(channels, inner, first, padding=first // 2, device=device, dtype=dtype),
            nn.ReLU(),
            nn.Conv2d(inner, channels, second, padding=second // 2, device=device, dtype=dtype),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Condense, attend, expand, weigh."""
        height, width = int(x.shape[2]), int(x.shape[3])
        high = height if self.window == 0 else min(self.window, height)
        wide = width if self.window == 0 else min(self.window, width)
        if height % high != 0 or width % wide != 0:
            raise BadInput(
                f"STAC's window of {high} x {wide} pixels does not divide its map of {height} x {width}; "
                "choose a window that divides both sides, or 'global'"
            )
        condensed = avg_pool2d(x, (high, wide))
        return x * interpolate(self.attend(condensed), size=(height, width), mode="nearest")

    def extra_repr(self) -> str:
        """The window."""
        return f"window={self.window or GLOBAL!r}"


@final
class Stac(AttentionKind):
    """``attention="stac"``."""

    summary = "STAC: attends to the map condensed by windows"
    reference = "A. Hryniowski, PhD thesis, University of Waterloo, 2024, chapter 7"
    options: ClassVar["Mapping[str, Any]"] = {"window": 8, "kernels": (3, 3), "reduction": 1}

    def block(self, channels: int, **options: Any) -> STAC:
        """A block for maps of so many channels."""
        return STAC(channels, **options)


attention = Stac()
