"""Trap 21: least squares by the driver for full rank answers rank-deficient problems wrongly, and without a warning."""

import numpy as np
import pytest
import torch

from repscope.maps import LeastSquares

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"))]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", range(5))
def test_columns_that_depend_on_each_other(device, seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(200, 6))
    broken = np.concatenate([x, x @ random.normal(size=(6, 4)), np.ones((200, 2))], axis=1)
    y = x @ random.normal(size=(6, 3)) + 0.1 * random.normal(size=(200, 3))
    best = np.linalg.lstsq(np.concatenate([x, np.ones((200, 1))], axis=1), y, rcond=None)[1].sum()
    found = LeastSquares(device=device).fit(broken, y)
    assert found.map_.rank == 6
    assert np.sum((found.predict(broken) - y) ** 2) == pytest.approx(best, rel=1e-9)


def test_the_driver_is_not_used():
    import inspect

    from repscope.maps import _moments, _solving, least_squares

    assert not any("lstsq(" in inspect.getsource(module) for module in (_moments, _solving, least_squares))
