"""Gradients that there are not: one sentence, wherever they are asked for."""

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.data import load_data
from repscope.networks import Network
from repscope.networks._backward import slope_of
from repscope.training import Recipe, train
from repscope.units.attribution._gradient import gradients
from repscope.units.pictures.maximize import maximize


class ChangedLater(nn.Module):
    """Changes in place what the backward pass needs."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, x):
        y = torch.relu(self.conv(x))
        y.mul_(3)
        return self.head(y.mean((2, 3)))


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 10, 3), nn.Linear(10, 10)

    def forward(self, x):
        embedding = self.conv(x).relu().mean((2, 3))
        return embedding, self.head(embedding)


def test_a_gradient_through_a_change_in_place_is_refused():
    with pytest.raises(BadInput, match="nothing changed in place that is needed again"):
        gradients(ChangedLater().eval(), torch.rand(2, 3, 8, 8), 0)


def test_pictures_of_such_a_network_are_refused():
    with pytest.raises(BadInput, match="gradient cannot be computed"):
        maximize(ChangedLater().eval(), ("head", 0), size=(3, 8, 8), steps=1)


def test_a_value_without_a_gradient_is_refused():
    with pytest.raises(BadInput, match="gradient cannot be computed"):
        slope_of(torch.ones(()), torch.ones(2))


def test_a_network_with_two_outputs_is_trained_by_its_logits():
    data = load_data("digits").balanced(40)
    network = Network(
        "two", Two().eval(), lambda images: torch.stack([i.float() / 255 for i in images])[..., :8, :8], (3, 8, 8)
    )
    done = train(network, data, Recipe(epochs=1, batch=20))
    assert set(done.accuracies) == {"train", "validation"}
