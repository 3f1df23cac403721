"""Inception-v4: a branching stem, more and plainer modules.

C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi, *Inception-v4, Inception-ResNet and the Impact of Residual Connections*,
AAAI 2017, figures 3 to 8.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Branches, conv, halve, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 96 dimensions."""
    stem = nn.Sequential(
        conv(channels, 16),
        Branches(halve(), conv(16, 16, 3, stride=2)),
        Branches(
            nn.Sequential(conv(32, 12, 1), conv(12, 16, 3)),
            nn.Sequential(conv(32, 12, 1), conv(12, 12, (5, 1)), conv(12, 12, (1, 5)), conv(12, 16, 3)),
        ),
    )
    features: OrderedDict[str, nn.Module] = OrderedDict(
        stem=stem, a1=_a(32, 10), a2=_a(40, 10), reduce=_reduce(40), b1=_b(96, 24), b2=_b(96, 24), b3=_b(96, 24)
    )
    return whole(features, 96, classes)


def _a(incoming: int, each: int) -> Branches:
    inner = 8
    return Branches(
        nn.Sequential(nn.AvgPool2d(3, 1, padding=1), conv(incoming, each, 1)),
        conv(incoming, each, 1),
        nn.Sequential(conv(incoming, inner, 1), conv(inner, each, 3)),
        nn.Sequential(conv(incoming, inner, 1), conv(inner, each, 3), conv(each, each, 3)),
    )


def _b(incoming: int, each: int) -> Branches:
    inner = 12
    return Branches(
        nn.Sequential(nn.AvgPool2d(3, 1, padding=1), conv(incoming, each, 1)),
        conv(incoming, each, 1),
        nn.Sequential(conv(incoming, inner, 1), conv(inner, inner, (1, 5)), conv(inner, each, (5, 1))),
        nn.Sequential(
            conv(incoming, inner, 1), conv(inner, inner, (5, 1)), conv(inner, inner, (1, 5)), conv(inner, inner, (5, 1)),
            conv(inner, each, (1, 5)),
        ),
    )  # fmt: skip


def _reduce(incoming: int) -> Branches:
    return Branches(
        halve(),
        conv(incoming, 28, 3, stride=2),
        nn.Sequential(conv(incoming, 12, 1), conv(12, 16, 3), conv(16, 28, 3, stride=2)),
    )
