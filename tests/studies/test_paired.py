"""Differences over seeds: what cannot be told is not told, and never certain."""

import math

import numpy as np
import pytest

from repscope.studies._augmentation_words import onset, sentences
from repscope.studies._paired import differences, has_spread, interval_in_points, say_untold
from repscope.studies._result import StudyTable


def of(**accuracies):
    return {name: np.array(values) for name, values in accuracies.items()}


@pytest.mark.parametrize("base", [[0.70, 0.72], [0.7, 0.8, 0.9]])
@pytest.mark.parametrize("gap", [0.02, -0.3])
def test_equal_gaps_are_never_certain(base, gap):
    families = of(base=base, other=[value + gap for value in base])
    score, p = differences(families, "base")["other"]
    assert math.isnan(p)
    assert math.isnan(score.interval[0])
    assert "the same with all" in interval_in_points(score)
    (said,) = say_untold(differences(families, "base"))
    assert "cannot be told" in said


def test_two_seeds_do_not_make_a_p():
    gaps = differences(of(base=[0.7, 0.71], other=[0.8, 0.8101]), "base")
    assert math.isnan(gaps["other"][1])
    assert say_untold(gaps) == ("Of other it cannot be told whether it differs: 2 seeds; run three or more.",)


def test_one_seed_says_so():
    gaps = differences(of(base=[0.7], other=[0.8], third=[0.9]), "base")
    assert interval_in_points(gaps["other"][0]) == "one seed"
    assert say_untold(gaps) == ("Of other, third it cannot be told whether they differ: one seed; run three or more.",)


def test_three_seeds_that_differ_tell():
    gaps = differences(of(base=[0.7, 0.71, 0.72], better=[0.8, 0.82, 0.81], same=[0.7, 0.71, 0.72]), "base")
    assert 0 < gaps["better"][1] < 0.01
    assert gaps["same"][1] == 1.0
    assert say_untold(gaps) == ()


def test_rounding_is_no_spread():
    assert not has_spread(np.array([0.1 + 0.2, 0.3, 0.3]))
    assert has_spread(np.array([0.3, 0.3, 0.301]))


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_layers_are_not_beyond_seeds_that_agree_exactly(seeds):
    trained = np.full((seeds, 3), 0.6)
    found = onset(["a", "b", "c"], trained, trained - 0.1)
    assert found.layer is None
    accuracies = of(none=[0.7] * seeds, all=[0.8] * seeds, flip=[0.8] * seeds)
    said = " ".join(sentences(accuracies, {"flip": found}, "folder:x"))
    assert "p = 0" not in said
    assert "nan" not in said


def test_numbers_that_are_none_are_written_as_none():
    assert StudyTable("t", "T", ("a", "b"), ((float("nan"), 1.0),)).rows == ((None, 1.0),)
