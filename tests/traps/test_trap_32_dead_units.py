"""Trap 32: a picture of a dead unit is grey, and is taken for meaning. Ours lists the unit as dead."""

import numpy as np
import torch

from repscope.data import DataSet
from repscope.networks import Network
from repscope.units import top_patches
from repscope.units.pictures import maximize
from tests.units.small import Modules


def test_dead_units_are_listed():
    module = Modules().eval()
    with torch.no_grad():
        module.second.weight[4] = 0
        module.second.bias[4] = -1
    found = maximize(module, [("relu2", unit) for unit in (3, 4, 5)], 5, (3, 16, 16))
    assert found.dead.tolist() == [1]  # the second target
    pixels = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3)).astype(np.uint8)
    data = DataSet("noise", pixels, tuple(map(str, range(20))))
    network = Network("small", module, lambda batch: torch.stack([i.float() / 255 for i in batch]), (3, 16, 16))
    assert top_patches(network, data, "relu2", 3)["relu2"].dead.tolist() == [4]
