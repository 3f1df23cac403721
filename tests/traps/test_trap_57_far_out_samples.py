"""Trap 57: debiased CKA beside a far-out sample is what rounding leaves, and above 1. Ours: what is common to rows is taken off first."""

import numpy as np

from repscope import cka


def test_the_debiased_value_is_that_of_exact_sums():
    x = np.array([0, 0, 0, 18564.535, 0, 0, 3.3686948], dtype=np.float32)[:, None]
    y = np.array([0, 0, 0, 0.029, 0.01102, 0, 0.05264], dtype=np.float32)[:, None]
    found = cka(x, y)
    assert abs(found.value - 0.919) < 0.002
    assert found.interval[1] <= 1
