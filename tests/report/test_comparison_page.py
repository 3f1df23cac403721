"""The page of two runs over each other."""

import numpy as np
import pytest

from repscope.measures import Score
from repscope.report import write_comparison
from repscope.studies import Comparison, ScoreRow, ScoreTable
from tests.report.made_run import make_run
from tests.report.test_report_browser import sample
from tests.report.test_report_file import parse
from tools.headless import axe_violations, overflow

LAYERS = ("input", "stage1.0", "stage2.0", "pool")


def compared(folder, second_layers=LAYERS):
    first = make_run(folder / "plain", {"train": 30, "validation": 24}, LAYERS)
    second = make_run(folder / "augmented", {"train": 30, "validation": 24}, second_layers, seed=3)
    rows = []
    for partition in ("train", "validation"):
        for i, a in enumerate(first.layers):
            for j, b in enumerate(second.layers):
                value = float(np.exp(-abs(i - j) / 2)) * 0.8
                score = Score("layer_similarity", value, (value - 0.01, value + 0.01), "made", 0.02)
                rows.append(ScoreRow(partition, a, b, score))
    return Comparison(first, second, ScoreTable(tuple(rows)))


def sections_of(path):
    return {s["name"]: s for s in parse(path).data()["sections"]}


def test_matrices_have_the_first_network_s_layers_as_rows(tmp_path):
    comparison = compared(tmp_path, ("input", "blocks.0", "norm"))
    sections = sections_of(write_comparison(comparison, tmp_path / "comparison.html"))
    (matrix,) = sections["matrices"]["blocks"]
    assert (matrix["row_title"], matrix["column_title"]) == ("plain", "augmented")
    assert [s["name"] for s in matrix["sheets"]] == ["train", "validation"]
    sheet = matrix["sheets"][0]
    assert sheet["rows"] == list(LAYERS)
    assert sheet["columns"] == ["input", "blocks.0", "norm"]
    assert np.array_equal(sheet["values"], comparison.table.select(partition="train").matrix())


def test_networks_of_one_build_share_an_axis_and_have_a_diagonal(tmp_path):
    comparison = compared(tmp_path)
    sections = sections_of(write_comparison(comparison, tmp_path / "comparison.html"))
    (diagonal,) = sections["diagonal"]["blocks"]
    assert [s["values"] for s in diagonal["series"]] == [[0.8] * 4] * 2
    for chart in sections["curves"]["blocks"]:
        assert chart["axis"] == "layers"
        assert [s["name"] for s in chart["series"]] == [
            f"{network}, {partition}" for network in ("plain", "augmented") for partition in ("train", "validation")
        ]
        assert [(s["colour"], s["open"]) for s in chart["series"]] == [(0, True), (0, False), (1, True), (1, False)]


def test_networks_of_different_builds_are_laid_over_each_other_by_depth(tmp_path):
    comparison = compared(tmp_path, ("input", "blocks.0", "norm"))
    sections = sections_of(write_comparison(comparison, tmp_path / "comparison.html"))
    assert {chart["axis"] for chart in sections["curves"]["blocks"]} == {"depth"}
    assert "diagonal" not in sections


def test_the_explorer_shows_the_same_samples_as_both_see_them(tmp_path):
    sections = sections_of(write_comparison(compared(tmp_path), tmp_path / "comparison.html"))
    (explorer,) = sections["neighbours"]["blocks"]
    assert len(explorer["galleries"]) == 1
    assert [s["title"] for s in explorer["sources"]] == ["plain (validation)", "augmented (validation)"]


def test_the_settings_of_both_are_there(tmp_path):
    sections = sections_of(write_comparison(compared(tmp_path), tmp_path / "comparison.html"))
    titles = [b["title"] for b in sections["reproduce"]["blocks"]]
    assert titles == ["Settings of plain", "Identity of plain", "Settings of augmented", "Identity of augmented"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "width", "second_layers"), [("light", 360, LAYERS), ("dark", 1280, ("input", "blocks.0", "norm"))]
)
def test_in_a_browser(tmp_path, open_page, theme, width, second_layers):
    page_file = write_comparison(compared(tmp_path, second_layers), tmp_path / "comparison.html")
    opened = open_page(page_file, theme, width)
    page = opened.page
    assert axe_violations(page) == []
    assert overflow(page) == 0
    page.locator(".sample").nth(5).click()
    before = sample(page)
    page.get_by_label("Seen by").select_option("augmented (validation)")
    assert sample(page) == before
    assert page.locator(".layer").count() == len(second_layers)
    plot = page.locator(".card.chart .plot").last
    plot.focus()
    page.keyboard.press("End")
    assert page.locator(".card.chart .tip").last.is_visible()
    assert opened.complaints == []
