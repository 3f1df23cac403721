"""The interval of the recall covers the true one as often as it says, however misses cluster."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from tests.references.approximate import KINDS, checked, kind, shares_found

pytest.importorskip("faiss")

DRAWS, ROWS = 200, 150
LEAST = binom.ppf(0.01, DRAWS, 0.95)
"""Intervals of 95 % cover the truth in fewer of these draws once in a hundred times."""


def drawn_recalls(graph, exact):
    n = exact.n
    for seed in range(DRAWS):
        rows = np.sort(np.random.default_rng(seed).choice(n, ROWS, replace=False))
        yield checked(graph, exact, rows).recall


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("layer", [0, 1])
def test_it_covers_the_true_recall(name, layer):
    data = kind(name)
    graph, exact = data.approximate[layer], data.exact[layer]
    truth = shares_found(graph, exact).mean()
    assert 0.3 < truth < 0.99
    found = list(drawn_recalls(graph, exact))
    assert sum(r.low <= truth <= r.high for r in found) >= LEAST
    values = np.array([r.value for r in found])
    assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(DRAWS)
    assert np.mean([r.high - r.low for r in found]) < 7 * values.std()  # not by being wide


@pytest.mark.parametrize("name", KINDS)
def test_it_covers_the_recall_of_the_rows_held_out(name):
    """The rows that were not drawn are no part of the measurement; what is said must hold for them as well."""
    data = kind(name)
    graph, exact = data.approximate[0], data.exact[0]
    found = shares_found(graph, exact)
    covered = 0
    for seed, recall in enumerate(drawn_recalls(graph, exact)):
        rows = np.random.default_rng(seed).choice(exact.n, ROWS, replace=False)
        truth = np.delete(found, rows).mean()
        covered += recall.low <= truth <= recall.high
    assert covered >= LEAST - 4  # theirs is farther from the measured one than that of all


def test_independent_misses_would_be_a_wrong_assumption():
    """Where a cluster is cut, rows lose half of their neighbours or none: a binomial interval is far too narrow."""
    data = kind("clusters")
    graph, exact = data.approximate[0], data.exact[0]
    truth = shares_found(graph, exact).mean()
    entries = ROWS * exact.k
    covered = 0
    for recall in drawn_recalls(graph, exact):
        hits = recall.value * entries
        covered += beta.ppf(0.025, hits, entries - hits + 1) <= truth <= beta.ppf(0.975, hits + 1, entries - hits)
    assert covered < 0.8 * DRAWS
