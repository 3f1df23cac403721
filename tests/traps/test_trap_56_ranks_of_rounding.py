"""Trap 56: dissimilarities that are equal are ranked by their rounding. Ours: equal up to rounding is equal."""

import numpy as np
import pytest

from repscope import rsa


def test_a_layer_and_itself_times_a_number():
    g = np.random.default_rng(0)
    x = g.normal(size=(50, 1)) @ g.normal(size=(1, 3))  # correlations over features are 1 or -1
    assert rsa(x, x * 3.7).value == pytest.approx(1, abs=1e-9)
