"""What the networks of the zoo are put together from."""

from collections import OrderedDict
from collections.abc import Callable
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn


def conv(
    incoming: int,
    outgoing: int,
    size: int | tuple[int, int] = 3,
    stride: int = 1,
    groups: int = 1,
    relu: bool = True,
) -> nn.Sequential:
    """A convolution that keeps the size at stride 1, batch norm, and a ReLU unless it is left out.

    >>> conv(3, 8, (1, 5), stride=2)(torch.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 8, 4, 4])
    """
    high, wide = (size, size) if isinstance(size, int) else size
    parts: list[nn.Module] = [
        nn.Conv2d(incoming, outgoing, (high, wide), stride, padding=(high // 2, wide // 2), groups=groups, bias=False),
        nn.BatchNorm2d(outgoing),
    ]
    return nn.Sequential(*parts, *([nn.ReLU()] if relu else []))


def separable(incoming: int, outgoing: int, size: int, stride: int = 1) -> nn.Sequential:
    """ReLU, a convolution of each channel by itself, one across channels, batch norm (Chollet 2017)."""
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(incoming, incoming, size, stride, padding=size // 2, groups=incoming, bias=False),
        nn.Conv2d(incoming, outgoing, 1, bias=False),
        nn.BatchNorm2d(outgoing),
    )


@final
class Branches(nn.Module):
    """Several ways side by side, their channels one after the other."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        """All branches of the same input."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


@final
class Residual(nn.Module):
    """x + scale · branch(x), then `after`."""

    def __init__(
        self,
        branch: nn.Module,
        shortcut: nn.Module | None = None,
        scale: float = 1.0,
        after: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut or nn.Identity()
        self.after = after or nn.Identity()
        self.scale = scale

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        """The sum."""
        out: Tensor = self.after(self.shortcut(x) + self.scale * self.branch(x))
        return out


def halve() -> nn.MaxPool2d:
    """A max pool that halves height and width."""
    return nn.MaxPool2d(3, 2, padding=1)


def whole(features: "OrderedDict[str, nn.Module]", width: int, classes: int) -> nn.Sequential:
    """Features, the mean over positions, a linear classifier; weights drawn from torch's global generator."""
    network = nn.Sequential(
        OrderedDict(
            **features,
            pool=nn.Sequential(OrderedDict(average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten())),
            classifier=nn.Linear(width, classes),
        )
    )
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
            # by outgoing channels of a group, or convolutions by channel would begin tiny
            fan = module.out_channels // module.groups * module.kernel_size[0] * module.kernel_size[1]
            nn.init.normal_(module.weight, std=(2.0 / fan) ** 0.5)
    return network


@final
class Cells(nn.Module):
    """Cells that each see the two before them (Zoph and others 2018)."""

    def __init__(self, stem: nn.Module, cells: "list[nn.Module]") -> None:
        super().__init__()
        self.stem = stem
        self.cells = nn.ModuleList(cells)

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        """From the stem through all cells."""
        before = now = self.stem(x)
        for cell in self.cells:
            before, now = now, cell(before, now)
        rectified: Tensor = torch.relu(now)
        return rectified


@final
class Fit(nn.Module):
    """Brings a cell's inputs to one width and size: 1 × 1, and every second position of the one before if it is larger."""

    def __init__(self, before: int, now: int, width: int, smaller: bool) -> None:
        super().__init__()
        self.before = nn.Sequential(
            nn.ReLU(), nn.Conv2d(before, width, 1, 2 if smaller else 1, bias=False), nn.BatchNorm2d(width)
        )
        self.now = nn.Sequential(nn.ReLU(), nn.Conv2d(now, width, 1, bias=False), nn.BatchNorm2d(width))

    def forward(
        self, before: Float[Tensor, "batch c h w"], now: Float[Tensor, "batch c2 h2 w2"]
    ) -> tuple[Float[Tensor, "batch f h2 w2"], Float[Tensor, "batch f h2 w2"]]:
        """Both at the cell's width."""
        return self.before(before), self.now(now)


def stack(
    make: Callable[[int, int, int, bool, bool], "tuple[nn.Module, int]"], stem: int, widths: tuple[int, ...], each: int
) -> "tuple[list[nn.Module], int]":
    """Cells of rising widths, the first of each but the first width halving height and width.

    `make(before, now, width, smaller, reduce)` gives a cell and how many channels it has; `smaller` says that the cell
    before has halved.
    """
    cells: list[nn.Module] = []
    before = now = stem
    smaller = False
    for number, width in enumerate(widths):
        for position in range(each + (number > 0)):
            reduce = number > 0 and position == 0
            cell, out = make(before, now, width, smaller, reduce)
            cells.append(cell)
            before, now, smaller = now, out, reduce
    return cells, now
