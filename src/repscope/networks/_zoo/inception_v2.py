"""Inception-v2: the 5 × 5 as two 3 × 3, mean pools, strides within the branches.

S. Ioffe, C. Szegedy, *Batch Normalization*, ICML 2015, appendix.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Branches, conv, halve, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 64 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(
        stem=nn.Sequential(conv(channels, 16), conv(16, 32, stride=2)),
        mixed1=_module(32, 12, (8, 16), (8, 12), 8),
        mixed2=_reduce(48, (12, 24), (8, 16)),
        mixed3=_module(88, 16, (12, 20), (10, 16), 12),
        mixed4=_module(64, 16, (12, 20), (10, 16), 12),
        mixed5=_module(64, 16, (12, 20), (10, 16), 12),
    )
    return whole(features, 64, classes)


def _module(incoming: int, one: int, three: tuple[int, int], double: tuple[int, int], pool: int) -> Branches:
    return Branches(
        conv(incoming, one, 1),
        nn.Sequential(conv(incoming, three[0], 1), conv(three[0], three[1], 3)),
        nn.Sequential(conv(incoming, double[0], 1), conv(double[0], double[1], 3), conv(double[1], double[1], 3)),
        nn.Sequential(nn.AvgPool2d(3, 1, padding=1), conv(incoming, pool, 1)),
    )


def _reduce(incoming: int, three: tuple[int, int], double: tuple[int, int]) -> Branches:
    return Branches(
        nn.Sequential(conv(incoming, three[0], 1), conv(three[0], three[1], 3, stride=2)),
        nn.Sequential(
            conv(incoming, double[0], 1), conv(double[0], double[1], 3), conv(double[1], double[1], 3, stride=2)
        ),
        halve(),
    )
