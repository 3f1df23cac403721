"""Trap 7: a shuffled loader iterated twice. Ours: samples have ids, the order is the data set's, and it is checked."""

import numpy as np
import pytest

from repscope.activations import record
from repscope.core.errors import Mismatch
from repscope.studies import analyze, compare
from tests.activations.small import InPlace, images, network


def test_two_recordings_have_the_same_order(tmp_path):
    data = images()
    first = record(network(InPlace()), data, "head", tmp_path / "a", batch=7)
    second = record(network(InPlace()), data, "head", tmp_path / "b", batch=9)
    assert first.ids == second.ids == data.ids
    np.testing.assert_allclose(first.activations("head"), second.activations("head"), rtol=1e-5, atol=1e-6)


def test_another_order_is_refused_and_said(tmp_path):
    data = images(60)
    shuffled = data.subset(np.random.default_rng(0).permutation(60))
    runs = [
        analyze(
            network(InPlace()),
            d,
            ["norm", "head"],
            tmp_path / str(i),
            partitions=["all"],
            measures=["layer_similarity"],
        )
        for i, d in enumerate((data, shuffled, data))
    ]
    assert compare(runs[0], runs[2]).table.matrix().diagonal().tolist() == [1.0, 1.0]
    with pytest.raises(Mismatch, match="are not of the same samples: the same samples in another order"):
        compare(runs[0], runs[1])
