"""Ten small networks of ten families, as far apart as families are: the zoo of the interchange study.

Each has the family's way of joining layers at the size of 32 pixels, and embeddings of a sixteenth of the dimensions of the
network that the papers compared.

    _parts            convolutions with norms, branches, separable convolutions, the end that all share
    inception_v1      branches of 1 × 1, 3 × 3, 5 × 5 and a pool                                       64
    inception_v2      the 5 × 5 as two 3 × 3, strides within the branches                              64
    inception_v3      n × n as 1 × n and n × 1                                                        128
    inception_v4      a branching stem, deeper and plainer modules                                     96
    inception_resnet  branches within a residual                                                       96
    resnet_v1         bottlenecks, rectified after the sum                                            128
    resnet_v2         bottlenecks, rectified before the convolutions                                  128
    mobilenet_v2      inverted residuals, convolutions by channel                                     112
    nasnet            cells found by search, joined with the two before                               252
    pnasnet           cells found step by step                                                        270
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

ZOO = (
    "inception_v1",
    "inception_v2",
    "mobilenet_v2",
    "resnet_v1",
    "resnet_v2",
    "inception_v3",
    "inception_v4",
    "inception_resnet",
    "nasnet",
    "pnasnet",
)
"""In the order of the papers' tables."""


def builder(name: str) -> "Callable[[int, int], nn.Module]":
    """The function that makes one, from the numbers of classes and of channels.

    >>> network = builder("inception_v1")(10, 3)
    >>> [name for name, _ in network.named_children()][-2:]
    ['pool', 'classifier']
    """
    build: Callable[[int, int], nn.Module] = import_module(f"repscope.networks._zoo.{name}").build
    return build
