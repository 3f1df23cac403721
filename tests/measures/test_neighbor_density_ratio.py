"""NDR is a setting: k / n, exactly."""

import numpy as np

from repscope.measures import measure
from repscope.measures.neighbor_density_ratio import neighbor_density_ratio
from repscope.neighbors import neighbor_graph


def test_is_k_over_n_and_not_computed_unasked():
    score = neighbor_density_ratio(neighbor_graph(np.random.default_rng(0).normal(size=(50, 3)), 5))
    assert (score.value, score.interval, score.null) == (0.1, (0.1, 0.1), None)
    assert not measure("neighbor_density_ratio").default
