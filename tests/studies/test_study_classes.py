"""The study of classes: accuracies, NNCS by class, who lies among whom, images; the same bytes after an interruption."""

from dataclasses import replace

import numpy as np
import pytest

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.measures.class_similarity import class_similarity
from repscope.report import write_study
from repscope.studies import STUDIES, Run
from repscope.studies.classes import _by_class, _named
from repscope.training import accuracy
from tools.headless import axe_violations, overflow

SMALL = {"samples": 80, "layers": ["input", "stage3.1", "classifier"]}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes") / "a"
    return STUDIES["classes"].with_settings(SMALL).run(folder), folder


def test_every_class_from_the_easiest_to_the_hardest(done):
    result, _ = done
    rows = result.table("classes").rows
    assert sorted(row[0] for row in rows) == sorted("3B8ERKHNMW")
    accuracies = [row[2] for row in rows]
    assert accuracies == sorted(accuracies, reverse=True)
    assert all((row[3] == "") == (row[2] == 100) for row in rows)
    assert result.figure("accuracy").table.layers == tuple(row[0] for row in rows)
    assert f"the easiest class is '{rows[0][0]}'" in result.sentences[0]
    assert f"the hardest '{rows[-1][0]}'" in result.sentences[0]


def test_numbers_are_those_of_the_run(done):
    result, folder = done
    run = Run(folder / "runs" / "all")
    recording = run.recording()
    assert recording.n == 80
    whole = class_similarity(run.graph("stage3.1"), recording.labels)
    curve = {
        row.partition: row.score for row in result.figure("class_similarity").table.rows if row.layer == "stage3.1"
    }
    counts = np.bincount(recording.labels)
    mean = sum(curve[name].value * counts[c] for c, name in enumerate(recording.class_names)) / counts.sum()
    assert mean == pytest.approx(whole.value)
    total = sum(row[1] * row[2] for row in result.table("classes").rows) / 80
    data = load_data("glyphs")
    place = {name: row for row, name in enumerate(data.ids)}
    part = data.subset([place[name] for name in recording.ids])
    assert total == pytest.approx(100 * accuracy(load_network("repscope:resnet20-glyphs-augmented"), part))


def test_shares_of_neighbours_sum_to_one(done):
    result, _ = done
    for layer in SMALL["layers"]:
        rows = [row for row in result.figure("among").table.rows if row.partition == layer]
        for name in "3B8ERKHNMW":
            assert sum(row.score.value for row in rows if row.layer == name) == pytest.approx(1)
    assert result.figure("among").film == "layer"


def test_who_lies_among_whom_is_counted_from_the_lists(done):
    _, folder = done
    run = Run(folder / "runs" / "all")
    graph, labels = run.graph("input"), run.recording().labels
    found = _by_class({"input": graph}, labels, 10)["among"][0]
    slow = np.zeros((10, 10))
    for row in range(graph.n):
        for neighbour in graph.indices[row]:
            slow[labels[row], labels[neighbour]] += 1
    np.testing.assert_allclose(found, slow / slow.sum(axis=1, keepdims=True))


def test_classes_that_the_network_does_not_name():
    data = load_data("glyphs", classes="3BQ", per_class=4)
    named = _named(load_network("repscope:resnet20-glyphs-augmented"), data)
    assert set(named.tolist()) <= {-1, 0, 1}


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    for name in ("result.json", "steps/by-class.json"):
        (folder / name).unlink()
    STUDIES["classes"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_images_without_labels_have_no_classes(tmp_path, monkeypatch):
    study = STUDIES["classes"].with_settings(SMALL)
    plain = replace(load_data("glyphs", per_class=20), labels=None, class_names=())
    monkeypatch.setattr(type(study), "opened_data", lambda self: plain)
    with pytest.raises(BadInput, match="has no labels; classes need them"):
        study.run(tmp_path / "x")


@pytest.mark.browser
def test_the_page(done, open_page):
    result, folder = done
    opened = open_page(write_study(result, folder))
    opened.page.locator("#drawings").scroll_into_view_if_needed()
    opened.page.locator("#drawings .unit-tile canvas").first.wait_for()
    assert opened.page.locator("#drawings .unit").count() == 10
    assert opened.page.locator("#drawings .unit-tile canvas").count() == 80
    assert axe_violations(opened.page) == []
    assert overflow(opened.page) == 0
    assert opened.complaints == []
