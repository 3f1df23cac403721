"""Trap 45: attributions of an entry of the embedding, or of an attention matrix. Ours: the logits are found, or named as missing."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from repscope import units
from repscope.core.errors import BadInput


class Many(nn.Module):
    """Gives its outputs as `pack` puts them together."""

    def __init__(self, pack):
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head, self.pack = nn.Linear(8, 3), pack

    def forward(self, x):
        embedding = self.body(x)
        return self.pack(embedding, self.head(embedding))


PACKS = {
    "tuple": lambda e, y: (e, y),
    "dict": lambda e, y: {"embedding": e, "logits": y},
    "object": lambda e, y: SimpleNamespace(embedding=e, logits=y),
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
@pytest.mark.parametrize("method", ["saliency", "occlusion", "grad_cam", "integrated_gradients"])
def test_the_logit_and_not_the_embedding(method, pack):
    images, attribute = torch.rand(2, 3, 12, 12), getattr(units, method)
    expected = attribute(Many(lambda e, y: y).eval(), images, 1)
    np.testing.assert_array_equal(attribute(Many(pack).eval(), images, 1), expected)


@pytest.mark.parametrize("index", [3, 9])
def test_a_class_that_the_network_lacks(index):
    with pytest.raises(BadInput, match=rf"class {index} was asked for; the network has 3, 0 to 2"):
        units.saliency(Many(PACKS["tuple"]).eval(), torch.rand(2, 3, 12, 12), index)


def test_outputs_that_cannot_be_told_apart():
    network = Many(lambda e, y: (e, e + 1)).eval()
    with pytest.raises(BadInput, match="which of them are the logits cannot be told"):
        units.saliency(network, torch.rand(2, 3, 12, 12), 1)


class Attends(nn.Module):
    """A transformer of 16 patches whose softmax is a module."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.patch, self.qkv, self.attend = nn.Conv2d(3, 8, 8, 8), nn.Linear(8, 24), nn.Softmax(dim=-1)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        q, k, v = (part.unflatten(2, (2, 4)).transpose(1, 2) for part in self.qkv(tokens).chunk(3, 2))
        mixed = (self.attend(q @ k.transpose(2, 3)) @ v).transpose(1, 2).flatten(2)
        return self.head((tokens + mixed).mean(1))


def test_maps_of_the_image_and_not_of_tokens():
    network, images = Attends().eval(), torch.rand(2, 3, 32, 32)
    expected = units.grad_cam(network, images, 1, layer="patch")
    np.testing.assert_array_equal(units.grad_cam(network, images, 1), expected)
