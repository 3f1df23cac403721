"""Trap 2: tight clusters (norm 8, width 1e-3): the float32 candidates are wrong. Ours: certified rows."""

import numpy as np

from repscope.neighbors import Exact, neighbor_graph
from tests.references.brute_force import brute_force


def clusters() -> np.ndarray:
    g = np.random.default_rng(1)
    centres = g.standard_normal((6, 64))
    centres *= 8 / np.linalg.norm(centres, axis=1, keepdims=True)
    return (centres[g.integers(6, size=600)] + 1e-3 * g.standard_normal((600, 64))).astype(np.float32)


def test_every_neighbour_is_right():
    points = clusters()
    indices, distances = brute_force(points, 12)
    graph = neighbor_graph(points, 12)
    assert (graph.indices == indices).all()
    np.testing.assert_allclose(graph.distances, distances, rtol=1e-12)


def test_even_without_over_fetching():
    points = clusters()
    assert (neighbor_graph(points, 12, Exact(overfetch=0)).indices == brute_force(points, 12)[0]).all()


def test_the_fallback_was_needed():
    assert int(neighbor_graph(clusters(), 12).metadata["proved_float32"]) < 300
