"""Trap 8: a module called several times, only the last call kept. Ours: `name:0`, `name:1` …"""

import numpy as np

from repscope.activations import record
from tests.activations.small import Repeated, images, network


def test_every_call_is_a_layer(tmp_path):
    recording = record(network(Repeated()), images(), "relu", tmp_path)
    calls = [recording.activations(f"relu:{i}") for i in range(3)]
    assert [c.shape[1] for c in calls] == [24, 24, 6]
    assert not np.allclose(calls[0], calls[1])
