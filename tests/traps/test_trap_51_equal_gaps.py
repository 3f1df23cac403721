"""Trap 51: two seeds with equal gaps give p = 0 and an interval of width zero. Ours: it cannot be told."""

import numpy as np
import pytest

from repscope.studies._paired import differences, interval_in_points, mean_over_seeds, untold


@pytest.mark.parametrize("gap", [0.02, 0.0])
@pytest.mark.parametrize("base", [[0.7], [0.7, 0.8], [0.7, 0.73, 0.9]])
def test_equal_gaps_tell_nothing(base: list[float], gap: float) -> None:
    found = differences({"base": np.array(base), "other": np.array(base) + gap}, "base")
    score, p = found["other"]
    assert np.isnan(p)
    assert np.isnan(score.interval).all()
    assert interval_in_points(score) in ("one seed", "equal in all seeds")
    assert "cannot be told whether other" in untold(found)[0]


def test_equal_values_have_no_interval() -> None:
    assert np.isnan(mean_over_seeds(np.array([0.8, 0.8, 0.8]), "accuracy").interval).all()


def test_what_cannot_be_told_is_an_empty_cell() -> None:
    from repscope.studies._result import StudyTable

    assert StudyTable("t", "T", ("a", "p"), (("x", float("nan")),)).rows == (("x", None),)


@pytest.mark.parametrize("seeds", [1, 2])
def test_attention_says_that_it_cannot_tell(seeds: int, tmp_path) -> None:
    from repscope.networks import Cost, LayerCost
    from repscope.studies import STUDIES

    study = STUDIES["attention"].with_settings({"seeds": seeds})
    names = list(study._variants())
    right = {name: np.full(seeds, 0.7 if i == 0 else 0.72) for i, name in enumerate(names)}
    costs = {name: Cost(name, (3, 8, 8), (LayerCost("", "Conv2d", (3,), 3, 4, 10),)) for name in names}
    found = study._result({"train": right, "validation": right}, costs)
    found.write(tmp_path)
    text = " ".join(found.sentences)
    assert "Better than the base, beyond what seeds do (paired t test, 5 % over all designs): none." in text
    assert "It cannot be told whether" in text
    assert "p = 0" not in text
