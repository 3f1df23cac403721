"""Which layers there are, which a pattern means, and which people look at."""

import pytest
import torch
from torch import nn

from repscope.activations import network_layers, usual_layers
from repscope.activations._layers import choose_layers, outputs_of
from repscope.core.errors import NotFound
from tests.activations.small import InPlace, Repeated, network


class Block(nn.Module):
    """A block, made of more than single operations."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 1)
        self.rest = nn.Sequential(nn.ReLU(), nn.Conv2d(3, 3, 1))

    def forward(self, x):
        return x + self.rest(self.first(x))


class Encoder(nn.Module):
    """Holds a stack of blocks and something after it."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(Block(), Block())
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.norm(self.layers(x))


class Branches(nn.Module):
    """A block of two branches, which must not be opened."""

    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())
        self.b = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return self.a(x) + self.b(x)


def test_usual_layers_open_stacks_and_keep_blocks_whole():
    module = nn.Sequential()
    module.stem = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())
    module.drop = nn.Dropout()
    module.encoder = Encoder()
    module.branches = Branches()
    layers, _ = network_layers(network(module))
    usual = usual_layers(module, [layer.name for layer in layers])
    assert usual == ("input", "stem", "encoder.layers.0", "encoder.layers.1", "encoder.norm", "branches")


def test_shapes_kinds_and_parameters():
    layers, silent = network_layers(network(InPlace()))
    assert [(x.name, x.shape, x.kind, x.parameters) for x in layers] == [
        ("input", (3, 8, 8), "image", 0),
        ("conv", (4, 6, 6), "Conv2d", 112),
        ("norm", (4, 6, 6), "BatchNorm2d", 8),
        ("relu", (4, 6, 6), "ReLU", 0),
        ("head", (4,), "Linear", 20),
    ]
    assert silent == ()
    assert layers[1].features == 144


def test_a_module_and_its_calls():
    names = [layer.name for layer in network_layers(network(Repeated()))[0]]
    assert choose_layers("relu", names) == ("relu:0", "relu:1", "relu:2")
    assert choose_layers(["relu", "!relu:1"], names) == ("relu:0", "relu:2")
    assert choose_layers("split", names) == ("split[mean]", "split[first]")
    with pytest.raises(NotFound, match="no layer matches 'relu:3'; nearest of"):
        choose_layers("relu:3", names)


def test_nested_outputs():
    found = outputs_of({"a": (torch.zeros(1), None), "b": [torch.ones(2), {"c": torch.ones(3)}], "d": 4})
    assert {k: len(v) for k, v in found.items()} == {"[a][0]": 1, "[b][0]": 2, "[b][1][c]": 3}


def test_looking_changes_nothing():
    module = InPlace().train()
    net = network(module)
    module.train()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    network_layers(net)
    assert module.training
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
