"""Impossible settings are refused before anything is trained or recorded."""

import pytest

from repscope.core.errors import RepscopeError
from repscope.studies import study

TRAINING = ("repscope.studies._trainings.train_all", "repscope.training.train_by_name", "repscope.training.train")
CASES = [
    ("ab", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("ab", {"k": 100_000}, r"k = 100000 neighbours were asked for among the \d+ samples of 'train'"),
    ("ab", {"samples": 4, "k": 4}, r"k = 4 neighbours were asked for among the 4 samples"),
    ("augmentation", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    (
        "augmentation",
        {"samples": 20, "k": 20},
        r"k = 20 neighbours were asked for among the 20 samples of 'validation'",
    ),
    ("fine_tuning", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("random_labels", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("random_labels", {"inverted": 100_000}, r"cannot choose 100000 images"),
    ("random_labels", {"inversion_layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("transferability", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("dynamics", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("dynamics", {"k": 100_000}, r"k = 100000 neighbours were asked for"),
    ("emergence", {"layers": ["nowhere"]}, r"no layer matches 'nowhere'"),
    ("interchange", {"kinds": ["ridge", "unit_norm"]}, r"the kind of map 'unit_norm' needs the pairs themselves"),
]


@pytest.mark.parametrize(("name", "settings", "text"), CASES)
def test_impossible_settings_are_refused_first(name, settings, text, tmp_path, monkeypatch):
    def never(*_given, **_more):
        raise AssertionError("something was trained or recorded before the settings were checked")

    chosen = study(name).with_settings(settings)
    monkeypatch.setattr(type(chosen), "conduct", never)
    with pytest.raises(RepscopeError, match=text):
        chosen.run(tmp_path / "study")
    assert not any((tmp_path / "study").glob("*.json"))


@pytest.mark.parametrize("name", ["ab", "augmentation", "dynamics"])
def test_more_samples_than_there_are_take_all(name):
    study(name).with_settings({"samples": 1_000_000}).check()
