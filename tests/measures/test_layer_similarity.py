"""NNLS: to the last bit, its null, its interval, what ties leave open, its refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import Mismatch
from repscope.measures._interval import share_interval
from repscope.measures._overlap import shared_entries
from repscope.measures.layer_similarity import chance_similarity, layer_similarity
from repscope.neighbors import NeighborGraph, neighbor_graph
from tests.references.similarity import jaccard, mean_without


def random_graph(generator, n, k):
    indices = np.array([generator.permutation(np.delete(np.arange(n), i))[:k] for i in range(n)])
    return NeighborGraph(indices, np.sort(generator.random((n, k)), axis=1), np.zeros(n, np.int64), np.arange(n))


@given(st.integers(0, 10_000), st.integers(2, 80), st.integers(1, 40))
@settings(max_examples=80)
def test_equals_the_slow_sets_to_the_last_bit(seed, n, k):
    generator = np.random.default_rng(seed)
    first, second = (random_graph(generator, n, min(k, n - 1)) for _ in range(2))
    expected = jaccard(first.indices, second.indices)
    score, back = layer_similarity(first, second), layer_similarity(second, first)
    assert (score.per_sample == expected).all()
    assert score.value == np.mean(expected) == back.value
    assert score.interval == pytest.approx(back.interval, rel=1e-9)
    assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 1
    assert layer_similarity(first, first).value == 1


def test_shared_entries_over_more_blocks_than_stamps():
    generator = np.random.default_rng(0)
    first = np.argsort(generator.random((9000, 50)), axis=1)[:, :2] + 50 * generator.integers(0, 20, (9000, 1))
    second = np.roll(first, 255 * 32, axis=0)  # where a mark of the same number was left, 255 blocks of 32 rows before
    expected = (second[:, :, None] == first[:, None, :]).any(axis=2)
    assert (shared_entries(first, second, 1000) == expected).all()


@pytest.mark.parametrize(("n", "k"), [(40, 5), (25, 20), (30, 1)])
def test_null_is_the_mean_over_unrelated_graphs(n, k):
    generator = np.random.default_rng(0)
    values = [layer_similarity(random_graph(generator, n, k), random_graph(generator, n, k)).value for _ in range(300)]
    assert abs(np.mean(values) - chance_similarity(n, k)) < 4 * np.std(values) / np.sqrt(300)
    if k == 5:
        r = k / (n - 1)
        assert chance_similarity(n, k) == pytest.approx(r / (2 - r), rel=0.1)


@pytest.mark.parametrize("k", [1, 6])
def test_interval_leaves_each_sample_out(k):
    points = np.random.default_rng(1).normal(size=(40, 2))
    first = neighbor_graph(points, k)
    second = neighbor_graph(points + 0.3 * np.random.default_rng(2).normal(size=(40, 2)), k)
    score = layer_similarity(first, second)
    rows = [[set(a), set(b)] for a, b in zip(first.indices.tolist(), second.indices.tolist(), strict=True)]

    def ratio(i, a, b):
        return len(a & b) / len(a | b) if a | b else score.value  # a row left with nothing counts as average

    without = np.array([mean_without(i, rows, ratio) for i in range(40)])
    expected, _ = share_interval(score.value, 39 * (score.value - without), most=40 * k)
    assert score.interval == pytest.approx(expected, rel=1e-9)


def test_interval_covers_a_fresh_mean_as_often_as_it_says():
    generator = np.random.default_rng(0)
    scores = []
    for _ in range(120):
        points = generator.normal(size=(150, 4))
        noisy = points + 0.3 * generator.normal(size=points.shape)
        scores.append(layer_similarity(neighbor_graph(points, 8), neighbor_graph(noisy, 8)))
    truth = np.mean([score.value for score in scores])
    covered = sum(score.interval[0] <= truth <= score.interval[1] for score in scores)
    naive = sum(abs(score.value - truth) < 1.96 * score.per_sample.std() / np.sqrt(150) for score in scores)
    assert covered >= 110  # 114 of 120 are expected at least
    assert naive < 110  # what rows taken as independent would give


def test_a_graph_and_itself():
    graph = neighbor_graph(np.random.default_rng(0).integers(0, 3, (60, 2)), 4)
    score = layer_similarity(graph, graph)
    assert graph.ties > 0
    assert (score.value, score.interval) == (1.0, (1.0, 1.0))
    assert score.interval_method == "exact: all lists are equal"


@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from(["first", "second", "both"]))
@settings(max_examples=40)
def test_every_other_choice_among_ties_lies_within_the_bounds(seed, k, which):
    generator = np.random.default_rng(seed)
    first, second = (generator.integers(0, 3, (14, 2)).astype(float) for _ in range(2))
    if which != "both":  # ties in one of them only
        (second if which == "first" else first)[:] += generator.normal(size=(14, 2))
    score = layer_similarity(neighbor_graph(first, k), neighbor_graph(second, k))
    low, high = score.value - score.details["tie_low"], score.value + score.details["tie_high"]
    squared = [((p[:, None] - p) ** 2).sum(axis=2) + np.diag(np.full(14, np.inf)) for p in (first, second)]
    for _ in range(10):
        lists = [np.lexsort((generator.random((14, 14)), of))[:, :k] for of in squared]  # ties in any order
        assert low - 1e-12 <= np.mean(jaccard(*lists)) <= high + 1e-12


def test_graphs_that_do_not_belong_together():
    points = np.random.default_rng(0).normal(size=(30, 2))
    graph = neighbor_graph(points, 4)
    with pytest.raises(
        Mismatch, match="the graphs are of 30 and 29 samples; expected the same samples in the same order"
    ):
        layer_similarity(graph, neighbor_graph(points[1:], 4))
    with pytest.raises(Mismatch, match=r"the graphs have 4 and 6 neighbours per sample; .* with graph.first\(4\)"):
        layer_similarity(graph, neighbor_graph(points, 6))
