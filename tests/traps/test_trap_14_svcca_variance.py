"""Trap 14: SVCCA that keeps 99 % of the sum of singular values, not of their squares, keeps directions of noise."""

import numpy as np

from repscope import svcca


def test_squared_singular_values_are_kept():
    g = np.random.default_rng(0)
    signal = g.normal(size=(1000, 4)) * 10
    x, y = (np.hstack([signal, 0.2 * g.normal(size=(1000, 60))]) for _ in range(2))
    score = svcca(x, y)
    singular = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    trap = int(np.searchsorted(np.cumsum(singular) / singular.sum(), 0.99)) + 1
    assert trap > 50
    assert score.details["directions_x"] == 4
    assert score.value > 0.99
