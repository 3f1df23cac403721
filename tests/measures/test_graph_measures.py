"""Mutual neighbours and hubness beside slow versions; both when graphs have ties."""

import numpy as np
import pytest
from scipy.stats import binom, skew

from repscope import hubness, layer_similarity, mutual_neighbors, neighbor_graph
from repscope.core.errors import Mismatch
from repscope.measures._interval import jackknife_error
from repscope.measures.hubness import skewness_without_each

G = np.random.default_rng(0)
X = G.normal(size=(150, 4))
A, B = neighbor_graph(X, k=9), neighbor_graph(np.tanh(X @ G.normal(size=(4, 3))), k=9)


def test_mutual_neighbors_one_by_one():
    shares = [len(set(a) & set(b)) / 9 for a, b in zip(A.indices.tolist(), B.indices.tolist(), strict=True)]
    score = mutual_neighbors(A, B)
    np.testing.assert_allclose(score.per_sample, shares, rtol=0, atol=1e-15)
    assert score.value == pytest.approx(np.mean(shares), abs=1e-15)
    assert score.null == pytest.approx(9 / 149)
    assert score.value == pytest.approx(layer_similarity(A, B).details["kept"])


def test_mutual_neighbors_interval_is_the_jackknife():
    def without(i):
        def row(lists, r):
            return [x for x in lists[r].tolist() if x != i]

        shares = []
        for r in range(150):
            if r != i:
                a, b = row(A.indices, r), row(B.indices, r)
                shares.append(2 * len(set(a) & set(b)) / (len(a) + len(b)))
        return np.mean(shares)

    error = jackknife_error(np.array([without(i) for i in range(150)]))
    score = mutual_neighbors(A, B)
    v = score.value
    assert score.details["effective"] == pytest.approx(v * (1 - v) / error**2, rel=1e-6)


def test_mutual_neighbors_of_unrelated_graphs_is_at_chance():
    values = [
        mutual_neighbors(A, neighbor_graph(np.random.default_rng(1000 + s).normal(size=(150, 4)), k=9)).value
        for s in range(40)
    ]
    assert np.mean(values) == pytest.approx(9 / 149, abs=0.003)


def test_mutual_neighbors_refuses():
    with pytest.raises(Mismatch, match="the graphs have 9 and 5 neighbours"):
        mutual_neighbors(A, B.first(5))


def test_hubness_is_scipy_s_skewness():
    degrees = np.bincount(A.indices.ravel(), minlength=150)
    score = hubness(A)
    assert score.value == pytest.approx(skew(degrees), abs=1e-12)
    assert score.null == pytest.approx(binom(149, 9 / 149).stats("s"), abs=1e-12)
    np.testing.assert_array_equal(score.per_sample, degrees)
    np.testing.assert_allclose(
        skewness_without_each(degrees.astype(float)), [skew(np.delete(degrees, i)) for i in range(150)]
    )
    assert score.details["orphans"] == np.mean(degrees == 0)
    assert score.details["in_hubs"] == degrees[degrees > 18].sum() / degrees.sum()


def test_hubness_grows_with_dimension():
    values = [hubness(neighbor_graph(np.random.default_rng(1).normal(size=(400, d)), k=10)).value for d in (2, 10, 50)]
    assert values == sorted(values)


def test_hubness_says_ties():
    score = hubness(neighbor_graph(np.arange(30)[:, None] % 10, k=4))
    assert "by how much is not known" in score.notes[0]
