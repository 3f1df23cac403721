"""Studies of one network take weights from a file, and settings of the network and of the data."""

from pathlib import Path

import pytest

import repscope
from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.studies import STUDIES, _one_network
from repscope.studies._one_network import OneNetwork

NAMES = sorted(name for name in STUDIES if isinstance(STUDIES[name], OneNetwork))
GLYPHS = Path(repscope.__file__).parent / "networks" / "weights" / "resnet20-glyphs.safetensors"
GIVEN = {
    "network": "repscope:resnet20",
    "data": "glyphs",
    "weights": str(GLYPHS),
    "network_settings": {"classes": 10},
    "data_settings": {"per_class": 24},
}


def test_which_they_are():
    assert NAMES == [
        "brains",
        "classes",
        "dimension",
        "dynamics",
        "emergence",
        "graphs",
        "internals",
        "map",
        "noise",
        "pairs",
        "sampling",
        "units",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_all_open_what_the_settings_say(name, tmp_path, monkeypatch):
    asked = {}

    class EnoughError(Exception):
        pass

    def network(*given):
        asked["network"] = given
        if "data" in asked:
            raise EnoughError
        return load_network("repscope:resnet20")

    def data(*given):
        asked["data"] = given
        if "network" in asked:
            raise EnoughError
        return load_data("glyphs", per_class=24)

    monkeypatch.setattr(_one_network, "opened_network", network)
    monkeypatch.setattr(_one_network, "opened_data", data)
    study = STUDIES[name].with_settings(GIVEN)
    with pytest.raises(EnoughError):
        study.run(tmp_path / "study")
    address, weights, settings = asked["network"]
    assert (address, weights, settings["classes"]) == ("repscope:resnet20", str(GLYPHS), 10)
    assert asked["data"] == ("glyphs", {"per_class": 24})
    assert study.settings["data_settings"] == {"per_class": 24}


def test_weights_from_a_file_are_those_of_the_network_that_ships(tmp_path):
    small = {"layers": ("input", "stage3.2", "pool"), "samples": 40, "k": 2}
    ours = STUDIES["pairs"].with_settings(GIVEN | small).run(tmp_path / "ours")
    address = {"network": "repscope:resnet20-glyphs", "data": "glyphs", "data_settings": {"per_class": 24}}
    theirs = STUDIES["pairs"].with_settings(address | small).run(tmp_path / "theirs")
    assert ours.table("pairs").rows == theirs.table("pairs").rows


def test_settings_come_after_those_of_the_study_itself():
    dynamics = STUDIES["dynamics"].with_settings({"network_settings": {"classes": 7}})
    assert dynamics.opened_network(classes=10, seed=3).settings["classes"] == 7
    assert dynamics.opened_network(classes=10, seed=3).settings["seed"] == 3
    assert type(dynamics)("a", "b", 2).epochs == 2  # by their places: as before there were weights


def test_weights_that_do_not_fit(tmp_path):
    wrong = GIVEN | {"network_settings": {"classes": 50}}
    with pytest.raises(BadInput, match=r"classifier\.bias is 10 and should be 50"):
        STUDIES["pairs"].with_settings(wrong).run(tmp_path / "study")
    with pytest.raises(BadInput, match="the setting weights of the study 'pairs' is 3: "):
        STUDIES["pairs"].with_settings({"weights": 3})
