"""Residual networks for small images, with layer addresses that people can read.

neck           3x3 convolution, batch norm, ReLU
stage1.0 …     basic blocks; a block's output is taken after its last ReLU
pool           global average, flattened
dropout        in training alone, if it is asked for
classifier     linear
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks.attention import AttentionPlan


@final
@dataclass(frozen=True)
class Plan:
    """The shape of a residual network: how many blocks each stage has, and how wide they are.

    The neck is as wide as the first stage. Every stage after the first begins by halving height and width.
    """

    blocks: tuple[int, ...]
    widths: tuple[int, ...]

    def with_blocks(self, blocks: Sequence[int]) -> "Plan":
        """The plan with other numbers of blocks in its stages.

        >>> PLANS["resnet20"].with_blocks([3, 2, 3]).blocks
        (3, 2, 3)

        Raises
        ------
        BadInput
            If there is not one number of at least 1 for each stage.
        """
        numbers = (
            [count for count in blocks if isinstance(count, int) and count >= 1] if isinstance(blocks, Sequence) else []
        )
        if not numbers or len(numbers) != len(self.blocks) or len(blocks) != len(self.blocks):
            raise BadInput(
                f"blocks={blocks!r} cannot be used; expected a number for each of the {len(self.blocks)} stages, such as {list(self.blocks)}"
            )
        return Plan(tuple(numbers), self.widths)

    def scaled(self, depth: float, width: float) -> "Plan":
        """The plan with so many times as many blocks in each stage, and so many times as wide.

        The first width is rounded down, and the others keep their ratio to it.

        >>> PLANS["resnet20"].scaled(2, 2**0.5)
        Plan(blocks=(6, 6, 6), widths=(22, 44, 88))

        Raises
        ------
        BadInput
            If a factor is no positive number, or leaves no block or channel.
        """
        for name, factor in (("depth_factor", depth), ("width_factor", width)):
            if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 0 < factor < 100:
                raise BadInput(f"{name}={factor!r} cannot be used; expected a number above 0, such as 2")
        first = self.widths[0]
        scaled = Plan(
            tuple(round(count * depth) for count in self.blocks),
            tuple(int(first * width) * w // first for w in self.widths),
        )
        if min(*scaled.blocks, *scaled.widths) < 1:
            raise BadInput(
                f"depth_factor={depth:g} and width_factor={width:g} leave a stage without blocks or channels"
            )
        return scaled

    def maps(self, height: int, width: int) -> list[tuple[int, int]]:
        """Height and width of each stage's feature maps.

        >>> PLANS["resnet20"].maps(32, 48)
        [(32, 48), (16, 24), (8, 12)]
        """
        return [(-(-height // 2**i), -(-width // 2**i)) for i in range(len(self.blocks))]


PLANS = {
    "resnet20": Plan((3, 3, 3), (16, 32, 64)),
    "resnet32": Plan((5, 5, 5), (16, 32, 64)),
    "resnet44": Plan((7, 7, 7), (16, 32, 64)),
    "resnet56": Plan((9, 9, 9), (16, 32, 64)),
    "resnet34": Plan((3, 4, 6, 3), (64, 128, 256, 512)),
}
"""The members of the family, by name."""


@final
class Block(nn.Module):
    """A basic block: two 3x3 convolutions beside a shortcut, a sum, and a ReLU.

    The shortcut is the identity where the shape stays, and a 1x1 convolution with batch norm where it changes.
    The two ReLUs are modules of their own and not in place, so that what goes into each can be recorded too.
    Attention weighs the residual before the sum, or, placed post, the sum before its ReLU.
    """

    def __init__(
        self, incoming: int, outgoing: int, stride: int, attention: nn.Module | None = None, post: bool = False
    ) -> None:
        super().__init__()
        self.convolution1 = _convolution(incoming, outgoing, 3, stride)
        self.norm1 = nn.BatchNorm2d(outgoing)
        self.relu1 = nn.ReLU()
        self.convolution2 = _convolution(outgoing, outgoing, 3)
        self.norm2 = nn.BatchNorm2d(outgoing)
        self.shortcut = (
            nn.Identity()
            if incoming == outgoing and stride == 1
            else nn.Sequential(
                OrderedDict(convolution=_convolution(incoming, outgoing, 1, stride), norm=nn.BatchNorm2d(outgoing))
            )
        )
        self.attention = attention
        self.post = post
        self.relu2 = nn.ReLU()

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        """Transform the residual, add the shortcut, rectify."""
        residual = self.relu1(self.norm1(self.convolution1(x)))
        residual = self.norm2(self.convolution2(residual))
        if self.attention is not None and not self.post:
            residual = self.attention(residual)
        total = residual + self.shortcut(x)
        if self.attention is not None and self.post:
            total = self.attention(total)
        rectified: Tensor = self.relu2(total)
        return rectified


@final
class ResNet(nn.Sequential):
    """A residual network for small images: neck, stages, global average pool, linear classifier.

    Parameters
    ----------
    plan : Plan
        Blocks and widths of the stages.
    classes : int
        Outputs of the classifier.
    channels : int
        Channels of the input images.
    attention : AttentionPlan, optional
        What weighs the feature maps of which stages; none by default.
    dropout : float
        The share of the pooled features that is left out in training; with 0 there is no such layer.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, section 4.2; the
    shortcuts that change shape are its option B (projection) instead of option A (padding).

    Examples
    --------
    >>> import torch
    >>> network = ResNet(PLANS["resnet20"], classes=10).eval()
    >>> sum(p.numel() for p in network.parameters())
    272474
    >>> network(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    >>> [name for name, _ in network.named_children()]
    ['neck', 'stage1', 'stage2', 'stage3', 'pool', 'classifier']
    """

    def __init__(
        self,
        plan: Plan,
        classes: int,
        channels: int = 3,
        attention: AttentionPlan = AttentionPlan(),
        dropout: float = 0.0,
    ) -> None:
        post = attention.placement == "post"
        first, last = plan.widths[0], plan.widths[-1]
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        parts["neck"] = nn.Sequential(
            OrderedDict(convolution=_convolution(channels, first, 3), norm=nn.BatchNorm2d(first), relu=nn.ReLU())
        )
        incoming = first
        for stage, (count, width) in enumerate(zip(plan.blocks, plan.widths, strict=True), 1):
            stride = 1 if stage == 1 else 2
            shapes = [(incoming, stride), *((width, 1) for _ in range(count - 1))]
            blocks = [Block(before, width, step, attention.block(stage, width), post) for before, step in shapes]
            parts[f"stage{stage}"] = nn.Sequential(*blocks)
            incoming = width
        parts["pool"] = nn.Sequential(OrderedDict(average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten()))
        if dropout:
            parts["dropout"] = nn.Dropout(dropout)
        parts["classifier"] = nn.Linear(last, classes)
        super().__init__(parts)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights from torch's global generator: He's normal for the network's convolutions, torch's own elsewhere."""
        for module in self.modules():
            if next((x.is_meta for x in module.parameters(recurse=False)), False):
                continue  # shapes without numbers: there is nothing to draw, and torch takes its time for it
            if isinstance(module, nn.Conv2d) and module.bias is None:
                # torch's default shrinks the signal by sqrt(6) a layer, so that an untrained deep network would be
                # little but its shortcuts; He et al., ICCV 2015, equation 14 (backward form) keeps its size
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear)):  # convolutions with a bias are attention's
                module.reset_parameters()


def _convolution(incoming: int, outgoing: int, size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size at stride 1; no bias, a batch norm follows."""
    return nn.Conv2d(incoming, outgoing, size, stride, padding=size // 2, bias=False)
