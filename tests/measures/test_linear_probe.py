"""The linear probe beside scikit-learn's own cross-validation, by chance, and refused."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from repscope import linear_probe, measure
from repscope.core.errors import BadInput
from repscope.measures import ArrayLayer

G = np.random.default_rng(0)
LABELS = np.arange(300) % 3
X = G.normal(size=(300, 6)) + 1.2 * G.normal(size=(3, 6))[LABELS]


def test_as_scikit_learn():
    scaled = X - X.mean(axis=0)
    scaled /= np.sqrt((scaled**2).mean())
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(LogisticRegression(max_iter=10_000), scaled, LABELS, cv=folds)
    score = linear_probe(X, LABELS)
    assert score.value == pytest.approx((predicted == LABELS).mean(), abs=1e-12)
    np.testing.assert_array_equal(score.per_sample, predicted == LABELS)


def test_more_features_than_samples_tell_nothing_of_shuffled_labels():
    wide = G.normal(size=(300, 500))
    score = linear_probe(wide, G.permutation(LABELS))
    assert score.interval[0] < score.null < score.interval[1]
    assert score.null == pytest.approx(1 / 3)


def test_large_layers_are_sampled_and_it_is_said():
    x = np.random.default_rng(0).normal(size=(3300, 2))
    score = measure("linear_probe").score(ArrayLayer(x, 5, labels=(x[:, 0] > 0).astype(int)))
    assert score.value > 0.98
    assert "from 3000 of 3300 samples" in score.notes[-1]


def test_refusals():
    with pytest.raises(BadInput, match="linear_probe got a class of 2 samples; expected 5 or more of each"):
        linear_probe(X, np.where(np.arange(300) < 2, 7, LABELS))
    with pytest.raises(BadInput, match="C = -1"):
        linear_probe(X, LABELS, C=-1)
