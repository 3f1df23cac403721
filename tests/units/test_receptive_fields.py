"""Receptive fields: against the sums over kernels and strides, and on what no table of layers knows."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from repscope import load_network
from repscope.core.errors import NotFound
from repscope.units.patches import receptive_fields
from tests.units.small import Functions, Modules

SIDE = 20


def by_formula(layers: list[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """First and last pixel of every position along one axis, cut off at the border, from kernels, strides, paddings, dilations."""
    spans = [(i, i + 1) for i in range(SIDE)]
    for kernel, stride, padding, dilation in layers:
        reach = dilation * (kernel - 1) + 1
        out = (len(spans) + 2 * padding - reach) // stride + 1
        assume(out > 0)
        found = []
        for position in range(out):
            taps = [position * stride - padding + dilation * tap for tap in range(kernel)]
            inside = [spans[tap] for tap in taps if 0 <= tap < len(spans) and spans[tap] != (0, 0)]
            found.append((min((s[0] for s in inside), default=0), max((s[1] for s in inside), default=0)))
        spans = found
    return spans


LAYER = st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 1), st.integers(1, 2))


@settings(max_examples=25)
@given(st.lists(LAYER, min_size=1, max_size=3), st.integers(0, 2**16))
def test_stacks_of_convolutions(layers, seed):
    torch.manual_seed(seed)
    network = nn.Sequential(
        *(nn.Sequential(nn.Conv2d(1, 1, k, s, p, d), nn.BatchNorm2d(1), nn.ReLU()) for k, s, p, d in layers)
    )
    spans = by_formula(layers)
    boxes = receptive_fields(network, [str(len(layers) - 1)], (1, SIDE, SIDE))[str(len(layers) - 1)].boxes
    both = [
        [(*row, *column) if row != (0, 0) and column != (0, 0) else (0, 0, 0, 0) for column in spans] for row in spans
    ]
    np.testing.assert_array_equal(boxes, np.array(both))


def test_weights_and_relus_hide_nothing():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Conv2d(1, 1, 3, padding=1))
    for weight in network.parameters():
        nn.init.zeros_(weight)  # every gradient is zero
    assert receptive_fields(network, ["2"], (1, 12, 12))["2"].size == (5, 5)


def test_functions_are_probed_like_modules():
    for overlapping in (False, True):
        found = [
            receptive_fields(kind(overlapping=overlapping), ["second"], (3, 16, 16))["second"].boxes
            for kind in (Modules, Functions)
        ]
        np.testing.assert_array_equal(*found)


def test_of_resnet20():
    found = receptive_fields(
        load_network("repscope:resnet20", weights="random").module,
        ["neck", "stage1.0", "stage1.2", "pool", "input"],
        (3, 32, 32),
    )
    assert [found[name].size for name in ("input", "neck", "stage1.0", "stage1.2", "pool")] == [
        (1, 1),
        (3, 3),
        (7, 7),
        (15, 15),
        (32, 32),
    ]
    assert found["pool"].boxes.shape == (4,)
    assert found["stage1.0"].boxes[10, 0].tolist() == [7, 14, 0, 4]


def test_what_looks_everywhere():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.local, self.out = nn.Conv2d(3, 4, 1), nn.Identity()

        def forward(self, x):
            x = self.local(x)
            return self.out(x * x.mean((2, 3), keepdim=True).sigmoid())

    found = receptive_fields(Gated(), ["local", "out"], (3, 10, 6))
    assert found["local"].size == (1, 1)
    assert found["out"].size == (10, 6)


def test_tokens():
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.tokens = nn.Conv2d(3, 5, 4, 4), nn.Identity()

        def forward(self, x):
            return self.tokens(self.embed(x).flatten(2).transpose(1, 2))

    boxes = receptive_fields(Tokens(), ["tokens"], (3, 8, 12))["tokens"].boxes
    assert boxes.shape == (6, 4)
    assert boxes[4].tolist() == [4, 8, 4, 8]


def test_refusals():
    with pytest.raises(NotFound, match="the network has no layer 'third'; known: 'input', 'first'"):
        receptive_fields(Modules(), ["third"], (3, 16, 16))
    with pytest.raises(NotFound, match="the layer 'second:1' gave nothing"):
        receptive_fields(Modules(), ["second:1"], (3, 16, 16))
