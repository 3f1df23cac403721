"""The graph as an object: ties, duplicates, fewer neighbours, disk; and what neighbor_graph refuses."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput, Damaged
from repscope.neighbors import METHODS, Exact, NeighborGraph, neighbor_graph
from tests.references.brute_force import brute_force

points = np.random.default_rng(0).standard_normal((60, 5))


def test_first_neighbours_are_a_graph_of_their_own():
    wide, narrow = neighbor_graph(points, 20), neighbor_graph(points, 7)
    assert (wide.first(7).indices == narrow.indices).all()
    assert (wide.first(7).distances == narrow.distances).all()
    assert wide.first(20) is wide
    with pytest.raises(BadInput, match="asked for the first 21 neighbours of a graph that has 20 per sample"):
        wide.first(21)


@given(st.integers(0, 10_000), st.integers(3, 40), st.integers(1, 3))
@settings(max_examples=60)
def test_ties_count_the_samples_beyond_the_list(seed, n, k):
    grid = np.random.default_rng(seed).integers(0, 3, (n, 2)).astype(np.float32)
    k = min(k, n - 1)
    graph = neighbor_graph(grid, k)
    squared = ((grid[:, None].astype(float) - grid[None]) ** 2).sum(2)
    np.fill_diagonal(squared, np.inf)
    last = np.sort(squared, axis=1)[:, k - 1 : k]
    expected = (squared == last).sum(1) - (graph.distances.round(9) == np.sqrt(last).round(9)).sum(1)
    if graph.duplicates:  # unseen points count as one each: a lower bound, never zero where there are some
        assert (graph.tied <= expected).all()
        assert ((graph.tied > 0) == (expected > 0)).all()
    else:
        assert (graph.tied == expected).all()
    assert graph.ties == (expected > 0).sum()
    for fewer in range(1, k):
        assert graph.first(fewer).ties == neighbor_graph(grid, fewer).ties


def test_duplicates_are_found_counted_and_taken_apart():
    x = np.concatenate([points, points[:6], points[:3]]).astype(np.float32)
    graph = neighbor_graph(x, 4)
    assert graph.duplicates == 9
    assert graph.copy_of[60:].tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    distinct = graph.distinct()
    assert distinct.n == 60
    indices, distances = brute_force(points.astype(np.float32), 4)
    assert (distinct.indices == indices).all()
    np.testing.assert_allclose(distinct.distances, distances, rtol=1e-14)
    assert neighbor_graph(points, 4).distinct().n == 60


def test_minus_zero_is_zero():
    assert neighbor_graph(np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 1.0]]), 1).duplicates == 1


def test_all_samples_identical():
    graph = neighbor_graph(np.ones((5, 3)), 2)
    assert graph.duplicates == 4
    assert (graph.distances == 0).all()
    assert graph.indices.tolist() == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]
    assert graph.ties == 5
    assert graph.distinct().n == 1


def test_written_and_read(tmp_path):
    graph = neighbor_graph(np.concatenate([points, points[:2]]), 5, metadata={"layer": "stage1.0"})
    graph.save(tmp_path / "graph.safetensors")
    first = (tmp_path / "graph.safetensors").read_bytes()
    again = NeighborGraph.load(tmp_path / "graph.safetensors")
    for name in ("indices", "distances", "tied", "copy_of", "distinct_indices", "distinct_distances"):
        assert (getattr(again, name) == getattr(graph, name)).all()
    assert again.metadata == graph.metadata
    again.save(tmp_path / "graph.safetensors")
    assert (tmp_path / "graph.safetensors").read_bytes() == first
    damaged = bytearray(first)
    damaged[-1] ^= 1
    (tmp_path / "graph.safetensors").write_bytes(bytes(damaged))
    with pytest.raises(Damaged, match="does not agree with its checksum"):
        NeighborGraph.load(tmp_path / "graph.safetensors")


def test_a_file_that_is_not_a_graph(tmp_path):
    from repscope.core.files import write_tensors

    write_tensors(tmp_path / "a", {"x": torch.zeros(2)}, {"format": "repscope.graph.99"})
    with pytest.raises(Damaged, match=r"has the format 'repscope.graph.99'; expected 'repscope.graph.1'"):
        NeighborGraph.load(tmp_path / "a")


@pytest.mark.parametrize(
    ("given", "k", "text"),
    [
        (points, 60, "k = 60 neighbours asked for among 60 samples; expected a whole number from 1 to n - 1 = 59"),
        (points, 0, "k = 0 neighbours asked for"),
        (points, 2.0, r"k = 2\.0 neighbours asked for"),
        (points, True, "k = True neighbours asked for"),
        (points[0], 2, r"points have the shape \(5,\); expected \(samples, features\)"),
        (points[:1], 1, r"points have the shape \(1, 5\); expected"),
        (points + 1j, 2, "points are torch.complex128; expected real numbers"),
        (np.array([["a"], ["b"]]), 1, "points of type ndarray cannot be read as numbers"),
        (np.where(np.arange(60)[:, None] == 3, np.nan, points), 2, r"1 of 60 samples have NaN or infinite features, the first: \[3\]"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchecked")
def test_bad_points(given, k, text):
    with pytest.raises(BadInput, match=text):
        neighbor_graph(given, k)


def test_bad_method():
    with pytest.raises(BadInput, match="overfetch = -1 candidates beyond those wanted; expected zero or more"):
        neighbor_graph(points, 2, Exact(overfetch=-1))


def test_tensors_integers_feature_maps_and_half_precision():
    maps = torch.arange(24.0).reshape(4, 3, 2, 1) ** 2
    expected = neighbor_graph(maps.reshape(4, 6).double().numpy(), 2)
    for same in (maps, maps.int(), maps.half(), maps.to(torch.float64), maps.numpy().astype(np.int64)):
        found = neighbor_graph(same, 2)
        assert (found.indices == expected.indices).all()
        assert (found.distances == expected.distances).all()


def test_the_method_is_found_by_name():
    assert isinstance(METHODS["exact"], Exact)
    assert "proved" in METHODS["exact"].summary


def test_the_global_precision_is_put_back():
    torch.set_float32_matmul_precision("medium")
    try:
        neighbor_graph(points.astype(np.float32), 3)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")
