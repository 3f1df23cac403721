"""What TwoNN reads from a gaussian, computed, against what it reads from drawn ones."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from repscope.measures._saturation import LARGEST, expected_reading, gaussian_dimension
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.neighbors import neighbor_graph


@pytest.mark.parametrize(("dimension", "n", "order"), [(2, 400, 1), (20, 400, 1), (70, 1000, 1), (20, 400, 8)])
def test_expected_reading_is_the_mean_of_readings(dimension, n, order):
    generator = np.random.default_rng(0)
    means = []
    for _ in range(12):
        points = generator.normal(size=(n, dimension))
        nearest = np.partition(cdist(points, points), (order, 2 * order), axis=1)
        means.append(np.log(nearest[:, 2 * order] / nearest[:, order]).mean())
    readings = np.sum(1 / np.arange(order, 2 * order)) / np.array(means)
    error = readings.std(ddof=1) / np.sqrt(len(readings))
    assert abs(readings.mean() - expected_reading(dimension, n, order)) < 4 * error


@pytest.mark.parametrize("dimension", [3, 10, 70, 300])
@pytest.mark.parametrize("n", [1000, 4000, 15_000])
def test_there_and_back(dimension, n):
    assert gaussian_dimension(expected_reading(dimension, n), n) == pytest.approx(dimension, rel=0.015)


def test_ends_of_the_table():
    assert gaussian_dimension(0.3, 1000) == 0.3
    assert gaussian_dimension(1e6, 1000) == pytest.approx(LARGEST)
    assert gaussian_dimension(5.0, 3) == 5.0


def test_more_than_can_be_told():
    points = np.random.default_rng(0).normal(size=(60, 20_000))
    score = intrinsic_dimension(neighbor_graph(points, 2))
    assert any("an isotropic gaussian of more than 1024 dimensions reads" in note for note in score.notes)
