"""look() on networks of torchvision and timm with random weights: what applies runs, what does not is said."""

import numpy as np
import pytest
import torch

from repscope import load_network
from repscope.data import DataSet
from repscope.units.look import asked_for, look

RELU_ONLY = {"guided_backprop", "deconvnet"}
NETWORKS = {
    "torchvision:googlenet": ("inception4a", set()),
    "torchvision:resnet50": ("layer2.1", set()),
    "timm:convnext_atto": ("stages.1", RELU_ONLY),
    "timm:vit_tiny_patch16_224": ("blocks.3", RELU_ONLY),
}


@pytest.mark.slow
@pytest.mark.parametrize("address", NETWORKS)
def test_what_applies_runs(address):
    layer, expected = NETWORKS[address]
    network = load_network(address, weights="random")
    pixels = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)
    data = DataSet("noise", pixels, tuple(map(str, range(6))), np.arange(6) % 2, ("a", "b"))
    before, weights = network.digest, [p.requires_grad for p in network.module.parameters()]
    with torch.random.fork_rng():
        found = look(
            network, data, asked_for(network, data, [layer], [3], [7]), count=2, steps=2, restarts=1, checked=0
        )
    assert network.digest == before
    assert [p.requires_grad for p in network.module.parameters()] == weights
    for part in found.layers:
        refused = set(part.refused)
        assert refused >= expected
        unit = part.units[0]
        stuck = f"an optimised picture of {unit.name}"  # where noise leaves a ReLU shut
        assert refused - expected <= {"grad_cam", stuck}  # tokens have no height and width
        assert unit.patches.shape[0] == 2
        if not unit.dead:
            assert (unit.optimised is None) == (stuck in refused)
            assert set(unit.attributions) == {
                "image",
                *("saliency", "gradient_input", "integrated_gradients", "occlusion"),
                *({"guided_backprop", "deconvnet", "grad_cam"} - refused),
            }
    for word in expected:
        assert "is defined for ReLUs, and the network also calls" in found.layers[0].refused[word]
