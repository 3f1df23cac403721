"""Jensen-Shannon divergence of two similarity matrices."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from repscope.core.errors import BadInput, Mismatch
from repscope.measures import matrix_divergence


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6))
@settings(max_examples=40)
def test_agrees_with_scipy_cell_by_cell(seed, rows, columns):
    p, q = np.random.default_rng(seed).random((2, rows, columns))
    distances = [jensenshannon([a, 1 - a], [b, 1 - b], base=2) for a, b in zip(p.ravel(), q.ravel(), strict=True)]
    score = matrix_divergence(p, q)
    assert score.value == pytest.approx(np.mean(np.square(distances)), rel=1e-6, abs=1e-12)
    root = matrix_divergence(p, q, distance=True)
    assert root.value == pytest.approx(np.mean(distances), rel=1e-6, abs=1e-9)
    assert matrix_divergence(q, p).value == pytest.approx(score.value, rel=1e-12)
    assert matrix_divergence(p, q, base=np.e).value == pytest.approx(score.value * np.log(2), rel=1e-12)
    for each in (score, root):
        assert 0 <= each.interval[0] <= each.value <= each.interval[1] <= 1


def test_ends():
    ones, zeros = np.ones((2, 3)), np.zeros((2, 3))
    assert matrix_divergence(ones, zeros).value == 1
    assert matrix_divergence(ones, ones).value == matrix_divergence(zeros, zeros).value == 0
    p = np.random.default_rng(0).random((5, 5))
    assert matrix_divergence(p, p).interval == (0, 0)
    assert matrix_divergence(torch.from_numpy(p), p, distance=True).value == 0
    assert (matrix_divergence(p, p).measure, matrix_divergence(p, p, distance=True).measure) == (
        "matrix_divergence",
        "matrix_distance",
    )


def test_interval_narrows_with_more_layers():
    generator = np.random.default_rng(0)
    widths = []
    for size in (4, 40):
        low, high = matrix_divergence(*generator.random((2, size, size))).interval
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_bad_input():
    p = np.full((2, 2), 0.5)
    with pytest.raises(Mismatch, match=r"the matrices have the shapes \(2, 2\) and \(2, 3\); expected the same layers"):
        matrix_divergence(p, np.full((2, 3), 0.5))
    with pytest.raises(BadInput, match=r"the second matrix has the shape \(2,\); expected layers by layers"):
        matrix_divergence(p, p[0])
    with pytest.raises(
        BadInput, match=r"1 cells of the first matrix are outside 0 to 1 or not a number, the first: nan"
    ):
        matrix_divergence([[0.5, np.nan], [0.5, 0.5]], p)
    with pytest.raises(BadInput, match=r"base = 1 asked for the logarithm; expected a number above 1, such as 2"):
        matrix_divergence(p, p, base=1)
