"""ResNet-v2: bottlenecks, normalised and rectified before the convolutions.

K. He, X. Zhang, S. Ren, J. Sun, *Identity Mappings in Deep Residual Networks*, ECCV 2016, figure 4e.
"""

from collections import OrderedDict

from torch import nn

from repscope.networks._zoo._parts import Residual, whole


def build(classes: int, channels: int) -> nn.Module:
    """The network, with embeddings of 128 dimensions."""
    features: OrderedDict[str, nn.Module] = OrderedDict(stem=nn.Conv2d(channels, 16, 3, padding=1, bias=False))
    incoming = 16
    for stage, inner in enumerate((8, 16, 32), 1):
        blocks = []
        for position in range(3):
            blocks.append(_bottleneck(incoming, inner, 2 if position == 0 and stage > 1 else 1))
            incoming = 4 * inner
        features[f"stage{stage}"] = nn.Sequential(*blocks)
    features["last"] = nn.Sequential(nn.BatchNorm2d(incoming), nn.ReLU())
    return whole(features, incoming, classes)


def _bottleneck(incoming: int, inner: int, stride: int) -> Residual:
    outgoing = 4 * inner
    branch = nn.Sequential(
        *_before(incoming, inner, 1), *_before(inner, inner, 3, stride), *_before(inner, outgoing, 1)
    )
    same = incoming == outgoing and stride == 1
    return Residual(branch, None if same else nn.Conv2d(incoming, outgoing, 1, stride, bias=False))


def _before(incoming: int, outgoing: int, size: int, stride: int = 1) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(incoming, outgoing, size, stride, padding=size // 2, bias=False)
    return nn.BatchNorm2d(incoming), nn.ReLU(), convolution
