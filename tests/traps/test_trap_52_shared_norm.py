"""Trap 52: a norm that is used on the images and on prototypes is called twice, and the prototypes are taken for images, or all is refused. Ours counts every call."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import embeddings, record
from repscope.networks import head_of
from tests.activations.small import images, network, stack


class Prototypes(nn.Module):
    """Compares images with prototypes, which pass the same norm."""

    def __init__(self, count: int, images_first: bool):
        super().__init__()
        torch.manual_seed(0)
        self.images_first = images_first
        self.encoder = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.norm = nn.LayerNorm(8)
        self.prototypes = nn.Parameter(torch.randn(count, 8))

    def forward(self, x):
        if self.images_first:
            return self.norm(self.encoder(x)) @ self.norm(self.prototypes).T
        prototypes = self.norm(self.prototypes)
        return self.norm(self.encoder(x)) @ prototypes.T


@pytest.mark.parametrize("count", [2, 3, 5, 40])  # two, three and all images are passed at a time
@pytest.mark.parametrize("images_first", [True, False])
def test_only_calls_with_images_are_layers(count, images_first, tmp_path):
    net, data = network(Prototypes(count, images_first)), images(n=40)
    recording = record(net, data, None, tmp_path, batch=40)
    name = "norm:0" if images_first else "norm:1"
    names = [layer.name for layer in recording.layers]
    assert name in names
    assert sum(n.startswith("norm") for n in names) == 1
    with torch.no_grad():
        expected = net.module.norm(net.module.encoder(stack(list(data))))
    np.testing.assert_allclose(recording.activations(name), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("images_first", [True, False])
def test_a_head_that_takes_prototypes_too(images_first):
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.head = nn.Linear(192, 4)
            self.prototypes = nn.Parameter(torch.randn(5, 192))

        def forward(self, x):
            if images_first:
                logits = self.head(x.flatten(1))
            self.head(self.prototypes)
            return logits if images_first else self.head(x.flatten(1))

    net, data = network(Shared()), images(n=10)
    assert head_of(net).layer == "head"
    blocks = [block["one"] for _, block in embeddings({"one": net}, data, batch=5)]
    np.testing.assert_allclose(np.concatenate(blocks), stack(list(data)).flatten(1), rtol=1e-6)
