"""Trap 52: a preprocessing is refused on a picture of a size that the data do not have. Ours: tried on what it is made for."""

import torch
from torch import nn

from repscope.activations import record
from repscope.networks import Network, PerImage
from tests.activations.small import images


def test_a_mean_image_of_one_size(tmp_path):
    mean = torch.full((3, 8, 8), 0.25)
    net = Network(
        "mine", nn.Sequential(nn.Conv2d(3, 4, 3)).eval(), PerImage(lambda image: image.float() / 255 - mean), (3, 8, 8)
    )
    assert record(net, images(), ["input", "0"], tmp_path).n == 40
