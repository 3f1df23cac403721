"""Trap 6: the hook keeps a reference and an in-place ReLU follows. Ours: hooks clone."""

import torch

from repscope.activations import record
from tests.activations.small import InPlace, images, network, stack


def test_batch_norm_is_not_its_relu(tmp_path):
    net, data = network(InPlace()), images()
    recording = record(net, data, ["norm", "relu"], tmp_path)
    norm, relu = recording.activations("norm"), recording.activations("relu")
    assert (norm < 0).mean() > 0.2
    assert (relu >= 0).all()
    with torch.no_grad():
        expected = net.module.norm(net.module.conv(stack(list(data)))).flatten(1).numpy()
    assert abs(norm - expected).max() < 1e-5
