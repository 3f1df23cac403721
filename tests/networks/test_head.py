"""Heads are found by themselves, named where they cannot be, and refused where they are not linear."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput, NotFound
from repscope.networks import Network, embedding, head_of, load_network


def network(*modules: nn.Module, shape=(3, 8, 8)) -> Network:
    return Network("mine", nn.Sequential(*modules).eval(), lambda images: torch.stack(list(images)).float(), shape)


@pytest.mark.parametrize(
    ("name", "layer", "dimension"),
    [
        ("repscope:resnet20", "classifier", 64),
        ("timm:resnet10t", "fc", 512),
        ("timm:vit_tiny_patch16_224", "head", 192),
        ("timm:mobilenetv2_035", "classifier", 1280),
        ("torchvision:squeezenet1_1", None, None),
        ("torchvision:mobilenet_v3_small", "classifier.3", 1024),
    ],
)
def test_of_networks_as_they_come(name, layer, dimension):
    found = load_network(name, weights="random", classes=7)
    if layer is None:
        with pytest.raises(
            NotFound, match=r"does not end with a linear module: no Linear gives its output as it is; the last linear"
        ):
            head_of(found)
        return
    head = head_of(found)
    assert (head.layer, head.dimension, head.classes) == (layer, dimension, 7)
    images = torch.randn(3, *found.input_shape)
    with torch.inference_mode(), embedding(found.module, head.layer) as kept:
        answer = found.module(images)
    np.testing.assert_allclose(head.logits(kept[0].numpy()), answer, atol=1e-4)
    assert not found.module.get_submodule(layer)._forward_pre_hooks


def test_a_convolution_of_one_position_and_a_head_without_bias():
    conv = network(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(5, 4, 1), nn.Flatten())
    assert (head_of(conv).layer, head_of(conv).weight.shape) == ("2", (4, 5))
    plain = network(nn.Flatten(), nn.Linear(192, 4, bias=False))
    assert head_of(plain).bias.tolist() == [0, 0, 0, 0]


def test_the_one_that_gives_the_output_and_not_the_last_one():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.head, self.other = nn.Linear(192, 4), nn.Linear(192, 4)

        def forward(self, x):
            answer = self.head(x.flatten(1))
            self.other(x.flatten(1))
            return answer

    assert head_of(network(Odd())).layer == "0.head"


def test_what_is_no_head_is_refused():
    soft = network(nn.Flatten(), nn.Linear(192, 4), nn.Softmax(1))
    with pytest.raises(
        NotFound,
        match=r"the network 'mine' does not end with a linear module.*the last linear module is '1'; name the head",
    ):
        head_of(soft)
    assert head_of(soft, "1").classes == 4
    with pytest.raises(
        BadInput, match=r"the module '2' of 'mine' is a Softmax; expected a Linear or a 1 × 1 convolution"
    ):
        head_of(soft, "2")
    with pytest.raises(NotFound, match=r"the network 'mine' has no module 'fc'"):
        head_of(soft, "fc")


def test_the_network_is_as_it_was():
    one = network(nn.Flatten(), nn.Dropout(), nn.Linear(192, 4))
    one.module.train()
    head_of(one)
    assert one.module.training
    assert not any(m._forward_hooks for m in one.module.modules())
