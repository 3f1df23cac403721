"""LogME and H-score beside the densities and the formulas that they stand for; chance; what is refused."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, spearmanr

from repscope.core.errors import BadInput
from repscope.transfer import h_score, log_me
from repscope.transfer.predictors.h_score import between
from repscope.transfer.predictors.log_me import evidence


def layers(apart, n=160, d=6, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    return random.normal(size=(n, d)) + apart * random.normal(size=(4, d))[labels], labels


def test_the_evidence_is_the_greatest_of_a_gaussian_density():
    x, labels = layers(1.0, n=60)
    x = x - x.mean(axis=0)
    y = (labels == 0).astype(float)
    y -= y.mean()

    def density(alpha, beta):
        return multivariate_normal(cov=np.eye(60) / beta + x @ x.T / alpha).logpdf(y) / 60

    grid = np.exp(np.linspace(-3, 9, 60))
    greatest = max(density(a, b) for a in grid for b in grid)
    both = np.where(labels == 0, 0, 1)
    # with two classes both targets are the same but for the sign
    assert evidence(x, both) == pytest.approx(greatest, abs=2e-3)
    assert evidence(x, both) >= greatest - 1e-9


def test_the_h_score_is_its_formula_where_nothing_is_shrunken():
    x, labels = layers(1.0, n=40_000)
    value, shrinkage = between(x, labels)
    assert shrinkage < 1e-3
    means = np.stack([x[labels == c].mean(axis=0) for c in range(4)])
    expected = np.trace(np.linalg.pinv(np.cov(x.T)) @ np.cov(means[labels].T))
    assert value == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("predictor", [log_me, h_score])
def test_both_rise_as_classes_part_and_sit_at_chance_where_they_do_not(predictor):
    distances = [0.0, 0.3, 0.6, 1.0, 2.0]
    scores = [predictor(*layers(apart)) for apart in distances]
    assert spearmanr(distances, [score.value for score in scores])[0] == pytest.approx(1)
    assert scores[0].interval[0] < scores[0].null < scores[0].interval[1]
    assert scores[-1].interval[0] > scores[-1].null


@pytest.mark.parametrize("predictor", [log_me, h_score])
def test_turns_and_shifts_do_not_matter(predictor):
    x, labels = layers(0.7)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    moved = predictor(x @ turn + 7, labels.astype(str))
    assert moved.value == pytest.approx(predictor(x, labels).value, abs=1e-6)


def test_more_features_than_samples_do_not_make_noise_look_good():
    x, labels = layers(0.0, n=60, d=300)
    score = h_score(x, labels)
    assert (
        score.value
        < 0.5
        < np.trace(
            np.linalg.pinv(np.cov(x.T)) @ np.cov(np.stack([x[labels == c].mean(axis=0) for c in range(4)])[labels].T)
        )
    )
    assert log_me(x, labels).value == pytest.approx(log_me(x, labels).null, abs=0.02)


@pytest.mark.parametrize("predictor", [log_me, h_score])
@pytest.mark.parametrize(
    ("x", "labels", "message"),
    [
        (np.eye(10), np.arange(10) % 2, "got 10 samples; expected 20 or more"),
        (np.eye(30), np.zeros(30, int), "class"),
        (np.ones((30, 3)), np.arange(30) % 2, "constant"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_refused(predictor, x, labels, message):
    with pytest.raises(BadInput, match=message):
        predictor(x, labels)
