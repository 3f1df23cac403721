"""Neighbour lists of differing length: what they hold, against sets and scikit-learn, and what they refuse."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from repscope.core.errors import BadInput
from repscope.neighbors import NeighborLists, neighbor_graph


@pytest.fixture(scope="module")
def points():
    generator = np.random.default_rng(0)
    return np.concatenate([generator.normal(size=(150, 6)), 1 + 0.1 * generator.normal(size=(40, 6))])


@pytest.fixture(scope="module")
def graph(points):
    return neighbor_graph(points, 7)


def sets(lists):
    return [set(lists.of(i).tolist()) for i in range(lists.n)]


def test_intersection_and_union_are_those_of_the_lists(graph):
    named = [set(row) for row in graph.indices.tolist()]
    assert sets(NeighborLists.directed(graph)) == named
    assert sets(NeighborLists.mutual(graph)) == [{j for j in named[i] if i in named[j]} for i in range(graph.n)]
    either = [named[i] | {j for j in range(graph.n) if i in named[j]} for i in range(graph.n)]
    assert sets(NeighborLists.either(graph)) == either


def test_lists_ascend_and_count(graph, points):
    for lists in (
        NeighborLists.directed(graph), NeighborLists.mutual(graph), NeighborLists.either(graph),
        NeighborLists.within(points, 1.0),
    ):  # fmt: skip
        assert lists.n == graph.n
        assert lists.counts.tolist() == [len(lists.of(i)) for i in range(lists.n)]
        assert all((np.diff(lists.of(i)) > 0).all() and i not in lists.of(i) for i in range(lists.n))
        assert (np.diff(lists.pairs) > 0).all()
        assert lists.pairs.tolist() == [i * lists.n + j for i in range(lists.n) for j in lists.of(i).tolist()]
        assert lists.in_degrees.tolist() == [sum(i in s for s in sets(lists)) for i in range(lists.n)]


def test_undirected_graphs_are_undirected(graph, points):
    for lists in (NeighborLists.mutual(graph), NeighborLists.either(graph), NeighborLists.within(points, 1.5)):
        assert lists.in_degrees.tolist() == lists.counts.tolist()
    assert NeighborLists.mutual(graph).counts.min() == 0
    assert NeighborLists.either(graph).counts.min() >= graph.k


@pytest.mark.parametrize("radius", [0.0, 0.2, 1.0, 2.5, 100.0])
def test_within_a_radius(points, radius):
    search = NearestNeighbors(radius=radius, algorithm="brute").fit(points)
    theirs = [set(row.tolist()) - {i} for i, row in enumerate(search.radius_neighbors(return_distance=False))]
    assert sets(NeighborLists.within(points, radius)) == theirs


def test_the_radius_is_within(points, graph):
    """The distance of a pair, as the graph has it, finds the pair."""
    for i in range(0, graph.n, 10):
        for c in (0, 3, 6):
            assert graph.indices[i, c] in NeighborLists.within(points, float(graph.distances[i, c])).of(i)


def test_far_from_the_origin_it_finds_the_same(points):
    grid = np.round(points * 64) / 64  # so that the shift rounds nothing
    near, far = NeighborLists.within(grid, 1.0), NeighborLists.within(grid + 2.0**30, 1.0)
    assert near.pairs.tolist() == far.pairs.tolist()


def test_copies_are_neighbours_at_radius_0():
    assert sets(NeighborLists.within([[1.0], [2.0], [1.0], [1.0]], 0.0)) == [{2, 3}, set(), {0, 3}, {0, 2}]


def test_more_neighbours_than_the_search_begins_with():
    lists = NeighborLists.within(np.zeros((300, 2)) + np.arange(300)[:, None] / 1000, 0.1)
    assert lists.counts.max() > 64
    lists = NeighborLists.within(np.arange(400.0)[:, None], 1000.0)
    assert set(lists.counts.tolist()) == {399}


@pytest.mark.parametrize("radius", [-1.0, float("nan"), float("inf")])
def test_a_radius_that_is_none(points, radius):
    with pytest.raises(BadInput, match=r"radius = .*; expected a finite distance of 0 or more"):
        NeighborLists.within(points, radius)


@pytest.mark.parametrize("sample", [-1, 190])
def test_a_sample_that_is_not_there(graph, sample):
    with pytest.raises(BadInput, match=rf"sample {sample} was asked for among 190; expected 0 to 189"):
        NeighborLists.mutual(graph).of(sample)
