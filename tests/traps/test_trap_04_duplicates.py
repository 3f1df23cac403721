"""Duplicated samples: an epsilon in place of zero distances, or rows dropped, and the dimension is another."""

import numpy as np
import pytest

from repscope.measures.intrinsic_dimension import gride_curve, intrinsic_dimension
from repscope.neighbors import neighbor_graph


@pytest.fixture(scope="module")
def five_dimensions():
    points = np.random.default_rng(0).normal(size=(1500, 5))
    copies = np.random.default_rng(1).choice(1500, 500)
    return points, np.vstack([points, points[copies]])[np.random.default_rng(2).permutation(2000)]


@pytest.mark.parametrize("estimator", ["two_nn", "two_nn_fit", "two_nn_censored", "gride"])
def test_copies_are_taken_out_and_counted(five_dimensions, estimator):
    points, repeated = five_dimensions
    truth = intrinsic_dimension(neighbor_graph(points, 4), estimator)
    score = intrinsic_dimension(neighbor_graph(repeated, 4), estimator)
    assert score.value == pytest.approx(truth.value, rel=1e-9)
    assert score.value == pytest.approx(5, rel=0.1)
    assert score.details["copies"] == 500
    assert "500 of 2,000 samples are copies of others and were taken out" in score.notes
    assert np.isnan(score.per_sample).sum() == 500


def test_the_trap_is_there(five_dimensions):
    """What the usual repairs read, so that this test is about something."""
    _, repeated = five_dimensions
    near, far = neighbor_graph(repeated, 2).distances.T
    with_epsilon = (len(near) - 1) / np.log((far + 1e-12) / (near + 1e-12)).sum()
    kept = near > 0
    with_rows_dropped = (kept.sum() - 1) / np.log(far[kept] / near[kept]).sum()
    assert with_epsilon < 1
    assert with_rows_dropped > 5.5


def test_more_copies_than_neighbours(five_dimensions):
    """A third of the samples at zero, as after a ReLU that died for them: still the other two thirds are read."""
    points, _ = five_dimensions
    collapsed = np.vstack([points, np.zeros((750, 5))])
    truth = [score.value for score in gride_curve(neighbor_graph(np.vstack([points, np.zeros((1, 5))]), 16))]
    read = [score.value for score in gride_curve(neighbor_graph(collapsed, 16))]
    assert read == pytest.approx(truth, rel=1e-9)
