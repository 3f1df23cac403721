"""Trap 9: a preallocated array, the run interrupted, unwritten rows read as zeros. Ours: whole shards or nothing."""

import pytest

from repscope.activations import Recording, record
from repscope.core.errors import Damaged
from tests.activations.small import InPlace, images, network, stack


def test_what_is_not_written_cannot_be_read(tmp_path):
    calls = 0

    def interrupted(batch):
        nonlocal calls
        calls += len(batch) == 8  # with two of these it is seen first that outputs depend on the image alone
        if calls > 4:
            raise KeyboardInterrupt
        return stack(batch)

    from dataclasses import replace

    net = network(InPlace())
    with pytest.raises(KeyboardInterrupt):
        record(replace(net, preprocess=interrupted), images(), "head", tmp_path, batch=8, shard_bytes=100)
    half = Recording(tmp_path)
    assert 0 < half.recorded < half.n
    with pytest.raises(Damaged, match=r"was interrupted: .* of 40 samples are there"):
        half.activations("head", slice(0, 8))
    assert record(net, images(), "head", tmp_path, batch=8, shard_bytes=100).activations("head").any(axis=1).all()
