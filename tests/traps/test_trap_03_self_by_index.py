"""Trap 3: the sample itself assumed in column 0. Ours: it is excluded by index, whatever its copies do."""

import numpy as np

from repscope.neighbors import neighbor_graph


def test_no_row_keeps_itself_among_duplicates():
    g = np.random.default_rng(2)
    points = g.standard_normal((500, 8)).astype(np.float32)
    points[g.permutation(500)[:100]] = points[g.integers(500, size=100)]
    graph = neighbor_graph(points, 5)
    assert (graph.indices != np.arange(500)[:, None]).all()
    copies = np.flatnonzero(graph.copy_of != np.arange(500))
    assert len(copies) > 50
    assert (graph.distances[copies, 0] == 0).all()
