"""ResNet-v1: bottlenecks, rectified after the sum.

K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, figure 5 right.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Residual, conv, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 128 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(stem=conv(channels, 16))
    incoming = 16
    for stage, inner in enumerate((8, 16, 32), 1):
        blocks = []
        for position in range(3):
            blocks.append(_bottleneck(incoming, inner, 2 if position == 0 and stage > 1 else 1))
            incoming = 4 * inner
        features[f"stage{stage}"] = nn.Sequential(*blocks)
    return whole(features, incoming, classes)


def _bottleneck(incoming: int, inner: int, stride: int) -> Residual:
    outgoing = 4 * inner
    branch = nn.Sequential(
        conv(incoming, inner, 1), conv(inner, inner, 3, stride), conv(inner, outgoing, 1, relu=False)
    )
    same = incoming == outgoing and stride == 1
    return Residual(branch, None if same else conv(incoming, outgoing, 1, stride, relu=False), after=nn.ReLU())
