"""PNASNet-5: cells found step by step, one kind for all places.

C. Liu and others, *Progressive Neural Architecture Search*, ECCV 2018, figure 1; each separable convolution is applied
once, not twice.
"""

from collections import OrderedDict
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.networks._zoo._parts import Cells, Fit, conv, separable, stack, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 270 dimensions: five times 54."""
    cells, width = stack(_cell, 24, (18, 30, 54), each=1)
    stem = conv(channels, 24, stride=2, relu=False)
    return whole(OrderedDict(cells=Cells(stem, cells)), width, classes)


def _cell(before: int, now: int, width: int, smaller: bool, reduce: bool) -> tuple[nn.Module, int]:
    return Cell(before, now, width, smaller, 2 if reduce else 1), 5 * width


@final
class Cell(nn.Module):
    """Keeps height and width, or halves them."""

    def __init__(self, before: int, now: int, width: int, smaller: bool, stride: int) -> None:
        super().__init__()
        self.fit = Fit(before, now, width, smaller)
        self.sep7 = separable(width, width, 7, stride)
        self.sep5 = nn.ModuleList(separable(width, width, 5, stride) for _ in range(2))
        self.sep3 = nn.ModuleList(
            [separable(width, width, 3, stride), separable(width, width, 3), separable(width, width, 3, stride)]
        )
        self.most = nn.MaxPool2d(3, stride, padding=1)
        self.shortcut = conv(width, width, 1, stride, relu=False) if stride > 1 else nn.Identity()

    def forward(
        self, before: Float[Tensor, "batch c h w"], now: Float[Tensor, "batch c2 h2 w2"]
    ) -> Float[Tensor, "batch f h3 w3"]:
        """Five sums of two."""
        p, h = self.fit(before, now)
        third = self.sep5[1](h) + self.sep3[0](h)
        return torch.cat(
            [
                self.sep5[0](p) + self.most(p),
                self.sep7(h) + self.most(h),
                third,
                self.sep3[1](third) + self.most(h),
                self.sep3[2](p) + self.shortcut(h),
            ],
            dim=1,
        )
