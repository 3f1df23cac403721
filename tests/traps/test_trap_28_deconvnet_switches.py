"""Trap 28: with overlapping pools the deconvnet adds up a switch that several windows share. Ours places it once."""

import numpy as np
import torch
from torch import nn

from repscope.units import deconvnet, saliency


def test_a_maximum_that_four_windows_share_comes_back_once():
    network = nn.Sequential(nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(4, 1, bias=False))
    nn.init.ones_(network[-1].weight)
    x = torch.zeros(1, 1, 5, 5)
    x[0, 0, 2, 2] = 3.0  # in all four windows
    assert saliency(network, x, 0)[0, 0, 2, 2] == 4  # the trap: the gradient counts windows
    found = deconvnet(network, x, 0)[0, 0]
    assert found[2, 2] == 1
    assert found.sum() == 1


def test_what_was_pooled_is_put_back():
    x = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0)) + 0.1
    pooled, switches = torch.nn.functional.max_pool2d(x, 3, 2, return_indices=True)

    class Pool(nn.Module):
        def forward(self, images):
            return (torch.nn.functional.max_pool2d(images.relu(), 3, 2) * pooled).sum((1, 2, 3))[:, None]

    found = deconvnet(Pool(), x, 0)
    expected = np.zeros(x.shape, np.float32)
    at_switch = np.zeros(x[0, 0].numel(), bool)
    for image in range(2):
        for channel in range(3):
            flat = expected[image, channel].reshape(-1)
            chosen = switches[image, channel].unique().numpy()
            flat[chosen] = x[image, channel].reshape(-1).numpy()[chosen]
            at_switch[chosen] = True
    np.testing.assert_allclose(found, expected, rtol=1e-6)  # the image itself, where a maximum was
    assert 0 < at_switch.sum() < at_switch.size
