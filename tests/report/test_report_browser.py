"""The page in a browser: opened from disk, clicked through, read by keyboard, checked by axe."""

import csv
import io
import json
from pathlib import Path

import pytest

from repscope.report import write_index, write_report
from tests.report.made_run import RESNET, make_run
from tests.report.test_report_file import HOSTILE, hostile_run, outside
from tools.headless import axe_violations, overflow

pytestmark = pytest.mark.browser

THEMES_AND_WIDTHS = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]


@pytest.mark.parametrize(("theme", "width"), THEMES_AND_WIDTHS)
def test_it_is_accessible_in_both_themes_at_both_widths(small_report, open_page, theme, width):
    opened = open_page(small_report, theme, width)
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.locator(".as-table table").first.wait_for()
    assert overflow(page) == 0
    assert axe_violations(page) == []
    assert opened.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_it_opens_offline_and_fits(report, open_page, width):
    opened = open_page(report, width=width)
    page = opened.page
    assert page.locator("h1").inner_text() == "repscope:resnet20-made on made"
    assert page.locator(".card.chart svg .marker").count() >= 4 * len(RESNET)
    assert overflow(page) == 0
    assert [r for r in opened.requests if not r.startswith("data:")] == [report.resolve().as_uri()]
    assert opened.complaints == []


def sample(page):
    return page.locator(".query-words h3").inner_text()


def test_the_explorer_is_clicked_through(report, run, open_page):
    opened = open_page(report)
    page = opened.page
    assert page.locator(".sample").count() == 90
    opening = sample(page)
    back = page.get_by_role("button", name="← Back")
    assert back.is_disabled()
    page.locator(".sample").nth(7).click()
    first = sample(page)
    assert first == "made-validation-00007"
    assert page.locator(".sample[aria-selected=true]").count() == 1
    assert page.locator(".layer").count() == len(RESNET)
    assert page.locator(".layer").first.locator(".neighbour").count() == 10

    expected = run.graph("stage2.1", "validation").indices[7, :10]
    shown = page.locator(".layer").nth(RESNET.index("stage2.1")).locator(".neighbour")
    assert [t.get_attribute("title") for t in shown.all()] == [f"made-validation-{i:05d}" for i in expected]
    before = set(run.graph("stage2.0", "validation").indices[7, :10].tolist())
    fresh = [i for i in expected.tolist() if i not in before]
    words = page.locator(".layer-words").nth(RESNET.index("stage2.1")).inner_text()
    assert f"{10 - len(fresh)} stay · {len(fresh)} new" in words
    same = sum(i % 10 == 7 for i in expected.tolist())
    assert f"{same} of 10" in words
    marked = [t.get_attribute("title") for t in shown.all() if "fresh" in t.get_attribute("class")]
    assert marked == [f"made-validation-{i:05d}" for i in fresh]
    dashed = [t for t in shown.all() if "other" in t.get_attribute("class")]
    assert len(dashed) == 10 - same

    shown.first.click()
    assert sample(page) == f"made-validation-{expected[0]:05d}"
    assert page.url.endswith(f"#sample=made-validation-{expected[0]:05d}&in=validation")
    back.click()
    assert sample(page) == first
    back.click()
    assert sample(page) == opening
    assert back.is_disabled()
    for expected_id in (first, f"made-validation-{expected[0]:05d}", first, opening):
        page.go_back()
        page.locator(".query-words h3", has_text=expected_id).wait_for()
    assert opened.complaints == []


