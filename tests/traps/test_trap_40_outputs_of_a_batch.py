"""Trap 40: outputs that depend on the other images of a batch. Ours: a probe in two compositions, refused with the difference."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import record
from repscope.core.errors import BadInput
from tests.activations.small import images, network


class Statistics(nn.Module):
    """Batch norm that takes its statistics from the batch: without running ones, or in training mode for good."""

    def __init__(self, running: bool):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4, track_running_stats=running)

    def train(self, mode: bool = True) -> nn.Module:
        return super().train(True)

    def forward(self, x):
        return self.norm(self.conv(x))


@pytest.mark.parametrize("running", [False, True])
def test_a_layer_that_depends_on_the_batch_is_refused(running, tmp_path):
    module = Statistics(running)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with pytest.raises(BadInput, match=r"depend on the other images of the batch: .*'norm' differs by [\d.]+ times"):
        record(network(module), images(), ["norm"], tmp_path)
    for name, tensor in module.state_dict().items():
        np.testing.assert_array_equal(tensor, before[name])
