"""Inception-v1: branches of several sizes side by side.

C. Szegedy and others, *Going Deeper with Convolutions*, CVPR 2015, figure 2b.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Branches, conv, halve, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 64 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(
        stem=nn.Sequential(conv(channels, 24), halve(), conv(24, 32)),
        mixed1=_module(32, 12, (12, 20), (4, 8), 8),
        mixed2=_module(48, 12, (12, 20), (4, 8), 8),
        reduce=halve(),
        mixed3=_module(48, 16, (16, 28), (6, 10), 10),
        mixed4=_module(64, 16, (16, 28), (6, 10), 10),
        mixed5=_module(64, 16, (16, 28), (6, 10), 10),
    )
    return whole(features, 64, classes)


def _module(incoming: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> Branches:
    return Branches(
        conv(incoming, one, 1),
        nn.Sequential(conv(incoming, three[0], 1), conv(three[0], three[1], 3)),
        nn.Sequential(conv(incoming, five[0], 1), conv(five[0], five[1], 5)),
        nn.Sequential(nn.MaxPool2d(3, 1, padding=1), conv(incoming, pool, 1)),
    )
