"""Trap 53: settings are found impossible after all trainings. Ours: a study checks before it works, and takes what is possible."""

import pytest

from repscope.core.errors import RepscopeError
from repscope.studies import study


def test_samples_neighbors_and_layers_are_checked_first(tmp_path, monkeypatch):
    given = study("ab")
    monkeypatch.setattr(type(given), "conduct", lambda *_: pytest.fail("trained before the settings were checked"))
    given.with_settings({"samples": 15_000}).check()  # more than there are: all are taken
    for settings in ({"k": 5000}, {"layers": ["nowhere"]}):
        with pytest.raises(RepscopeError, match=r"neighbours were asked for|no layer matches"):
            given.with_settings(settings).run(tmp_path / "study")


def test_a_map_that_cannot_be_solved_is_refused_first():
    with pytest.raises(RepscopeError, match="needs the pairs themselves"):
        study("interchange").with_settings({"kinds": ["unit_norm"]}).check()
