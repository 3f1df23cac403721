"""The interval of an effect covers what an approximate graph truly does to a score, however its misses cluster."""

import numpy as np
import pytest
from scipy.stats import binom

from repscope.measures._effect import estimate_effect
from repscope.measures.class_similarity import class_similarity
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.measures.layer_similarity import layer_similarity
from repscope.measures.neighbor_accuracy import neighbor_accuracy
from tests.references.approximate import KINDS, kind

pytest.importorskip("faiss")

DRAWS, ROWS = 60, 250
LEAST = binom.ppf(0.01, DRAWS, 0.95)

SCORES = {
    "dimension": lambda graphs, labels: intrinsic_dimension(graphs[0]),
    "class_similarity": lambda graphs, labels: class_similarity(graphs[0], labels),
    "accuracy": lambda graphs, labels: neighbor_accuracy(graphs[0], labels),
    "layer_similarity": lambda graphs, labels: layer_similarity(*graphs),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("measure", SCORES)
def test_it_covers_the_true_effect(name, measure):
    data = kind(name)
    found = [SCORES[measure](data.drawn(ROWS, seed), data.labels) for seed in range(DRAWS)]
    exact = SCORES[measure](data.exact, data.labels)
    truth = found[0].value - exact.value
    assert sum(s.details["effect_low"] <= truth <= s.details["effect_high"] for s in found) >= LEAST
    effects = np.array([s.details["effect"] for s in found])
    assert abs(effects.mean() - truth) <= 4 * effects.std() / np.sqrt(DRAWS) + 0.02 * abs(truth)
    for score in found:
        assert score.interval[0] <= score.value <= score.interval[1]
    # the exact score is within, also where the approximate one is far off
    assert sum(s.interval[0] <= exact.value <= s.interval[1] for s in found) >= LEAST


@pytest.mark.parametrize(("estimator", "order"), [("gride", 4), ("two_nn_fit", 1), ("two_nn_censored", 1)])
def test_other_estimators_of_the_dimension(estimator, order):
    data = kind("sheet")
    found = [intrinsic_dimension(data.drawn(ROWS, seed)[0], estimator, order=order).details for seed in range(12)]
    truth = (
        intrinsic_dimension(data.approximate[0], estimator, order=order).value
        - intrinsic_dimension(data.exact[0], estimator, order=order).value
    )
    assert sum(d["effect_low"] <= truth <= d["effect_high"] for d in found) >= 10
    assert np.mean([d["effect"] for d in found]) == pytest.approx(truth, rel=0.3, abs=0.03)


def test_few_rows_that_change_much():
    """One row in fifty loses everything: the interval reaches beyond what the rows that were drawn show."""
    exact = np.ones(5000)
    approximate = np.where(np.arange(5000) % 50 == 7, 0.0, 1.0)
    covered = 0
    for seed in range(400):
        rows = np.random.default_rng(seed).choice(5000, 100, replace=False)
        found = estimate_effect(approximate[rows], exact[rows], lambda x: float(np.mean(x)), 5000, 1.0)
        covered += found.low <= -0.02 <= found.high
    assert covered >= binom.ppf(0.01, 400, 0.95)


def test_the_order_of_the_samples_does_not_matter_for_the_width():
    """Changes that come in blocks of the samples' order, as classes do."""
    exact = np.zeros(2000)
    approximate = np.repeat([0.0, 1.0], 1000)
    shuffled = np.random.default_rng(1).permutation(approximate)
    widths = [
        (e := estimate_effect(a, exact, lambda x: float(np.mean(x)), 10**6, 0.0)).high - e.low
        for a in (approximate, shuffled)
    ]
    expected = 2 * 1.98 * 0.5 / np.sqrt(2000)
    assert widths == pytest.approx([expected, expected], rel=0.3)
