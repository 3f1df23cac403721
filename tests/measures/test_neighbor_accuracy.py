"""k-NN accuracy: against a slow vote, its null, its interval, what ties leave open."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput
from repscope.measures._interval import mutual_share
from repscope.measures.neighbor_accuracy import chance_accuracy, neighbor_accuracy
from repscope.neighbors import NeighborGraph, neighbor_graph
from tests.references.similarity import votes


def random_graph(generator, n, k):
    indices = np.array([generator.permutation(np.delete(np.arange(n), i))[:k] for i in range(n)])
    return NeighborGraph(indices, np.sort(generator.random((n, k)), axis=1), np.zeros(n, np.int64), np.arange(n))


@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(1, 30), st.integers(2, 6))
@settings(max_examples=60)
def test_equals_the_slow_vote(seed, n, k, classes):
    generator = np.random.default_rng(seed)
    graph = random_graph(generator, n, min(k, n - 1))
    labels = generator.integers(0, classes, n)
    labels[:2] = 0, 1
    expected = votes(graph.indices, labels.tolist())
    score = neighbor_accuracy(graph, labels)
    assert (score.per_sample == expected).all()
    assert score.value == expected.mean()
    assert score.interval[0] <= score.value <= score.interval[1]


@pytest.mark.parametrize("counts", [(30, 30), (45, 15), (30, 20, 10), (12, 12, 12, 12, 12)])
@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_null_is_the_mean_over_shuffled_labels(counts, k):
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(counts)), counts)
    graph = random_graph(generator, 60, k)
    shuffled = [neighbor_accuracy(graph, generator.permutation(labels)).value for _ in range(300)]
    error = np.std(shuffled) / np.sqrt(300)
    assert abs(np.mean(shuffled) - chance_accuracy(counts, k)) < 4 * error + 0.003  # the drawn lists' own error


def test_interval_covers_a_fresh_mean_as_often_as_it_says():
    generator = np.random.default_rng(3)
    labels = np.arange(150) % 3
    scores = [neighbor_accuracy(neighbor_graph(generator.normal(size=(150, 4)), 5), labels) for _ in range(120)]
    truth = np.mean([score.value for score in scores])
    assert sum(score.interval[0] <= truth <= score.interval[1] for score in scores) >= 110
    assert all(score.details["effective"] < 150 for score in scores)


def test_mutual_share_from_some_entries():
    graph = neighbor_graph(np.random.default_rng(0).normal(size=(400, 4)), 10)
    lists = [set(row) for row in graph.indices.tolist()]
    exact = np.mean([i in lists[j] for i, row in enumerate(lists) for j in row])
    assert mutual_share(graph.indices) == pytest.approx(exact)
    assert mutual_share(graph.indices, looked_at=1000) == pytest.approx(exact, abs=0.06)


def test_ties_count_only_where_they_can_change_the_vote():
    # 0 and 2 lie as far from 1; whichever is listed decides. 3 to 6 are far off and of one class.
    points = np.array([[0.0], [1.0], [2.0], [50.0], [51.1], [52.3], [53.6]])
    labels = np.array([0, 1, 1, 2, 2, 2, 2])
    score = neighbor_accuracy(neighbor_graph(points, 1), labels)
    assert score.details["tied"] == 1
    assert score.per_sample.tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert (score.details["tie_low"], score.details["tie_high"]) == (0, pytest.approx(1 / 7))
    assert len(score.notes) == 1
    same_class = neighbor_accuracy(neighbor_graph(points, 1), np.array([1, 1, 1, 2, 2, 2, 2]))
    # nothing is known of a sample outside the list, so a right vote of one tied neighbour could be lost
    assert (same_class.details["tie_low"], same_class.details["tie_high"]) == (pytest.approx(1 / 7), 0)


def test_blocks_of_rows_do_not_matter(monkeypatch):
    from repscope.measures import neighbor_accuracy as module

    points = np.random.default_rng(0).integers(0, 4, (80, 3))
    graph, labels = neighbor_graph(points, 6), np.arange(80) % 4
    whole = neighbor_accuracy(graph, labels)
    monkeypatch.setattr(module, "_BUDGET", 2000)
    pieces = neighbor_accuracy(graph, labels)
    assert whole.as_dict() == pieces.as_dict()
    assert (whole.per_sample == pieces.per_sample).all()


def test_missing_labels():
    graph = neighbor_graph(np.random.default_rng(0).normal(size=(30, 2)), 4)
    with pytest.raises(BadInput, match="neighbor_accuracy needs labels and there are none"):
        neighbor_accuracy(graph, None)
