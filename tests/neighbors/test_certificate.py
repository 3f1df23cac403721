"""The rounding bound: never smaller than the error that is seen, and infinite where it can say nothing."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.neighbors._certificate import proved, squared_distance_error


@given(st.integers(0, 10_000), st.sampled_from([1, 7, 64, 1000]), st.floats(0, 1e3), st.floats(1e-3, 1))
@settings(deadline=None, max_examples=60)
def test_the_bound_holds(seed, d, offset, spread):
    g = np.random.default_rng(seed)
    x = offset + spread * g.standard_normal((30, d))
    low = torch.from_numpy(x).float()
    norms = low.double().square().sum(1)
    approximate = norms[:, None] + 2 * torch.addmm((norms / 2).float(), low, low.T, alpha=-1).double()
    exact = ((x[:, None] - x[None]) ** 2).sum(2)
    error = np.abs(approximate.numpy() - exact)
    for i in range(30):
        bound = squared_distance_error(np.full(30, float(norms[i]) ** 0.5), np.sqrt(exact[i]), d, "float32")
        assert (error[i] <= bound).all()


def test_too_many_features_prove_nothing():
    assert np.isinf(squared_distance_error(np.ones(1), np.ones(1), 2**25, "float32")).all()
    assert not proved(np.array([9.0]), np.ones(1), np.ones(1), 2**25, "float32").any()
