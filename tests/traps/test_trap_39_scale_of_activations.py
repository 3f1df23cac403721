"""Trap 39: squares of float32 activations overflow or vanish. Ours: scaled by a power of two, from the data, before any product."""

import numpy as np
import pytest

from repscope import cka


@pytest.mark.parametrize("size", [1e-30, 1e-13, 1e-11, 1e8, 1e12, 1e30])
def test_cka_does_not_depend_on_the_size_of_activations(size):
    g = np.random.default_rng(0)
    first = g.normal(size=(50, 40)).astype(np.float32)
    second = (first @ g.normal(size=(40, 20)) + 2 * g.normal(size=(50, 20))).astype(np.float32)
    usual = cka(first, second)
    large = cka(first * np.float32(size), second)
    assert large.value == pytest.approx(usual.value, rel=1e-5)
    assert large.interval == pytest.approx(usual.interval, rel=1e-4)


def test_many_large_features():
    g = np.random.default_rng(0)
    first = (3e8 * g.uniform(size=(40, 16_384))).astype(np.float32)
    second = (first + 5e7 * g.normal(size=first.shape)).astype(np.float32)
    assert cka(first, second).value == pytest.approx(cka(first / 3e8, second / 3e8).value, rel=1e-4)
