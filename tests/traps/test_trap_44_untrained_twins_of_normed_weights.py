"""Trap 44: new weights for a network with spectral or weight norm pass by the norm, or are NaN. Ours: norms hold in the twin."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from repscope.networks import untrained
from tests.activations.small import network


@pytest.mark.parametrize("norm", [parametrizations.spectral_norm, nn.utils.spectral_norm])
def test_spectral_norms_are_one(norm):
    module = nn.Sequential(*[norm(nn.Conv2d(3, 3, 3, padding=1)) for _ in range(6)]).train()
    for _ in range(30):
        module(torch.rand(2, 3, 8, 8))
    twin = untrained(network(module.eval())).module
    assert all(bool(torch.isfinite(t).all()) for t in twin.state_dict().values())
    for layer in twin:
        assert float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) == pytest.approx(1.0, abs=0.01)


def test_weight_norm_is_drawn_as_the_plain_weight_is():
    module = nn.Sequential(parametrizations.weight_norm(nn.Linear(400, 400))).eval()
    twin = untrained(network(module)).module
    assert float(twin[0].weight.detach().std()) == pytest.approx(
        float(nn.Linear(400, 400).weight.detach().std()), rel=0.05
    )
