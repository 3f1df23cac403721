"""Trap 42: a forward pass that changes its input in place. Ours: the module gets a copy, `input` is the image."""

import numpy as np
from torch import nn

from repscope.activations import record
from tests.activations.small import images, network, stack


class Normalizes(nn.Module):
    """Subtracts and divides in place, as many training scripts do."""

    def __init__(self):
        super().__init__()
        self.scaled = nn.Identity()

    def forward(self, x):
        return self.scaled(x.sub_(0.5).div_(0.1))


def test_the_input_is_recorded_as_it_was(tmp_path):
    data = images()
    expected = stack(list(data)).flatten(1).numpy()
    recording = record(network(Normalizes()), data, ["input", "scaled"], tmp_path)
    np.testing.assert_array_equal(recording.activations("input"), expected)
    np.testing.assert_allclose(recording.activations("scaled"), (expected - 0.5) / 0.1, rtol=1e-5, atol=1e-5)