def test_the_explorer_is_walked_by_keyboard(report, run, open_page):
    page = open_page(report).page
    page.locator(".sample").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert sample(page) == "made-validation-00002"
    assert page.locator(".sample[tabindex='0']").count() == 1
    page.locator(".neighbour[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expected = run.graph(RESNET[1], "validation").indices[2, 1]
    assert sample(page) == f"made-validation-{expected:05d}"
    assert page.evaluate("document.activeElement.classList.contains('neighbour')")


def test_the_samples_are_filtered(report, run, open_page):
    page = open_page(report).page
    page.get_by_label("Class", exact=True).select_option("3")
    assert page.locator(".sample").count() == 9
    assert page.locator(".count").inner_text() == "9 of 90 validation samples"
    page.get_by_label("Class", exact=True).select_option("all classes")
    page.get_by_label("Find").fill("00042")
    assert page.locator(".sample").count() == 1
    page.get_by_label("Find").fill("")
    page.get_by_label("Neighbours’ vote").select_option("misjudged at stage1.0")
    labels = run.recording("validation").labels
    around = labels[run.graph("stage1.0", "validation").indices]
    wrong = [
        i for i in range(90) if around[i].tolist().count(labels[i]) < max(map(around[i].tolist().count, range(10)))
    ]
    shown = {int(t.get_attribute("data-position")) for t in page.locator(".sample").all()}
    assert set(wrong) <= shown  # of equally many votes the smaller class wins, so a few more may be misjudged
    assert len(shown) < 90
    page.get_by_label("Find").fill("nothing has this id")
    assert page.locator(".sample").count() == 0
    assert "No sample fits." in page.locator(".samples").inner_text()


def test_the_other_partition_can_be_chosen_and_a_link_leads_to_a_sample(report, open_page):
    page = open_page(report).page
    page.get_by_label("Partition").select_option("train")
    assert page.locator(".sample").count() == 120
    assert sample(page).startswith("made-train-")
    linked = open_page(report, anchor="#sample=made-train-00033&in=train").page
    assert sample(linked) == "made-train-00033"
    assert linked.get_by_label("Partition").input_value() == "1"
    lost = open_page(report, anchor="#sample=%E0%A4%A&in=%zz")
    assert sample(lost.page).startswith("made-validation-")
    assert lost.complaints == []


def test_the_downloaded_numbers_are_those_of_the_run(report, run, open_page):
    page = open_page(report, accept_downloads=True).page
    names = {
        "class_similarity": "curves-Nearest-neighbour-class-similarity.csv",
        "layer_similarity": "matrices-Nearest-neighbour-layer-similarity.csv",
    }
    for measure, key in (("class_similarity", "layer"), ("layer_similarity", "other")):
        with page.expect_download() as caught:
            card = page.locator(f"article[data-measure='{measure}']")
            card.get_by_role("button", name="Download the numbers of").click()
        assert caught.value.suggested_filename == names[measure]
        text = Path(caught.value.path()).read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        stored = run.scores(measure).rows
        assert len(rows) == len(stored)
        for row, expected in zip(rows, stored, strict=True):
            assert (row["partition"], row["layer"]) == (expected.partition, expected.layer)
            if key == "other":
                assert row["other"] == expected.other
            assert float(row["value"]) == expected.score.value
            assert (float(row["low"]), float(row["high"])) == expected.score.interval
            assert float(row["null"]) == expected.score.null


def test_the_explorer_s_numbers_are_downloaded_too(report, run, open_page):
    page = open_page(report, accept_downloads=True, anchor="#sample=made-validation-00011&in=validation").page
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the numbers of the neighbours of made-validation-00011").click()
    rows = list(csv.DictReader(io.StringIO(Path(caught.value.path()).read_text(encoding="utf-8-sig"))))
    assert len(rows) == 10 * len(RESNET)
    for row in rows:
        position = run.graph(row["layer"], "validation").indices[11, int(row["rank"]) - 1]
        assert row["neighbour"] == f"made-validation-{position:05d}"
        assert row["same_class"] == str(int(position % 10 == 1))


def test_numbers_are_copied(report, run, open_page):
    page = open_page(report, permissions=["clipboard-read", "clipboard-write"]).page
    page.locator(".card.chart").first.get_by_role("button", name="Copy the numbers of").click()
    page.locator(".card.chart .tools button", has_text="Copied").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0].split("\t")[:5] == ["network", "partition", "layer", "measure", "value"]
    assert len(lines) == 1 + 2 * len(RESNET)


