"""Linear predictivity beside scikit-learn's ridge regression, on noise, and refused."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from repscope import linear_predictivity
from repscope.core.errors import BadInput
from repscope.measures._groups import groups
from repscope.measures.linear_predictivity import PENALTIES

G = np.random.default_rng(0)
X = G.normal(size=(120, 8)) * [4, 3, 2, 1, 1, 1, 0.5, 0.2] + 3
Y = np.tanh(X @ G.normal(size=(8, 5)) / 5) + 0.2 * G.normal(size=(120, 5)) - 1


def by_scikit_learn(x, y):
    errors = spread = 0.0
    for out in groups(120):
        left = np.setdiff1d(np.arange(120), out)
        centred = x - x.mean(axis=0)
        singular = np.linalg.svd(x[left] - x[left].mean(axis=0), compute_uv=False)
        scale = np.mean(singular[singular > 1e-12 * singular[0]] ** 2)
        model = RidgeCV(PENALTIES * scale, alpha_per_target=False).fit(centred[left], y[left])
        again = Ridge(model.alpha_).fit(centred[left], y[left])
        errors += ((y[out] - again.predict(centred[out])) ** 2).sum()
        spread += ((y[out] - y[left].mean(axis=0)) ** 2).sum()
    return 1 - errors / spread


WIDE = np.hstack([X, G.normal(size=(120, 200))])


@pytest.mark.parametrize("x", [X, WIDE], ids=["narrow", "wide"])
def test_as_scikit_learn(x):
    assert linear_predictivity(x, Y).value == pytest.approx(by_scikit_learn(x, Y), abs=1e-6)


def test_a_penalty_chosen_from_few_directions_of_a_wide_target_is_as_good():
    many = np.tanh(X @ G.normal(size=(8, 90))) + 0.3 * G.normal(size=(120, 90))
    for x in (X, WIDE):
        assert linear_predictivity(x, many).value == pytest.approx(by_scikit_learn(x, many), abs=0.01)


def test_both_ways_differ():
    wide = np.hstack([X, G.normal(size=(120, 30)) * 3])
    assert linear_predictivity(wide, X).value > 0.95
    assert linear_predictivity(X, wide).value < 0.5


def test_noise_predicts_nothing():
    for seed in range(5):
        x, y = np.random.default_rng(seed).normal(size=(2, 60, 100))
        assert linear_predictivity(x, y).value < 0.02


def test_the_interval_covers():
    mix = np.random.default_rng(0).normal(size=(4, 3))

    def pair(n, seed):
        g = np.random.default_rng(seed)
        x = g.normal(size=(n, 4))
        return x, x @ mix + g.normal(size=(n, 3)) * 2

    true = np.sum(mix**2) / (np.sum(mix**2) + 3 * 2**2)  # of all samples that there could be
    found = [linear_predictivity(*pair(200, seed)) for seed in range(2, 102)]
    assert 0.85 <= np.mean([s.interval[0] <= true <= s.interval[1] for s in found]) <= 1.0


def test_per_sample_values_average_to_the_value():
    score = linear_predictivity(X, Y)
    assert score.per_sample.mean() == pytest.approx(score.value, abs=1e-12)


def test_refusals():
    with pytest.raises(BadInput, match="linear_predictivity got 10 samples; expected 20 or more"):
        linear_predictivity(X[:10], Y[:10])
    with pytest.raises(BadInput, match="the second representation is constant"):
        linear_predictivity(X, np.ones((120, 2)))
