"""Tests over orders of the samples, and means over seeds."""

import numpy as np
import pytest

from repscope import neighbor_graph
from repscope.core.errors import BadInput
from repscope.measures import MEASURES, ArrayLayer, Score, over_seeds, permutation_test
from repscope.measures._permutation_test import Reordered

G = np.random.default_rng(0)
X = G.normal(size=(50, 3))


def test_a_reordered_layer_is_what_reordered_points_give():
    order = G.permutation(50)
    layer = Reordered(ArrayLayer(X, 5, "x", np.arange(50) % 3), order)
    expected = neighbor_graph(X[order], 5)
    np.testing.assert_array_equal(layer.graph.indices, expected.indices)
    np.testing.assert_array_equal(layer.activations, X[order])
    np.testing.assert_array_equal(layer.points.rows(slice(0, 50)).numpy(), X[order])
    np.testing.assert_array_equal(layer.labels, (np.arange(50) % 3)[order])


@pytest.mark.parametrize("name", ["cka", "procrustes", "layer_similarity"])
def test_by_chance_is_the_null(name):
    layers = [ArrayLayer(X, 5, "x"), ArrayLayer(G.normal(size=(50, 3)), 5, "noise")]
    mixed = ArrayLayer(X @ G.normal(size=(3, 3)), 5, "mixed")
    found = permutation_test(MEASURES[name], layers, [mixed], orders=59)
    null = MEASURES[name].score(layers[0], mixed).null
    assert found.by_chance[0, 0] == pytest.approx(null, abs=0.05)
    assert found.p[0, 0] == 1 / 60 < found.p[1, 0]
    assert (found.p <= found.p_of_all).all()
    frame = found.frame()
    assert list(frame.columns) == ["layer", "other", "value", "by_chance", "p", "p_of_all"]


def test_p_values_of_nothing_are_spread_evenly():
    p = []
    for seed in range(30):
        g = np.random.default_rng(seed)
        pair = [[ArrayLayer(g.normal(size=(30, 3)), 4, "layer")] for _ in range(2)]
        p.append(permutation_test(MEASURES["mutual_neighbors"], *pair, orders=19, seed=seed).p[0, 0])
    assert 0.35 < np.mean(p) < 0.65
    assert np.mean(np.array(p) <= 0.1) < 0.25


def test_too_few_orders():
    with pytest.raises(BadInput, match="orders = 5; expected 19 or more"):
        permutation_test(MEASURES["cka"], [ArrayLayer(X, 5)], [ArrayLayer(X, 5)], orders=5)


def runs(values, nulls=(0.1,) * 9):
    return [Score("m", v, (v, v), "exact", null=n) for v, n in zip(values, nulls, strict=False)]


def test_over_seeds_is_students_interval():
    from scipy.stats import ttest_1samp

    values = [0.31, 0.35, 0.29, 0.4]
    score = over_seeds(runs(values))
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert score.interval == pytest.approx((expected.low, expected.high))
    assert score.null == pytest.approx(0.1)
    assert (score.details["runs"], score.details["most"]) == (4, 0.4)


def test_over_seeds_with_runs_that_have_none():
    score = over_seeds(runs([0.2, float("nan"), 0.4]))
    assert score.value == pytest.approx(0.3)
    assert score.notes == ("1 of 3 runs have no value",)
    assert "no value" in over_seeds(runs([0.2, float("nan")])).notes[0]


def test_over_seeds_refuses():
    with pytest.raises(BadInput, match="1 scores of m; expected two runs or more"):
        over_seeds(runs([0.2]))
    with pytest.raises(BadInput, match="2 scores of a, m"):
        over_seeds([*runs([0.2]), Score("a", 0.1, (0, 1), "exact")])
