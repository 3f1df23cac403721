"""Layers that came out of random draws: far-out samples, copies, units that fire once."""

import numpy as np
import pytest

from repscope import cca, cka, linear_predictivity, pwcca, rsa, svcca
from tests.drawn.slow_kernels import cka as slow_cka
from tests.drawn.slow_kernels import linear


def test_cka_beside_a_far_out_sample_is_as_defined():
    x = np.array([0, 0, 0, 18564.535, 0, 0, 3.3686948], dtype=np.float32)[:, None]
    y = np.array([0, 0, 0, 0.029, 0.01102, 0, 0.05264], dtype=np.float16)[:, None]
    value, tolerance = slow_cka(linear(x)[0], linear(y)[0])
    assert abs(cka(x, y).value - value) <= tolerance < 0.002  # it was 1.008


@pytest.mark.parametrize("size", [1e2, 1e3, 1e4])
def test_cka_beside_far_out_samples_of_any_size(size):
    g = np.random.default_rng(0)
    x = g.normal(size=(40, 5)).astype(np.float32)
    y = (x @ g.normal(size=(5, 4)) + g.normal(size=(40, 4))).astype(np.float32)
    x[3] *= size
    value, tolerance = slow_cka(linear(x)[0], linear(y)[0])
    assert abs(cka(x, y).value - value) <= tolerance


@pytest.mark.parametrize("features", [2, 3, 64])
def test_rsa_does_not_rank_rounding(features):
    g = np.random.default_rng(0)
    x = g.normal(size=(50, 1)) @ g.normal(size=(1, features))  # correlations over features are 1 or -1
    x[10:20] = x[0]
    assert rsa(x, x * 3.7).value == pytest.approx(1, abs=1e-9)


def test_rsa_of_copies_is_that_of_equal_ranks():
    g = np.random.default_rng(1)
    x, y = g.normal(size=(2, 24, 6))
    x[8:16], x[16:] = x[:8], x[:8]  # each sample three times
    order = g.permutation(6)
    assert rsa(x, y).value == pytest.approx(rsa(x[:, order], y).value, abs=1e-12)


@pytest.mark.parametrize("measure", [cca, svcca, pwcca])
def test_a_unit_that_fires_once_leaves_the_interval_open(measure):
    x = np.zeros((20, 1))
    x[7] = 3.0
    score = measure(x, np.random.default_rng(0).normal(size=(20, 3)))
    assert score.interval == (0.0, 1.0)


def test_a_unit_that_fires_once_predicts_the_mean():
    g = np.random.default_rng(0)
    x, y = np.zeros((30, 1)), g.normal(size=(30, 4))
    x[7] = 1e-9
    assert abs(linear_predictivity(x, y).value) < 0.5  # it was -1e32


def test_cka_of_turned_layers_is_one_at_most():
    g = np.random.default_rng(3)
    for _ in range(20):
        x = g.normal(size=(30, 3)).astype(np.float32)
        score = cka(x, (x @ np.linalg.qr(g.normal(size=(3, 3)))[0]).astype(np.float16))
        assert score.value <= 1
        assert score.interval[0] <= score.value <= score.interval[1]


def test_cka_that_hangs_on_one_sample_leaves_the_interval_open():
    x = np.zeros((14, 1), np.float32)
    x[0] = 1.0
    x[1] = 1e-3
    score = cka(x, np.random.default_rng(0).normal(size=(14, 2)))
    assert -1 <= score.interval[0] <= score.value <= score.interval[1] <= 1
