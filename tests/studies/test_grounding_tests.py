"""What grounding asks of matrices of closeness between networks."""

import numpy as np
import pytest

from repscope.studies._grounding_tests import closer, told_apart

PLAIN, OTHER = [0, 1, 2, 3], [4, 5, 6, 7]


def alike(quality, seed=0):
    """Networks the more alike, the better both are, and the noise of training."""
    noise = np.random.default_rng(seed).normal(size=(8, 8)) * 0.01
    return np.outer(quality, quality) + (noise + noise.T) / 2


def test_a_recipe_that_makes_networks_alike_is_told_apart_though_not_from_each_network():
    close = alike([0.6] * 4 + [0.9] * 4)
    assert closer(close, OTHER, PLAIN)["value"] == 1.0
    assert closer(close, PLAIN, OTHER)["value"] == 0.0
    found = told_apart(close, PLAIN, OTHER)
    assert (found["value"], found["right"], found["of"], found["passed"]) == (1.0, 34, 34, True)
    assert found["p"] == pytest.approx(1 / 35)
    assert told_apart(close, OTHER, PLAIN) == found


def test_one_recipe_is_seldom_told_apart_from_itself():
    found = [told_apart(alike([0.7] * 8, seed), PLAIN, OTHER) for seed in range(200)]
    assert np.mean([one["passed"] for one in found]) <= 0.07
    assert np.mean([one["value"] for one in found]) == pytest.approx(0.5, abs=0.08)
    assert told_apart(np.ones((8, 8)), PLAIN, OTHER)["value"] == 0.0  # all alike: nothing is found


def test_few_networks_or_no_values_give_no_answer():
    close = alike([0.6] * 4 + [0.9] * 4)
    assert told_apart(close, [0, 1, 2], [4, 5, 6])["value"] is None
    close[0, 5] = np.nan
    assert told_apart(close, PLAIN, OTHER)["value"] is None
    assert told_apart(close, PLAIN[1:], OTHER)["passed"]  # 35 divisions of three and four
