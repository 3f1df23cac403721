"""Trap 16: the best of many pairs of layers is reported as if it were the only one looked at."""

import numpy as np

from repscope.measures import MEASURES, ArrayLayer, permutation_test


def layers(seed, count, others=None):
    g = np.random.default_rng(seed)
    return [ArrayLayer(g.normal(size=(60, 5)), 6, f"{seed}.{i}") for i in range(count)]


def test_the_largest_of_unrelated_pairs_is_no_finding():
    naive, corrected = [], []
    for seed in range(8):
        found = permutation_test(MEASURES["cka"], layers(seed, 4), layers(100 + seed, 5), orders=19)
        naive.append(found.p.min())
        corrected.append(found.p_of_all.min())
    assert np.mean(np.array(naive) <= 0.05) >= 0.5  # the trap
    assert np.mean(np.array(corrected) <= 0.05) <= 0.25
    assert np.median(corrected) > 0.2


def test_a_related_pair_among_unrelated_ones_is_found():
    mine, theirs = layers(0, 4), layers(1, 4)
    theirs[2] = ArrayLayer(mine[1].array + 0.1, 6, "copy")
    found = permutation_test(MEASURES["cka"], mine, theirs, orders=39)
    assert found.p_of_all[1, 2] == 1 / 40
    assert (np.delete(found.p_of_all.ravel(), 6) > 0.05).mean() > 0.9
    assert "any of the 16 pairs" in str(found)
