"""The panel and the findings of other scales: what is on the page, in a browser, and silence where there is nothing."""

import pytest

from repscope import analyze, load_data, load_network
from repscope.report.findings import findings
from repscope.report.panels import PANELS
from tests.report.test_export import file_names
from tools.headless import axe_violations, overflow

LAYERS = ["input", "stage1.0", "stage2.0", "stage3.0", "stage3.2", "pool"]


@pytest.fixture(scope="module")
def scaled(tmp_path_factory):
    data = load_data("glyphs", per_class=60)
    network = load_network("repscope:resnet20-glyphs")
    return analyze(
        network,
        data,
        LAYERS,
        tmp_path_factory.mktemp("scales") / "run",
        partitions=["train"],
        scales=(1, 2, 8, "global"),
    )


def test_what_is_on_the_panel(scaled):
    blocks = PANELS["scales"].blocks(scaled)
    charts = [b for b in blocks if b.kind == "chart"]
    assert len(charts) == 2 * 3  # kinds of pooling, measures of single layers
    assert [s.name for s in charts[0].series] == ["unpooled", "2 × 2", "8 × 8", "global"]
    assert [s.ramp for s in charts[0].series] == [0, 3, 5, 8]
    (table,) = (b for b in blocks if b.kind == "table")
    rows = {row[0]: row for row in table.rows}
    assert rows["pool"][3] == "no extent"
    best = scaled.scores(
        "class_similarity", scale=int(rows["stage2.0"][3]) if rows["stage2.0"][3].isdigit() else "global"
    )
    values = {r.layer: r.score.value for r in best.rows}
    assert rows["stage2.0"][4] == values["stage2.0"] >= rows["stage2.0"][2]
    matrices = [b for b in blocks if b.kind == "matrix"]
    assert [len(m.sheets) for m in matrices] == [4, 3, 4, 3]
    assert matrices[1].row_title == "layer, unpooled"


def test_findings_about_scales(scaled):
    kinds = {f.kind: f for f in findings(scaled)}
    assert "best_window" in kinds
    assert kinds["best_window"].numbers["after"] > kinds["best_window"].numbers["before"]


def test_nothing_is_said_of_shuffled_labels(scaled, tmp_path):
    from dataclasses import replace

    import numpy as np

    data = load_data("glyphs", per_class=60).partition("train")
    for seed in range(3):
        shuffled = replace(data, labels=np.random.default_rng(seed).permutation(data.labels))
        run = analyze(
            load_network("repscope:resnet20-glyphs"),
            shuffled,
            ["stage2.0", "stage3.2"],
            tmp_path / str(seed),
            scales=(1, 4),
        )
        assert "best_window" not in {f.kind for f in findings(run)}


def test_no_panel_without_scales(tmp_path):
    data = load_data("digits").partition("validation").balanced(50)
    run = analyze(load_network("repscope:resnet20-digits"), data, ["input", "pool"], tmp_path)
    assert list(PANELS["scales"].blocks(run)) == []


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_in_a_browser(scaled, open_page, theme, width):
    opened = open_page(scaled.report(), theme, width)
    page = opened.page
    assert page.locator("#scales .card.chart").count() == 6
    assert page.locator("#scales .card.chart path.r8.line").count() >= 1
    assert axe_violations(page) == []
    assert overflow(page) == 0
    assert opened.complaints == []


@pytest.mark.browser
def test_each_picture_has_a_file_of_its_own(scaled, tmp_path, open_page):
    page = open_page(scaled.report(tmp_path / "page.html")).page
    names = [name for part in ("#curves", "#scales") for name in file_names(page, page.locator(part))]
    assert "curves-Intrinsic-dimension.svg" in names
    assert "scales-Intrinsic-dimension-average-pooling-train.svg" in names
    assert len(set(names)) == len(names) == 3 + 2 * 3 + 4
