"""MobileNet-v2: narrow outside, wide inside, convolutions by channel.

M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L. Chen, *MobileNetV2: Inverted Residuals and Linear Bottlenecks*, CVPR 2018.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Residual, conv, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 112 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(stem=conv(channels, 16))
    incoming = 16
    for stage, (outgoing, count, stride) in enumerate(((16, 1, 1), (24, 3, 2), (40, 4, 2)), 1):
        blocks: list[nn.Module] = []
        for position in range(count):
            blocks.append(_inverted(incoming, outgoing, stride if position == 0 else 1))
            incoming = outgoing
        features[f"stage{stage}"] = nn.Sequential(*blocks)
    features["last"] = conv(incoming, 112, 1)
    return whole(features, 112, classes)


def _inverted(incoming: int, outgoing: int, stride: int, expand: int = 4) -> nn.Module:
    inner = expand * incoming
    branch = nn.Sequential(
        conv(incoming, inner, 1), conv(inner, inner, 3, stride, groups=inner), conv(inner, outgoing, 1, relu=False)
    )
    return Residual(branch) if incoming == outgoing and stride == 1 else branch
