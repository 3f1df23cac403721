"""NNCS: to the last bit, its null, its interval, what ties leave open, its refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput
from repscope.measures._interval import jackknife_variance, share_interval
from repscope.measures.class_similarity import class_similarity
from repscope.neighbors import NeighborGraph, neighbor_graph
from tests.references.similarity import agreement, mean_without


def random_graph(generator, n, k):
    indices = np.array([generator.permutation(np.delete(np.arange(n), i))[:k] for i in range(n)])
    distances = np.sort(generator.random((n, k)), axis=1)
    return NeighborGraph(indices, distances, np.zeros(n, np.int64), np.arange(n))


@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(1, 30), st.integers(2, 5))
@settings(max_examples=60)
def test_equals_the_slow_count_to_the_last_bit(seed, n, k, classes):
    generator = np.random.default_rng(seed)
    graph = random_graph(generator, n, min(k, n - 1))
    labels = generator.integers(0, classes, n)
    labels[:2] = 0, 1
    value, per_sample = agreement(graph.indices, labels.tolist())
    score = class_similarity(graph, labels)
    assert score.value == value
    assert (score.per_sample == per_sample).all()


def test_null_is_the_mean_over_shuffled_labels():
    generator = np.random.default_rng(0)
    graph = random_graph(generator, 60, 5)
    labels = np.repeat([0, 1, 2], [40, 15, 5])
    shuffled = [class_similarity(graph, generator.permutation(labels)).value for _ in range(1500)]
    null = class_similarity(graph, labels).null
    assert null == (40 * 39 + 15 * 14 + 5 * 4) / (60 * 59)
    assert abs(np.mean(shuffled) - null) < 4 * np.std(shuffled) / np.sqrt(1500)


def test_interval_leaves_each_sample_out():
    graph = neighbor_graph(np.random.default_rng(1).normal(size=(40, 2)), 6)
    labels = (np.random.default_rng(2).random(40) < 0.4).astype(int)
    rows = [[set(row)] for row in graph.indices.tolist()]

    def ratio(i, neighbors):
        return sum(labels[j] == labels[i] for j in neighbors) / len(neighbors)

    score = class_similarity(graph, labels)
    without = np.array([mean_without(i, rows, ratio) for i in range(40)])
    expected, effective = share_interval(score.value, 39 * (score.value - without), most=240)
    assert jackknife_variance(39 * (score.value - without)) == pytest.approx(
        39 / 40 * np.sum((without - without.mean()) ** 2)
    )
    assert score.interval == pytest.approx(expected, rel=1e-9)
    assert score.details["effective"] == pytest.approx(effective, rel=1e-9)


def test_interval_covers_a_fresh_mean_as_often_as_it_says():
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 4))
    labels = np.arange(150) % 3
    scores = [
        class_similarity(neighbor_graph(centres[labels] + generator.normal(size=(150, 4)), 8), labels)
        for _ in range(120)
    ]
    truth = np.mean([score.value for score in scores])
    covered = sum(score.interval[0] <= truth <= score.interval[1] for score in scores)
    naive = sum(abs(score.value - truth) < 1.96 * score.per_sample.std() / np.sqrt(150) for score in scores)
    assert covered >= 110  # 114 of 120 are expected at least
    assert naive < 110  # what rows taken as independent would give


def test_shuffled_labels_are_at_chance():
    points = np.random.default_rng(0).normal(size=(300, 5))
    graph = neighbor_graph(points, 10)
    misses = 0
    for seed in range(40):
        score = class_similarity(graph, np.random.default_rng(seed).permutation(np.arange(300) % 5))
        misses += not score.interval[0] <= score.null <= score.interval[1]
    assert misses <= 4


def test_all_agree_is_not_certainty():
    points = np.vstack(
        [np.random.default_rng(0).normal(size=(20, 2)), 100 + np.random.default_rng(1).normal(size=(20, 2))]
    )
    score = class_similarity(neighbor_graph(points, 5), [0] * 20 + [1] * 20)
    assert score.value == score.interval[1] == 1
    assert 0.9 < score.interval[0] < 1


def test_one_neighbour():
    graph = neighbor_graph(np.random.default_rng(0).normal(size=(50, 2)), 1)
    score = class_similarity(graph, np.arange(50) % 2)
    assert score.interval[0] < score.value < score.interval[1]


def test_ties_widen_the_interval():
    # two places, 20 samples at each: which 5 of the 19 others are listed is the order's doing
    points = np.repeat([[0.0], [9.0]], 20, axis=0)
    labels = np.arange(40) % 2
    score = class_similarity(neighbor_graph(points, 5), labels)
    assert score.details["tied"] == 40
    assert score.interval == (0.0, 1.0)
    assert score.notes[0].startswith("40 of 40 samples (100 %) have neighbours at exactly equal distances")


def test_any_kind_of_labels():
    graph = neighbor_graph(np.random.default_rng(0).normal(size=(30, 2)), 4)
    labels = np.arange(30) % 3
    values = {
        class_similarity(graph, kind).value
        for kind in (labels, labels.tolist(), torch.from_numpy(labels), labels.astype(str), labels * 7 - 4)
    }
    assert len(values) == 1


def test_bad_labels():
    graph = neighbor_graph(np.random.default_rng(0).normal(size=(30, 2)), 4)
    with pytest.raises(BadInput, match="class_similarity needs labels and there are none; give a data set with labels"):
        class_similarity(graph, None)
    with pytest.raises(BadInput, match=r"class_similarity got labels of shape \(29,\) for a graph of 30 samples"):
        class_similarity(graph, np.zeros(29, int))
    with pytest.raises(
        BadInput, match="class_similarity got labels of type float64; expected classes as whole numbers"
    ):
        class_similarity(graph, np.linspace(0, 1, 30))
    with pytest.raises(
        BadInput, match="class_similarity got the single class 4 for all 30 samples; expected at least 2"
    ):
        class_similarity(graph, np.full(30, 4))
