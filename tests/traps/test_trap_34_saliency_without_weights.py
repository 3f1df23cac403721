"""Trap 34: maps that hardly depend on the weights are convincing and empty. The check by random weights tells them."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.units import guided_backprop, saliency
from repscope.units.attribution import randomised
from tests.units.small import Modules, images


def edges(module: nn.Module, x: torch.Tensor, target: object) -> np.ndarray:
    """No attribution at all: it does not look at the network."""
    return (x - x.roll(1, 3)).abs().numpy()


def test_an_edge_detector_and_guided_backpropagation_fail_the_gradient_passes():
    network, data = load_network("repscope:resnet20-glyphs"), load_data("glyphs").partition("validation").balanced(8)
    x = network.preprocess([data.image(i) for i in range(len(data))])
    upper = 12  # of 22 layers, from the last: what the lower ones see stays
    found = {method: randomised(network.module, x, 3, method) for method in (edges, guided_backprop, saliency)}
    assert len(found[saliency].layers) == 22
    assert found[edges].similarity.min() == pytest.approx(1)
    assert found[guided_backprop].score(upper).interval[0] > 0.6
    assert found[saliency].score(upper).interval[1] < 0.45
    assert list(found[saliency].frame()["layer"]) == list(found[saliency].layers)


def test_the_network_stays_as_it_is():
    module, x = Modules(), images()
    before = [weight.clone() for weight in module.parameters()]
    first = randomised(module, x, 1, saliency, seed=3)
    assert all(bool((a == b).all()) for a, b in zip(before, module.parameters(), strict=True))
    np.testing.assert_array_equal(first.similarity, randomised(module, x, 1, saliency, seed=3).similarity)
    assert first.layers == ("classifier", "second", "first")


def test_refusals():
    with pytest.raises(BadInput, match="1 image came; expected two or more"):
        randomised(Modules(), images(1), 1, saliency)
    with pytest.raises(BadInput, match="the network has no weights that could be randomised"):
        randomised(nn.Sequential(nn.ReLU(), nn.Flatten()), images(), 1, saliency)
