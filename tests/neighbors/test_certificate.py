"""The rounding bound: never smaller than the score that is seen, and infinite where it can say nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.neighbors._engine.certificate import Rounding, largest_score
from repscope.neighbors._engine.int8 import Int8Rounding
from repscope.neighbors._engine.products import PRECISIONS, rounded


def exact_squared(x: np.ndarray) -> np.ndarray:
    wide = x.astype(np.longdouble)
    return ((wide[:, None] - wide[None]) ** 2).sum(2).astype(float)


def assert_bounded(x, points, norms, residuals, step, terms, scores, radius):
    rounding = Rounding(residuals * step, norms * step, x.shape[1], terms, scores, radius)
    halves = rounding.halves(step).astype(scores)
    whole = points.dtype == torch.int8
    products = (points.double() @ points.double().T).float().numpy() if whole else (points @ points.T).numpy()
    seen = (halves - products).astype(float) * step**2
    exact = exact_squared(x)
    for i in range(len(x)):
        mine = np.full(len(x), rounding.norms[i]), np.full(len(x), rounding.residuals[i])
        bound = largest_score(rounding, *mine, exact[i])
        others = np.arange(len(x)) != i
        assert (seen[i] <= bound)[others].all()


@given(
    st.integers(0, 10_000),
    st.sampled_from([1, 7, 64, 1000]),
    st.floats(0, 1e3),
    st.floats(1e-3, 1),
    st.sampled_from(["float32", "float64"]),
)
@settings(max_examples=60)
def test_the_bound_holds(seed, d, offset, spread, name):
    g = np.random.default_rng(seed)
    x = (offset + spread * g.standard_normal((30, d))).astype(np.float32)
    points, norms, residuals = rounded(torch.from_numpy(x), x.astype(float).mean(axis=0), PRECISIONS[name])
    assert_bounded(x, points, norms, residuals, 1.0, d, name, 0.0)


@given(
    st.integers(0, 10_000),
    st.sampled_from([1, 7, 64, 100, 2100]),
    st.floats(1e-3, 1),
    st.booleans(),
    st.floats(0, 3),
)
@settings(max_examples=60)
def test_the_bound_holds_in_int8(seed, d, spread, heavy, radius):
    g = np.random.default_rng(seed)
    x = (spread * (g.standard_t(2, (30, d)) if heavy else g.standard_normal((30, d)))).astype(np.float32)
    rounding = Int8Rounding(x.astype(float).mean(axis=0), torch.from_numpy(x[:10]))
    points, norms, residuals = rounding.rounded(torch.from_numpy(x))
    typical = float(np.sqrt(np.median(exact_squared(x))))
    assert_bounded(x, points, norms, residuals, rounding.step, 1, "float32", radius * typical)


def test_a_bound_without_what_was_moved_fails():
    """The tests above can fail."""
    x = np.random.default_rng(0).standard_normal((30, 100)).astype(np.float32)
    rounding = Int8Rounding(np.zeros(100), torch.from_numpy(x))
    points, norms, residuals = rounding.rounded(torch.from_numpy(x))
    with pytest.raises(AssertionError):
        assert_bounded(x, points, norms, 0 * residuals, rounding.step, 1, "float32", 0.0)


def test_too_many_features_prove_nothing():
    rounding = Rounding(np.zeros(1), np.ones(1), 2**25, 2**25, "float32")
    assert np.isinf(largest_score(rounding, np.ones(1), np.zeros(1), np.ones(1))).all()


def test_without_a_last_neighbour_nothing_is_proved():
    rounding = Rounding(np.zeros(1), np.zeros(1), 8, 8, "float32")
    assert np.isinf(largest_score(rounding, np.zeros(1), np.zeros(1), np.array([np.inf]))).all()
