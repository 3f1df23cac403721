"""Trap 19: ridge that penalises the intercept is biased, and changes when the data are shifted."""

import numpy as np

from repscope.maps import Ridge


def test_the_intercept_is_free():
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 5))
    y = x @ random.normal(size=(5, 2)) + 100
    ones = np.concatenate([x, np.ones((100, 1))], axis=1)
    trapped = ones @ np.linalg.solve(ones.T @ ones + 50 * np.eye(6), ones.T @ y)
    assert np.abs(trapped.mean(axis=0) - y.mean(axis=0)).min() > 20  # the trap
    found = Ridge(50.0).fit(x, y).predict(x)
    np.testing.assert_allclose(found.mean(axis=0), y.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(Ridge(50.0).fit(x + 30, y - 7).predict(x + 30) + 7, found, rtol=1e-9)
