"""Trap 41: outputs that are random (dropout outside training, sampling). Ours: the same batch twice, refused or from a seed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import record
from repscope.core.errors import BadInput
from tests.activations.small import images, network


class Dropout(nn.Module):
    """Functional dropout knows nothing of evaluation mode."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.drop = nn.Identity()

    def forward(self, x):
        return self.drop(nn.functional.dropout(self.conv(x), 0.5))


def test_random_outputs_are_refused_or_drawn_from_a_seed(tmp_path):
    net = network(Dropout())
    with pytest.raises(BadInput, match=r"draws at random: .*'drop' differs by .*--seed-forward 0"):
        record(net, images(), ["drop"], tmp_path / "refused")
    one, two = (record(replace(net, seed_forward=0), images(), ["drop"], tmp_path / name) for name in "ab")
    np.testing.assert_array_equal(one.activations("drop"), two.activations("drop"))
