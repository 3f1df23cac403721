"""Ties in arbitrary order: a layer is unlike itself once its samples are reordered, unless ties are owned up to."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from repscope.measures.class_similarity import class_similarity
from repscope.measures.layer_similarity import layer_similarity
from repscope.measures.neighbor_accuracy import neighbor_accuracy
from repscope.neighbors import NeighborGraph, neighbor_graph


def reordered(points, k, order):
    """The graph of the points searched in another order, told in the first order."""
    graph, back = neighbor_graph(points[order], k), np.argsort(order)
    return NeighborGraph(order[graph.indices][back], graph.distances[back], graph.tied[back], np.arange(len(points)))


@pytest.mark.parametrize("kind", ["few values", "a third at zero"])
def test_a_layer_and_itself_reordered(kind):
    generator = np.random.default_rng(0)
    if kind == "few values":
        points = generator.integers(0, 3, (400, 4)).astype(float)
    else:
        points = np.maximum(generator.normal(size=(400, 4)), 0) * (generator.random((400, 1)) > 1 / 3)
    graph = neighbor_graph(points, 10)
    other = reordered(points, 10, generator.permutation(400))
    score = layer_similarity(graph, other)
    assert score.value < 0.8  # the trap
    assert score.interval[0] <= score.value
    assert score.interval[1] == pytest.approx(1)
    tied = int(np.count_nonzero((graph.tied > 0) | (other.tied > 0)))
    assert score.details["tied"] == tied > 100
    assert score.notes[0].startswith(
        f"{tied} of 400 samples ({100 * tied / 400:.3g} %) have neighbours at exactly equal"
    )
    assert "the interval includes that" in score.notes[0]


def test_nothing_is_said_where_there_are_no_ties():
    points = np.random.default_rng(0).normal(size=(200, 3))
    score = layer_similarity(neighbor_graph(points, 5), reordered(points, 5, np.random.default_rng(1).permutation(200)))
    assert (score.value, score.notes) == (1.0, ())
    assert score.details["tied"] == score.details["tie_low"] == score.details["tie_high"] == 0


@given(st.integers(0, 10_000), st.integers(1, 8))
@example(500, 4)  # no row is tied at the end of its list, and yet the order decides drawn votes
@settings(max_examples=15)
def test_scores_of_labels_include_every_order(seed, k):
    generator = np.random.default_rng(seed)
    points, labels = generator.integers(0, 3, (30, 2)), np.arange(30) % 3
    for score_of in (class_similarity, neighbor_accuracy):
        score = score_of(neighbor_graph(points, k), labels)
        low, high = score.value - score.details["tie_low"], score.value + score.details["tie_high"]
        assert score.interval[0] <= max(0, low)
        assert score.interval[1] >= min(1, high)
        for _ in range(5):
            other = score_of(reordered(points, k, generator.permutation(30)), labels).value
            assert low - 1e-12 <= other <= high + 1e-12
            assert score.interval[0] - 1e-12 <= other <= score.interval[1] + 1e-12
