"""Inception-ResNet-v2: branches within a scaled residual.

C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi, *Inception-v4, Inception-ResNet and the Impact of Residual Connections*,
AAAI 2017, figures 16 to 20.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Branches, Residual, conv, halve, whole

_SCALE = 0.3


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 96 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(
        stem=nn.Sequential(conv(channels, 16), conv(16, 24, stride=2), conv(24, 48)),
        a1=_a(48),
        a2=_a(48),
        reduce=Branches(halve(), conv(48, 28, 3, stride=2), nn.Sequential(conv(48, 12, 1), conv(12, 20, 3, stride=2))),
        b1=_b(96),
        b2=_b(96),
        b3=_b(96),
    )
    return whole(features, 96, classes)


def _a(width: int) -> Residual:
    branches = Branches(
        conv(width, 8, 1),
        nn.Sequential(conv(width, 8, 1), conv(8, 8, 3)),
        nn.Sequential(conv(width, 8, 1), conv(8, 12, 3), conv(12, 16, 3)),
    )
    return Residual(nn.Sequential(branches, conv(32, width, 1, relu=False)), scale=_SCALE, after=nn.ReLU())


def _b(width: int) -> Residual:
    branches = Branches(
        conv(width, 24, 1), nn.Sequential(conv(width, 16, 1), conv(16, 20, (1, 5)), conv(20, 24, (5, 1)))
    )
    return Residual(nn.Sequential(branches, conv(48, width, 1, relu=False)), scale=_SCALE, after=nn.ReLU())
