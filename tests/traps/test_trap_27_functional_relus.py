"""Trap 27: guided backpropagation by module hooks misses functional ReLUs and returns the plain gradient. Ours sees every call."""

import numpy as np
import pytest
from torch import nn

from repscope.core.errors import BadInput
from repscope.units import guided_backprop, saliency
from tests.units.small import Functions, Modules, images


def test_functions_are_seen():
    x = images()
    found = guided_backprop(Functions(), x, 2)
    np.testing.assert_array_equal(found, guided_backprop(Modules(), x, 2))
    plain = saliency(Functions(), x, 2)
    assert np.abs(found - plain).max() > 0.1 * np.abs(plain).max()  # the trap would give this


def test_a_network_without_relus_is_refused():
    network = nn.Sequential(nn.Flatten(), nn.Linear(768, 2))
    with pytest.raises(BadInput, match="no ReLU was called; it would be the plain gradient: take saliency"):
        guided_backprop(network, images(), 1)


def test_googlenet_of_torchvision():
    from torchvision.models import googlenet

    network = googlenet(weights=None, init_weights=False, aux_logits=False, num_classes=4).eval()  # 57 functional ReLUs
    x = images(1, 64)
    found, plain = guided_backprop(network, x, 1), saliency(network, x, 1)
    assert not np.allclose(found, plain, atol=0.01 * np.abs(plain).max())
    assert all(weight.requires_grad for weight in network.parameters())
