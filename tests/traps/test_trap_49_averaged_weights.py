"""Trap 49: averaged weights beside plain ones are passed over in silence. Ours: what was taken is said, and can be chosen."""

import copy

import pytest
import torch
from torch import nn

from repscope.networks._weights import put_weights, read_weights


def test_which_weights_were_taken(tmp_path):
    plain = nn.Linear(3, 2)
    average = copy.deepcopy(plain)
    with torch.no_grad():
        average.weight.add_(1)
    torch.save({"state_dict": plain.state_dict(), "state_dict_ema": average.state_dict()}, tmp_path / "w.pth")
    module = nn.Linear(3, 2)
    with pytest.warns(UserWarning, match="'state_dict' was taken, and state_dict_ema was not"):
        put_weights(module, read_weights(tmp_path / "w.pth"), "mine")
    assert torch.equal(module.weight, plain.weight)
    with pytest.warns(UserWarning, match="'state_dict_ema' was taken"):
        put_weights(module, read_weights(f"{tmp_path / 'w.pth'}:state_dict_ema"), "mine")
    assert torch.equal(module.weight, average.weight)
