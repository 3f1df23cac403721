"""Inception-v3: n × n convolutions as 1 × n and n × 1.

C. Szegedy and others, *Rethinking the Inception Architecture for Computer Vision*, CVPR 2016, figures 6 and 10.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Branches, conv, halve, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 128 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(
        stem=nn.Sequential(conv(channels, 16), conv(16, 24, stride=2), conv(24, 32)),
        mixed1=_factorised(32, 12, 8, 12, 5),
        reduce=_reduce(48),
        mixed2=_factorised(96, 16, 12, 16, 5),
        mixed3=_factorised(64, 16, 12, 16, 5),
        mixed4=_wide(64),
    )
    return whole(features, 128, classes)


def _factorised(incoming: int, one: int, inner: int, out: int, n: int) -> Branches:
    return Branches(
        conv(incoming, one, 1),
        nn.Sequential(conv(incoming, inner, 1), conv(inner, inner, (1, n)), conv(inner, out, (n, 1))),
        nn.Sequential(
            conv(incoming, inner, 1), conv(inner, inner, (n, 1)), conv(inner, inner, (1, n)), conv(inner, inner, (n, 1)),
            conv(inner, out, (1, n)),
        ),
        nn.Sequential(nn.AvgPool2d(3, 1, padding=1), conv(incoming, one if out == one else out, 1)),
    )  # fmt: skip


def _reduce(incoming: int) -> Branches:
    return Branches(
        nn.Sequential(conv(incoming, 12, 1), conv(12, 24, 3, stride=2)),
        nn.Sequential(conv(incoming, 12, 1), conv(12, 24, 3), conv(24, 24, 3, stride=2)),
        halve(),
    )


def _wide(incoming: int) -> Branches:
    return Branches(
        conv(incoming, 24, 1),
        nn.Sequential(conv(incoming, 24, 1), Branches(conv(24, 20, (1, 3)), conv(24, 20, (3, 1)))),
        nn.Sequential(conv(incoming, 16, 1), conv(16, 24, 3), Branches(conv(24, 20, (1, 3)), conv(24, 20, (3, 1)))),
        nn.Sequential(nn.AvgPool2d(3, 1, padding=1), conv(incoming, 24, 1)),
    )
