"""Embeddings of several networks in one pass."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import load_data, load_network
from repscope.activations import embeddings
from repscope.core.errors import BadInput
from repscope.networks import Network, head_of


def test_logits_come_out_again_and_images_are_read_once(monkeypatch):
    digits = load_data("digits").partition("validation").balanced(50)
    networks = {
        "trained": load_network("repscope:resnet20-digits"),
        "random": load_network("repscope:resnet20", seed=3),
    }
    read = []
    whole = type(digits).batch
    monkeypatch.setattr(type(digits), "batch", lambda self, rows: read.extend(rows) or whole(self, rows))
    blocks = list(embeddings(networks, digits, batch=32))
    assert read[-50:] == list(range(50))
    assert len(read) - 50 <= 2 * 4 * 8  # a few images are passed first, to see that outputs depend on them alone
    assert sum((ids for ids, _ in blocks), ()) == digits.ids
    for name, network in networks.items():
        found = np.concatenate([block[name] for _, block in blocks])
        with torch.inference_mode():
            expected = network.module(network.preprocess(list(digits)))
        np.testing.assert_allclose(head_of(network).logits(found), expected, atol=1e-4)
        assert not any(m._forward_pre_hooks for m in network.module.modules())


def test_a_head_that_is_passed_twice_is_refused():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(192, 4)

        def forward(self, x):
            return self.head(x.flatten(1)) + self.head(x.flatten(1))

    odd = Network(
        "odd", Twice().eval(), lambda images: torch.stack([i.float() for i in images])[..., :8, :8], (3, 8, 8)
    )
    with pytest.raises(BadInput, match=r"the head 'head' of 'odd' was passed 2 times by a batch; expected once"):
        list(embeddings({"odd": odd}, load_data("digits").balanced(10), layers={"odd": "head"}))
