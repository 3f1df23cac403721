"""Trap 1: |a|² + |b|² − 2ab in float32, data far from the origin. Ours: distances from differences in float64."""

import numpy as np
import pytest

from repscope.neighbors import neighbor_graph
from tests.references.brute_force import brute_force


@pytest.mark.parametrize("offset", [0, 10, 100, 1000, 10_000])
def test_ratio_of_distances_at_any_offset(offset):
    points = (np.random.default_rng(0).standard_normal((800, 16)) + offset).astype(np.float32)
    graph = neighbor_graph(points, 10)
    indices, distances = brute_force(points, 10)
    mu, expected = graph.distances[:, 1] / graph.distances[:, 0], distances[:, 1] / distances[:, 0]
    assert np.abs(mu / expected - 1).max() < 3e-7
    assert (graph.indices == indices).all()


def test_the_trap_is_real():
    x = (np.random.default_rng(0).standard_normal((800, 16)) + 1000).astype(np.float32)
    squared = (x**2).sum(1)[:, None] + (x**2).sum(1)[None] - 2 * x @ x.T
    np.fill_diagonal(squared, np.inf)
    _, distances = brute_force(x, 1)
    naive = np.sqrt(np.maximum(squared.min(1), 0))
    assert np.median(np.abs(naive / distances[:, 0] - 1)) > 0.01
