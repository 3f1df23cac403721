"""TwoNN at high dimension: a true 70 reads about 40, and that is said beside the number."""

import re

import numpy as np
import pytest

from repscope.measures.intrinsic_dimension import gride_curve, intrinsic_dimension
from repscope.neighbors import neighbor_graph


@pytest.mark.parametrize("n", [500, 1000])
def test_seventy_reads_about_forty_and_it_is_said(n):
    score = intrinsic_dimension(neighbor_graph(np.random.default_rng(0).normal(size=(n, 70)), 2))
    assert 30 < score.value < 44  # the trap
    assert score.interval[1] < 70
    (note,) = score.notes
    assert note.startswith(f"saturated: with {n:,} samples {score.value:.3g} is also what an isotropic gaussian of")
    assert "take it for a lower bound" in note
    said = int(re.search(r"gaussian of (\d+) dimensions", note)[1])
    assert said == round(score.details["gaussian"])
    assert said == pytest.approx(70, rel=0.15)


def test_the_curve_over_scale_carries_it_too():
    curve = gride_curve(neighbor_graph(np.random.default_rng(0).normal(size=(600, 40)), 16))
    assert len(curve) == 4
    for score in curve:
        assert score.value < 32
        assert any(note.startswith("saturated") for note in score.notes)
        assert score.details["gaussian"] == pytest.approx(40, rel=0.2)


@pytest.mark.parametrize("dimension", [2, 5, 8])
def test_nothing_is_said_where_the_reading_is_right(dimension):
    for seed in range(5):
        score = intrinsic_dimension(neighbor_graph(np.random.default_rng(seed).normal(size=(800, dimension)), 2))
        assert score.notes == ()
        assert score.interval[0] * 0.95 < dimension < score.interval[1] * 1.05
