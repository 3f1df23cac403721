"""Trap 50: a list of modules, a wrapper or a sequence-first encoder never shows itself, and the pixels alone are analyzed. Ours looks inside, or says what it cannot see."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import record
from repscope.core.errors import BadInput
from repscope.networks import Network
from tests.activations.small import images, stack
from tests.cli.hostile_networks import CallsFeatures, OneByOne, PlainList, SequenceFirst, Wrapped, scripted


def wide(module: nn.Module) -> Network:
    return Network("test:wide", module.eval(), stack, (3, 16, 16))


@pytest.mark.parametrize("make", [PlainList, CallsFeatures, SequenceFirst, Wrapped, lambda: torch.compile(Wrapped())])
def test_the_inside_is_among_the_default_layers(make, tmp_path):
    recording = record(wide(make()), images(side=16), None, tmp_path)
    assert len(recording.layers) > 3
    assert all(recording.activations(layer.name).shape[0] == 40 for layer in recording.layers)


def test_tokens_are_not_taken_for_images(tmp_path):
    torch.manual_seed(0)
    module, data = SequenceFirst().eval(), images(n=4, side=16)  # as many images as tokens
    recording = record(wide(module), data, None, tmp_path)
    with torch.no_grad():
        trapped = module.encoder(module.patches(stack(list(data))).flatten(2).permute(2, 0, 1))
    ours = recording.activations("encoder.layers.1")
    np.testing.assert_allclose(ours, trapped.movedim(1, 0).flatten(1), rtol=1e-4, atol=1e-5)
    assert not np.allclose(ours, trapped.flatten(1), atol=1e-2)


@pytest.mark.parametrize("make", [scripted, OneByOne, nn.Flatten])
def test_what_cannot_be_seen_is_said(make, tmp_path):
    with pytest.raises(BadInput, match="would be the pixels alone: "):
        record(wide(make()), images(side=16), None, tmp_path)
