"""The study of attention: designs, trainings, what they cost and what differs; its page."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from repscope import cost, load_network
from repscope.core.engines import Engine
from repscope.core.engines.local import Local
from repscope.core.errors import BadInput, Lost
from repscope.measures import Score
from repscope.report import write_study
from repscope.studies import STUDIES, ScoreRow, ScoreTable, StudyResult
from repscope.studies._designs import BASE, designs
from repscope.studies._paired import DIFFERENCE, differences, holm, mean_over_seeds
from repscope.studies._scatter import plot_scatter
from repscope.studies._study import Workspace
from repscope.studies._trainings import Job, train_all
from tools.headless import axe_violations, overflow

SMALL = {"data_settings": {"classes": "AB", "per_class": 16}, "recipe": {"epochs": 1, "batch": 8}, "seeds": 2}


@pytest.fixture(scope="module")
def study():
    return STUDIES["attention"].with_settings({**SMALL, "comparison": "windows", "tried": [8, "global"]})


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attention") / "a"
    study.run(folder)
    return folder


def test_every_design_has_its_cost_and_accuracy(study, folder):
    result = study.run(folder)
    rows = {row[0]: row for row in result.table("designs").rows}
    assert list(rows) == [BASE, "window 8", "window global"]
    network = load_network("repscope:resnet20", classes=2, attention="stac", window=8)
    assert rows["window 8"][1:4] == (cost(network).parameters, cost(network).multiply_adds, cost(network).flops)
    record = json.loads((folder / "networks" / "window-8-1.json").read_text(encoding="utf8"))
    assert record["recipe"]["seed"] == 1
    (one,) = [row for row in result.table("seeds").rows if row[:2] == ("window 8", 1)]
    assert one[2:] == (100 * record["accuracies"]["train"], 100 * record["accuracies"]["validation"])
    assert rows[BASE][7:10] == (None, "", None)
    assert rows[BASE][-2:] == (None, None)  # parts of STAC were not published


def test_again_it_gives_the_same_bytes(study, folder, tmp_path):
    study.run(tmp_path / "b")
    assert (tmp_path / "b" / "result.json").read_bytes() == (folder / "result.json").read_bytes()


def test_what_was_written_is_what_is_read(study, folder):
    kept, made = StudyResult.kept(folder), study.run(folder)
    assert kept.figure("cost").scatter == made.figure("cost").scatter == ("flops", "parameters")
    assert (folder / "figures" / "cost.svg").stat().st_size > 1000


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page(study, folder, open_page, theme, width):
    opened = open_page(write_study(study.run(folder), folder), theme, width)
    page = opened.page
    picture = page.get_by_role("group", name="Accuracy and cost").first
    picture.get_by_role("img", name="base: accuracy").focus()
    said = picture.locator(".readout")
    assert "FLOPs 41," in said.text_content()
    page.keyboard.press("ArrowRight")
    assert said.text_content().startswith("window ")
    assert overflow(page) <= 0
    assert axe_violations(page) == []
    assert not opened.complaints


def test_the_published_figures_stand_beside(monkeypatch):
    study = STUDIES["attention"]
    assert study._theirs("STAC standard") == (90.6, 0.2)
    assert study._theirs("√2 wide") == (91.2, 0.2)
    assert study._theirs(BASE) == (89.9, 0.2)


@pytest.mark.parametrize(
    ("comparison", "names"),
    [
        ("attention", 9),
        ("kernels", 5),
        ("stages", 8),
        ("windows", 6),
    ],
)
def test_all_designs_can_be_built(comparison, names):
    study = STUDIES["attention"].with_settings({"comparison": comparison})
    study.check()
    assert len(study._variants()) == names


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"comparison": "colours"},
            "there is no comparison 'colours'; known: 'attention', 'kernels', 'stages', 'windows'",
        ),
        (
            {"network": "repscope:nasnet"},
            "designs of 'repscope:nasnet' cannot be made; expected one of repscope:resnet20",
        ),
        ({"windows": [8, 4]}, "2 windows came for the 3 stages of repscope:resnet20; expected one for each"),
        ({"seeds": 0}, "seeds = 0; expected one or more, three for intervals"),
        ({"recipe": {"epocs": 3}}, "the common recipe has the settings epocs; expected some of epochs"),
        (
            {"recipe": {"network_settings": {}}},
            "the common recipe has network_settings, which the study chooses; leave that out of it",
        ),
        ({"windows": [8, 5, 8]}, "the window 5 for stage 2, whose maps of 16 x 16 pixels it does not divide"),
    ],
)
def test_refusals(given, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        STUDIES["attention"].with_settings(given).run(tmp_path / "a")
    assert not (tmp_path / "a" / "study.json").exists()


def test_differences_are_those_of_a_paired_t_test():
    random = np.random.default_rng(0)
    families = {name: random.uniform(size=5) for name in "abc"}
    found = differences(families, "a")
    for name in "bc":
        score, p = found[name]
        test = stats.ttest_rel(families[name], families["a"])
        low, high = test.confidence_interval()
        assert score.interval == pytest.approx((low, high))
        single = sorted(stats.ttest_rel(families[x], families["a"]).pvalue for x in "bc")
        assert p in (pytest.approx(min(1, 2 * single[0])), pytest.approx(max(single[1], min(1, 2 * single[0]))))


def test_equal_gaps_and_one_seed_have_no_p():
    same = np.array([0.5, 0.6, 0.7])
    found = differences({"a": same, "b": same, "c": same + 0.1}, "a")
    assert found["b"][1] == 1.0  # nothing differs
    assert math.isnan(found["c"][1])
    alone = differences({"a": same[:1], "b": same[1:2]}, "a")["b"]
    assert math.isnan(alone[1])
    assert math.isnan(alone[0].interval[0])


def test_holm_is_what_statsmodels_says():
    # statsmodels.stats.multitest.multipletests(p, method="holm"), version 0.14
    assert holm([0.01, 0.02, 0.03, 0.005, float("nan")])[:4] == [0.03, 0.04, 0.04, 0.02]


def test_a_mean_has_its_interval():
    values = np.array([0.8, 0.95, 0.7, 0.99])
    score = mean_over_seeds(values, "accuracy")
    expected = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert score.interval == pytest.approx((expected[0], 1))
    assert expected[1] > 1
    assert mean_over_seeds(values, "difference", DIFFERENCE).interval == pytest.approx((expected[0], 1))
    assert mean_over_seeds(values, "complexity", (0, math.inf)).interval == pytest.approx(expected)


def test_points_need_their_details():
    table = ScoreTable((ScoreRow("v", "a", None, Score("accuracy", 0.5, (0.4, 0.6), "t", details={"flops": 1.0})),))
    with pytest.raises(BadInput, match="a point needs the details 'flops' and 'parameters', both above zero"):
        plot_scatter(table, "flops", "parameters")


def job(name, seed=0, **recipe):
    data = {"data_settings": {"classes": "AB", "per_class": 8}, "epochs": 1, "batch": 4}
    return Job(name, "repscope:inception_v1", "glyphs", {**data, **recipe}, seed)


def test_trainings_apart_are_those_of_one_thread(tmp_path, monkeypatch):
    here, apart = Workspace(tmp_path / "here", str, Local()), Workspace(tmp_path / "apart", str, Local())
    monkeypatch.setattr("repscope.studies._trainings.thread_count", lambda: 1)
    (first,) = train_all(here, [job("a")])
    monkeypatch.setattr("repscope.studies._trainings.thread_count", lambda: 2)
    second, other = train_all(apart, [job("a"), job("a", 1)])
    assert second.read_bytes() == first.read_bytes()
    assert other.read_bytes() != first.read_bytes()


class Elsewhere(Engine):
    """An engine whose tasks run as if on other machines."""

    here = False
    run = Local.run


def test_trainings_by_an_engine_begin_in_the_same_folder_and_say_why_they_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    space = Workspace(Path("study"), told.append, Elsewhere())
    assert train_all(space, [job("a")]) == [Path("study/networks/a-0.safetensors")]
    assert (tmp_path / "study" / "networks" / "a-0.safetensors").exists()
    assert told == ["to be trained: a, seed 0"]
    assert train_all(space, [job("a")])
    assert len(told) == 1  # what is there is not trained again
    with pytest.raises(BadInput, match=r"training b-0: .*epochs=0 cannot be used"):
        train_all(space, [job("b", epochs=0)])


def test_trainings_that_are_refused_say_why(tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.studies._trainings.thread_count", lambda: 2)
    with pytest.raises(BadInput, match=r"training a, seed 0: .*epochs=0 cannot be used"):
        train_all(Workspace(tmp_path, str, Local()), [job("a", epochs=0)])


def test_a_process_that_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.studies._trainings.thread_count", lambda: 2)
    monkeypatch.setattr("repscope.studies._trainings.CHILD", "import os; os._exit(9)")
    with pytest.raises(
        Lost, match="the process of training a, seed 0 ended with 9: without a word; the same study goes on"
    ):
        train_all(Workspace(tmp_path, str, Local()), [job("a")])


def test_base_comes_first():
    assert next(iter(designs("attention", "repscope:resnet56", (1, 1, 1), ()))) == BASE
