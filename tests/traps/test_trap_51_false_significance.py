"""Trap 51: two seeds with equal gaps give p = 0 and an interval of no width. Ours: it cannot be told, and it is said."""

import math

import numpy as np

from repscope.studies._paired import differences, say_untold


def test_equal_gaps_prove_nothing():
    families = {"base": np.array([0.70, 0.72]), "other": np.array([0.72, 0.74])}
    score, p = differences(families, "base")["other"]
    assert math.isnan(p)
    assert all(math.isnan(end) for end in score.interval)
    assert "cannot be told" in say_untold(differences(families, "base"))[0]
