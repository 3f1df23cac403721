"""NASNet-A: cells found by search, each joined with the two before it.

B. Zoph, V. Vasudevan, J. Shlens, Q. Le, *Learning Transferable Architectures for Scalable Image Recognition*, CVPR 2018,
figure 4; each separable convolution is applied once, not twice.
"""

from collections import OrderedDict
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.networks._zoo._parts import Cells, Fit, conv, separable, stack, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 252 dimensions: six times 42."""
    cells, width = stack(_cell, 24, (14, 24, 42), each=1)
    stem = conv(channels, 24, stride=2, relu=False)
    return whole(OrderedDict(cells=Cells(stem, cells)), width, classes)


def _cell(before: int, now: int, width: int, smaller: bool, reduce: bool) -> tuple[nn.Module, int]:
    cell = Reduction(before, now, width, smaller) if reduce else Normal(before, now, width, smaller)
    return cell, (4 if reduce else 6) * width


@final
class Normal(nn.Module):
    """Keeps height and width."""

    def __init__(self, before: int, now: int, width: int, smaller: bool) -> None:
        super().__init__()
        self.fit = Fit(before, now, width, smaller)
        self.sep3 = nn.ModuleList(separable(width, width, 3) for _ in range(3))
        self.sep5 = nn.ModuleList(separable(width, width, 5) for _ in range(2))
        self.mean = nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)

    def forward(
        self, before: Float[Tensor, "batch c h w"], now: Float[Tensor, "batch c2 h2 w2"]
    ) -> Float[Tensor, "batch f h2 w2"]:
        """Five sums of two, beside what came before."""
        p, h = self.fit(before, now)
        return torch.cat(
            [
                p,
                self.sep3[0](h) + h,
                self.sep3[1](p) + self.sep5[0](h),
                self.mean(h) + p,
                2 * self.mean(p),
                self.sep5[1](p) + self.sep3[2](p),
            ],
            dim=1,
        )


@final
class Reduction(nn.Module):
    """Halves height and width."""

    def __init__(self, before: int, now: int, width: int, smaller: bool) -> None:
        super().__init__()
        self.fit = Fit(before, now, width, smaller)
        self.sep7 = nn.ModuleList(separable(width, width, 7, 2) for _ in range(2))
        self.sep5 = nn.ModuleList(separable(width, width, 5, 2) for _ in range(2))
        self.sep3 = separable(width, width, 3)
        self.most = nn.MaxPool2d(3, 2, padding=1)
        self.mean = nn.AvgPool2d(3, 2, padding=1, count_include_pad=False)
        self.mean1 = nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)

    def forward(
        self, before: Float[Tensor, "batch c h w"], now: Float[Tensor, "batch c2 h2 w2"]
    ) -> Float[Tensor, "batch f h3 w3"]:
        """Five sums of two, of which four go on."""
        p, h = self.fit(before, now)
        first = self.sep5[0](h) + self.sep7[0](p)
        second = self.most(h) + self.sep7[1](p)
        third = self.mean(h) + self.sep5[1](p)
        return torch.cat([second, third, self.mean1(first) + second, self.sep3(first) + self.most(h)], dim=1)
