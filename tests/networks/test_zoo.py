"""The zoo: ten small networks of ten families."""

import pytest
import torch

from repscope.networks import head_of, load_network
from repscope.networks._zoo import ZOO

DIMENSIONS = {
    "inception_v1": 64, "inception_v2": 64, "mobilenet_v2": 112, "resnet_v1": 128, "resnet_v2": 128, "inception_v3": 128,
    "inception_v4": 96, "inception_resnet": 96, "nasnet": 252, "pnasnet": 270,
}  # fmt: skip


def test_there_are_ten():
    assert set(ZOO) == set(DIMENSIONS)


@pytest.mark.parametrize("name", ZOO)
def test_each(name):
    network = load_network(f"repscope:{name}", classes=7, channels=1, size=(32, 24), seed=1)
    head = head_of(network)
    assert (head.layer, head.dimension, head.classes) == ("classifier", DIMENSIONS[name], 7)
    assert network.parameters < 140_000
    module = network.module.train()
    answer = module(torch.randn(4, 1, 32, 24))
    assert answer.shape == (4, 7)
    answer.square().sum().backward()
    silent = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []  # every part takes part
    assert answer.std() > 0.01
    again = load_network(f"repscope:{name}", classes=7, channels=1, size=(32, 24), seed=1)
    assert again.digest == load_network(f"repscope:{name}", classes=7, channels=1, size=(32, 24), seed=1).digest
    assert again.digest != load_network(f"repscope:{name}", classes=7, channels=1, size=(32, 24), seed=2).digest


def test_they_are_of_different_families():
    shapes = {
        name: tuple(sorted(tuple(p.shape) for p in load_network(f"repscope:{name}").module.parameters()))
        for name in ZOO
    }
    assert len(set(shapes.values())) == 10