def test_a_chart_is_read_with_pointer_and_keys(report, run, open_page):
    page = open_page(report).page
    card = page.locator(".card.chart").first
    plot = card.locator(".plot")
    plot.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    tip = card.locator(".tip")
    assert tip.is_visible()
    measure = run.table.measures[0]
    value = run.scores(measure, "train").curve()[1].value
    assert RESNET[1] in tip.inner_text()
    assert f"{value:.1f}" in tip.inner_text()
    assert RESNET[1] in page.locator("[role=status].unseen").inner_text()
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    plot.hover()
    assert tip.is_visible()
    card.get_by_role("button", name="train").click()
    assert card.get_by_role("button", name="train").get_attribute("aria-pressed") == "false"
    assert card.locator(".plot > svg .marker.c0").count() == 0


def test_a_matrix_is_read_by_keyboard(report, run, open_page):
    page = open_page(report).page
    grid = page.get_by_role("grid").first
    grid.locator("td[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    row, column = 1, 2
    value = run.scores("layer_similarity", "train").matrix()[row, column]
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith(f"{RESNET[row]} × {RESNET[column]}: {value:.3f}")
    assert f"{value:.3f}" in page.locator(".readout").first.inner_text()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(f"{RESNET[1]} × {RESNET[-1]}")


def test_the_theme_is_switched(report, open_page):
    page = open_page(report).page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    button = page.locator("button.theme")
    button.click()
    assert page.evaluate(paper) == light
    button.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(paper) != light
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_hostile_names_are_shown_as_they_are(tmp_path, open_page):
    run = hostile_run(tmp_path)
    opened = open_page(write_report(run, tmp_path / "page.html"), width=360)
    page = opened.page
    assert opened.complaints == []
    assert page.locator("main img").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("h1").inner_text() == run.title
    assert HOSTILE in page.locator(".numbers tbody th").nth(1).inner_text()
    assert sample(page).startswith(HOSTILE)
    assert overflow(page) == 0
    assert axe_violations(page) == []


def test_a_panel_s_own_drawing_is_allowed_by_the_policy(run, tmp_path, open_page, monkeypatch):
    outside(monkeypatch, "repscope.report.panels", outside="tests.report.outside_measure:panel")
    opened = open_page(write_report(run, tmp_path / "page.html"))
    assert opened.page.locator(".outside").inner_text() == "drawn: <b>hello</b>"
    assert opened.complaints == []


def test_a_script_that_the_policy_does_not_name_does_not_run(report, tmp_path, open_page):
    text = report.read_text(encoding="utf8").replace("</body>", "<script>document.title = 'broken'</script></body>")
    (tmp_path / "page.html").write_text(text, encoding="utf8")
    opened = open_page(tmp_path / "page.html")
    assert opened.page.title() != "broken"
    assert "Content Security Policy" in " ".join(opened.complaints)


@pytest.mark.parametrize("count", [1, 50])
def test_one_layer_and_fifty_layers_fit_a_phone(tmp_path, open_page, count):
    layers = tuple(f"layers.{i // 6}.blocks.{i % 6}.mlp.activation" for i in range(count))
    run = make_run(tmp_path / "run", {"train": 30, "validation": 24}, layers, class_names=("a", "b b b " * 12))
    opened = open_page(write_report(run), width=360)
    assert opened.complaints == []
    assert overflow(opened.page) == 0


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_index_page(tmp_path, open_page, theme, width):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "report.html").write_text("<!doctype html><title>one</title>", encoding="utf8")
    index = write_index(tmp_path, [("One", "one/report.html", "the first"), ("Two", "two/report.html", "the second")])
    opened = open_page(index, theme, width)
    assert axe_violations(opened.page) == []
    assert overflow(opened.page) == 0
    opened.page.get_by_role("link", name="One").click()
    assert opened.page.title() == "one"
    assert opened.complaints == []


def test_the_data_are_what_the_page_reads(report, open_page):
    page = open_page(report).page
    data = json.loads(
        page.locator("#data").inner_text() or page.evaluate("document.getElementById('data').textContent")
    )
    assert data["title"] == page.locator("h1").inner_text()
