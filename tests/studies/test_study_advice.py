"""The study of the advice: windows of the base networks, attention at these and at others, what is better than what."""

import json

import numpy as np
import pytest

from repscope import load_network
from repscope.core.errors import BadInput
from repscope.report import write_study
from repscope.studies import STUDIES, Run, stage_windows
from repscope.studies.advice import ADVISED, NONE, SE, UNIFORM, WORST, _against_advised
from tools.headless import axe_violations, overflow

SMALL = {
    "data_sets": {
        "two": {"data": "glyphs", "data_settings": {"classes": "AB", "per_class": 16}},
        "other": {"data": "glyphs", "data_settings": {"classes": "CD", "per_class": 16}},
    },
    "network_settings": {"blocks": [1, 1, 1], "size": 16},
    "seeds": 2,
    "recipe": {"epochs": 1, "batch": 8},
    "samples": 8,
}


@pytest.fixture(scope="module")
def study():
    return STUDIES["advice"].with_settings(SMALL)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("advice") / "a"
    study.run(folder)
    return folder


def test_windows_are_those_of_the_base_networks(study, folder):
    result = study.run(folder)
    rows = {row[:2]: row for row in result.table("networks").rows}
    runs = [stage_windows(Run(folder / "runs" / f"two-{seed}")) for seed in (0, 1)]
    for stage, (first, second) in enumerate(zip(*runs, strict=True)):
        means = {window: (first.scores[window].value + second.scores[window].value) / 2 for window in first.scores}
        for design, choose in ((ADVISED, max), (WORST, min)):
            assert rows["two", design][2].split(", ")[stage] == str(choose(means, key=lambda window: means[window]))
    assert rows["two", UNIFORM][2] == "4, 4, 4"
    assert rows["two", NONE][2] == ""


def test_networks_have_these_windows(study, folder):
    result = study.run(folder)
    rows = {row[:2]: row for row in result.table("networks").rows}
    for design in (ADVISED, WORST):
        file = folder / "networks" / f"two-{design.replace(' ', '-')}-1.safetensors"
        network = load_network("repscope:resnet20", weights=str(file))
        assert ", ".join(map(str, network.settings["window"])) == rows["two", design][2]
        assert network.parameters == rows["two", design][3]
        record = json.loads(file.with_suffix(".json").read_text(encoding="utf8"))
        assert record["recipe"]["seed"] == 1
    assert {row[1] for row in rows} == {NONE, SE, ADVISED, WORST, UNIFORM}


def test_comparisons_of_each_data_set_and_of_all(study, folder):
    result = study.run(folder)
    rows = result.table("helps").rows
    assert [row[0] for row in rows] == ["two"] * 3 + ["other"] * 3 + ["all of them"] * 3
    accuracies = {row[:2]: row[5] for row in result.table("networks").rows}
    for row in rows[:6]:
        assert row[2] == pytest.approx(accuracies[row[0], ADVISED] - accuracies[row[0], row[1].removeprefix("less ")])
    assert any(sentence.startswith("Better than STAC worst?") for sentence in result.sentences)


def test_again_it_gives_the_same_bytes(study, folder):
    before = (folder / "result.json").read_bytes()
    (folder / "result.json").unlink()
    for run in (folder / "steps").glob("windows-two.json"):
        run.unlink()
    study.run(folder)
    assert (folder / "result.json").read_bytes() == before


@pytest.mark.browser
def test_the_page(study, folder, open_page):
    opened = open_page(write_study(study.run(folder), folder), "dark", 360)
    assert "STAC at the advised windows, less" in opened.page.inner_text("main")
    assert overflow(opened.page) <= 0
    assert axe_violations(opened.page) == []
    assert opened.complaints == []


def test_what_is_better_is_said():
    base = np.array([0.7, 0.71, 0.72, 0.73])
    found = _against_advised(
        {
            ADVISED: base + 0.05,
            WORST: base + np.array([0.0, 0.001, 0.0, 0.001]),
            NONE: base + 0.05,
            SE: base + np.array([0.1, 0.0, 0.1, 0.0]),
        }
    )
    score, p = found[WORST]
    assert score.value == pytest.approx(0.0495)
    assert 0 < p < 0.05
    assert found[NONE][1] == 1.0
    low, high = found[SE][0].interval
    assert low < 0 < high
    assert found[SE][1] > 0.05


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"data_sets": {}}, "there are no data sets; expected names, each with 'data' and perhaps 'data_settings'"),
        (
            {"data_sets": {"a": {"address": "glyphs"}}},
            r"the data set 'a' has \['address'\]; expected 'data' and perhaps",
        ),
        (
            {"network": "repscope:nasnet"},
            "designs of 'repscope:nasnet' cannot be made; expected one of repscope:resnet20",
        ),
        (
            {"recipe": {"data_settings": {}}},
            "the common recipe has data_settings, which the study chooses; leave that out of it",
        ),
        ({"seeds": 0}, "seeds = 0; expected one or more, three for intervals"),
    ],
)
def test_refusals(given, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        STUDIES["advice"].with_settings(given).run(tmp_path / "a")
