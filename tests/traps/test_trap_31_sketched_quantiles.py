"""Trap 31: a quantile from a sketch is off by what nobody knows, and moves detectors. Ours is the number itself."""

import numpy as np

from repscope.units.dissection._thresholds import exact_thresholds


def test_thresholds_are_exact_where_a_sample_is_not():
    random = np.random.default_rng(0)
    values = np.exp(4 * random.normal(size=(6, 200_000))).astype(np.float32)  # a long tail, as activations have
    found = exact_thresholds(lambda: np.array_split(values, 37, axis=1), 0.005)
    np.testing.assert_array_equal(found, np.sort(values, axis=1)[:, -1001])
    sketched = np.quantile(values[:, random.permutation(200_000)[:2000]], 0.995, axis=1)
    assert (np.abs(sketched / found - 1) > 0.02).any()  # the trap
