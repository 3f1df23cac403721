"""Trap 29: hooks or replaced modules are left in the user's model. Ours comes back as it was, also after an error."""

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.units import ATTRIBUTIONS, intact
from tests.units.small import Modules, images


def state(module: nn.Module) -> list[object]:
    found: list[object] = []
    for name, inner in module.named_modules():
        hooks = [
            sorted(getattr(inner, kind))
            for kind in dir(inner)
            if kind.endswith("_hooks") and isinstance(getattr(inner, kind), dict)
        ]
        found.append((name, id(inner), type(inner), inner.training, hooks))
    found += [(name, id(p), p.requires_grad, p._version, p.grad) for name, p in module.named_parameters()]
    found += [(name, id(b), b.tolist()) for name, b in module.named_buffers()]
    return found


@pytest.fixture
def module() -> nn.Module:
    network = Modules()  # in training mode
    network.first.eval()
    network.second.weight.requires_grad_(False)
    network.relu2.register_forward_hook(lambda *_: None)
    return network


@pytest.mark.parametrize("name", tuple(ATTRIBUTIONS))
def test_after_every_method(module, name):
    before = state(module)
    ATTRIBUTIONS[name](module, images(), 1)
    assert state(module) == before
    with pytest.raises(BadInput):
        ATTRIBUTIONS[name](module, images(), 99)
    assert state(module) == before
    with pytest.raises(BadInput, match="the network failed on a batch of images"):
        ATTRIBUTIONS[name](module, torch.randn(2, 4, 16, 16), 1)  # four channels: an error in the module's own forward
    assert state(module) == before


def spoil(module):
    with intact(module):
        module.norm.running_mean.add_(1)
        module.first.register_forward_hook(lambda *_: None)
        module.second.register_full_backward_hook(lambda *_: None)
        module.train()
        raise KeyError


def test_buffers_and_hooks_come_back(module):
    before = state(module)
    with pytest.raises(KeyError):
        spoil(module)
    assert state(module) == before
