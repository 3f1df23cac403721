"""Trap 42: attributions of a network that changes its input in place. Ours: it gets a copy, and the images stay as they are."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import units

METHODS = (
    "occlusion",
    "saliency",
    "integrated_gradients",
    "grad_cam",
    "gradient_input",
    "guided_backprop",
    "deconvnet",
)


class Normalizes(nn.Module):
    """Subtracts and divides, in place or not."""

    def __init__(self, body, in_place):
        super().__init__()
        self.body, self.in_place = body, in_place

    def forward(self, x):
        return self.body(x.sub_(0.5).div_(0.25) if self.in_place else (x - 0.5) / 0.25)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_the_same_as_without_changes(method, dtype):
    torch.manual_seed(0)
    body = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)
    )
    body, images = body.to(dtype).eval(), torch.rand(4, 3, 16, 16).to(dtype)
    given, attribute = images.clone(), getattr(units, method)
    expected = attribute(Normalizes(body, in_place=False), images.clone(), 1)
    np.testing.assert_array_equal(attribute(Normalizes(body, in_place=True), given, 1), expected)
    assert np.abs(expected).max() > 0
    assert torch.equal(given, images)
