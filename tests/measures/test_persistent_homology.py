"""Persistent homology on shapes of which it is known, and without ripser."""

import sys

import numpy as np
import pytest

from repscope.core.errors import BadInput, MissingPackage
from repscope.measures.persistent_homology import persistent_homology


def circle(n, noise=0.02, seed=0):
    g = np.random.default_rng(seed)
    angle = g.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * g.normal(size=(n, 2))


@pytest.fixture(autouse=True)
def _ripser():
    pytest.importorskip("ripser")


def test_a_square_is_one_loop():
    square = np.repeat([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], 4, axis=0)
    score = persistent_homology(square, landmarks=4)
    # born when the sides (1) close, filled when the diagonals (√2) come in; the median of the six distances is 1
    assert score.value == pytest.approx(np.sqrt(2) - 1, abs=1e-6)
    assert score.details["parts"] == pytest.approx(3, abs=1e-6)


def test_circles_and_blobs():
    one = persistent_homology(circle(300), 80)
    two = persistent_homology(np.concatenate([circle(200), circle(200, seed=1) + 5]), 80)
    blob = persistent_homology(np.random.default_rng(0).normal(size=(300, 2)), 80)
    assert (one.details["loops"], two.details["loops"]) == (1, 2)
    assert one.interval[0] > 1.5 * one.null > 0
    assert blob.interval[0] < blob.null < blob.interval[1]


def test_many_samples_are_sampled_and_it_is_said():
    score = persistent_homology(circle(4500), 40)
    assert "from 4000 of 4500 samples" in score.notes[0]


def test_refusals(monkeypatch):
    with pytest.raises(BadInput, match="persistent_homology got 5 samples and 200 landmarks"):
        persistent_homology(circle(5))
    with pytest.raises(BadInput, match="more than half of the landmarks are copies"):
        persistent_homology(np.repeat([[0.0], [1.0]], [19, 1], axis=0))
    monkeypatch.setitem(sys.modules, "ripser", None)
    with pytest.raises(
        MissingPackage, match=r"persistent_homology\(\) needs the package 'ripser'.*repscope\[topology\]"
    ):
        persistent_homology(circle(50))
