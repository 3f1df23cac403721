"""Trap 48: small activations stored in float16 become zeros and copies. Ours: scaled exactly, and what is lost counted and said."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import record
from tests.activations.small import images, network


class Small(nn.Module):
    """Activations of about 2^-40; of dark images, if asked for, 2^-70 beside others of 1."""

    def __init__(self, mixed: bool):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.layer = nn.Identity()
        self.mixed = mixed

    def forward(self, x):
        maps = self.conv(x)
        dark = (x[:, 0, 0, 0] < 0.5).to(x.dtype)[:, None, None, None]
        return self.layer(maps * (1 - dark + dark * 2.0**-70) if self.mixed else maps * 2.0**-40)


def test_a_layer_of_small_numbers_keeps_them(tmp_path):
    exact = record(network(Small(False)), images(), ["layer"], tmp_path / "float32").activations("layer")
    half = record(network(Small(False)), images(), ["layer"], tmp_path / "float16", dtype="float16").activations(
        "layer"
    )
    np.testing.assert_allclose(half, exact, rtol=2.0**-10, atol=float(np.abs(exact).max()) * 2.0**-20)


def test_what_one_scale_cannot_hold_is_said(tmp_path):
    with pytest.warns(
        UserWarning, match=r"float16 holds the activations of layer for \d+ of 40 images with an error beyond"
    ):
        recording = record(network(Small(True)), images(), ["layer"], tmp_path, dtype="float16")
    lost = np.abs(recording.activations("layer")).max(1) == 0
    assert recording.imprecise == {"layer": int(lost.sum())}
    assert 0 < lost.sum() < 40
