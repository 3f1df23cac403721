"""The page of a study: figures, film strips, the map with the explorer behind it, in a browser."""

import numpy as np
import pytest

from repscope.measures import Score
from repscope.report import write_study
from repscope.studies import STUDIES, ScoreRow, ScoreTable, StudyFigure, StudyResult, StudyTable
from tests.report.test_report_file import parse
from tools.headless import axe_violations, overflow


def scored(value, null=0.1):
    return Score("class_similarity", value, (value - 0.05, value + 0.05), "made", null)


def curves(names):
    rows = [
        ScoreRow(n, x, None, scored(0.2 + 0.1 * i + 0.05 * j)) for j, n in enumerate(names) for i, x in enumerate("abc")
    ]
    return ScoreTable(tuple(rows))


def result():
    frames = [f"epoch {i}" for i in range(6)]
    pairs = [ScoreRow(n, a, b, scored(0.5)) for n in frames[:2] for a in "abc" for b in "abc"]
    return StudyResult(
        "A made <study>",
        "What it asks.",
        ("What & was found.",),
        (
            StudyFigure("film", "Over the training", "One frame each.", curves(frames), film="checkpoint"),
            StudyFigure("all", "All at once", "Ordered.", curves(frames)),
            StudyFigure("few", "Two curves", "Coloured.", curves(frames[:2])),
            StudyFigure("pairs", "Matrices", "Two.", ScoreTable(tuple(pairs))),
        ),
        (StudyTable("t", "A table", ("name", "value"), (("a", 1.0), ("b", None))),),
    )


def blocks_of(path):
    return {s["name"]: s["blocks"] for s in parse(path).data()["sections"]}


def test_what_is_on_the_page(tmp_path):
    sections = blocks_of(write_study(result(), tmp_path))
    film, ordered, few, pairs = sections["figures"]
    assert (film["kind"], film["name"], len(film["data"]["frames"])) == ("drawn", "film", 6)
    ranges = {tuple(frame["block"]["range"]) for frame in film["data"]["frames"]}
    assert len(ranges) == 1  # all frames on one scale, chance within it
    (low, high) = ranges.pop()
    assert low < 0.1 < 0.7 < high
    assert [s["ramp"] for s in ordered["series"]] == [0, 2, 3, 5, 6, 8]
    assert [s["ramp"] for s in few["series"]] == [None, None]
    assert (pairs["kind"], len(pairs["sheets"])) == ("matrix", 2)
    assert sections["found"][0]["text"] == "What & was found."
    assert sections["tables"][0]["rows"] == [["a", 1.0], ["b", None]]


def partial(film=""):
    """Two curves of which neither is over all layers, as of pairs that are born and lost."""
    rows = [
        ScoreRow(name, x, None, scored(0.2 + 0.1 * i))
        for name, layers in (("born", "bc"), ("lost", "ab"))
        for i, x in enumerate(layers)
    ]
    figure = StudyFigure("partial", "Born and lost", "Two.", ScoreTable(tuple(rows)), film=film)
    return StudyResult("A made study", "What it asks.", ("Found.",), (figure,))


def test_curves_over_different_layers_stand_over_their_own(tmp_path):
    ((chart,), (film,)) = (blocks_of(write_study(partial(f), tmp_path))["figures"] for f in ("", "frame"))
    frames = [frame["block"] for frame in film["data"]["frames"]]
    for charts in ([chart], frames):
        series = [s for c in charts for s in c["series"]]
        assert {c["axis"] for c in charts} == {"layers"}
        assert [s["layers"] for s in series] == [["a", "b", "c"]] * 2
        assert [s["values"] for s in series] == [[None, 0.2, pytest.approx(0.3)], [0.2, pytest.approx(0.3), None]]
        assert [s["null"] for s in series] == [[None, 0.1, 0.1], [0.1, 0.1, None]]
        assert [[x is None for x in s["low"]] for s in series] == [[True, False, False], [False, False, True]]
        assert all(s["remarks"] == [[], [], []] for s in series)


@pytest.mark.browser
def test_the_numbers_of_a_curve_are_of_the_layers_it_has(tmp_path, open_page):
    opened = open_page(write_study(partial(), tmp_path))
    opened.page.locator(".chart details summary").click()
    rows = opened.page.locator(".chart details tbody tr").all_inner_texts()
    assert [row.split()[:2] for row in rows] == [["born", "b"], ["born", "c"], ["lost", "a"], ["lost", "b"]]
    ticks = opened.page.locator(".chart svg .tick.x").all_text_contents()
    assert ticks == ["a", "b", "c"]
    assert opened.page.locator(".chart svg path.marker").count() == 4 + 2  # with those of the legend
    assert opened.complaints == []


@pytest.mark.browser
def test_the_film_strip(tmp_path, open_page):
    opened = open_page(write_study(result(), tmp_path))
    page = opened.page
    slider = page.locator(".film input[type=range]")
    shown = page.locator(".film .frame:not([hidden])")
    assert shown.count() == 1
    assert "epoch 5" in shown.inner_text()
    slider.focus()
    page.keyboard.press("Home")
    assert "epoch 0" in shown.inner_text()
    assert slider.get_attribute("aria-valuetext") == "epoch 0"
    page.locator(".film .frame-button", has_text="epoch 3").click()
    assert "epoch 3" in shown.inner_text()
    assert shown.locator("svg path.line").count() >= 1
    assert axe_violations(page) == []
    assert opened.complaints == []


@pytest.mark.browser
def test_a_number_that_rounds_to_zero_has_no_sign(tmp_path, open_page):
    values = (-0.001, -0.25, 0.001)
    pairs = [ScoreRow("one", "a", b, scored(v)) for b, v in zip("xyz", values, strict=True)]
    rows = (("a", -0.0, -0.0), ("b", -0.25, 3.5), ("c", -0.00002, 0.004))
    figure = StudyFigure("pairs", "Pairs", "One.", ScoreTable(tuple(pairs)))
    table = StudyTable("t", "A table", ("name", "change", "other"), rows)
    page = open_page(write_study(StudyResult("Made", "What it asks.", ("Found.",), (figure,), (table,)), tmp_path)).page
    assert page.locator("#tables .numbers tbody td").all_inner_texts() == [
        "0",
        "0",
        "−0.250",
        "3.50",
        "−2.0e−5",
        "0.0040",
    ]
    assert page.locator("#figures .heat td[aria-label]").all_inner_texts() == [".00", "−.25", ".00"]
    fixed = page.evaluate("[[-0.04, 1], [-0.06, 1], [-0, 2], [0.4, 0]].map(([x, digits]) => R.fixed(x, digits))")
    assert fixed == ["0.0", "−0.1", "0.00", "0"]


@pytest.fixture(scope="module")
def map_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map") / "study"
    study = STUDIES["map"].with_settings({"layers": ("input", "pool"), "samples": 60})
    found = study.run(folder)
    places = found.drawings[0][2]["places"]
    assert np.array(places).shape == (3, 60, 2)
    return write_study(found, folder)


def test_the_runs_behind_a_study_have_their_pages(map_page):
    (links,) = blocks_of(map_page)["runs"]
    assert [(map_page.parent / item[1]).exists() for item in links["items"]] == [True]


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_leads_to_the_explorer(map_page, open_page, theme):
    opened = open_page(map_page, theme)
    page = opened.page
    page.wait_for_selector(".explorer:not([aria-busy])")
    slider = page.locator(".map input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    assert "all layers together" in page.locator(".map output").inner_text()
    assert page.locator(".map circle.point").count() == 60 + 10
    page.locator(".map-picture circle.point").nth(7).click(force=True)
    assert page.evaluate("location.hash").startswith("#sample=digit-")
    chosen = page.evaluate("decodeURIComponent(location.hash.slice(8).split('&')[0])")
    page.locator(".detail", has_text=chosen).wait_for()
    assert axe_violations(page) == []
    assert opened.complaints == []


@pytest.mark.browser
def test_nothing_is_wider_than_a_small_screen(map_page, open_page):
    opened = open_page(map_page, width=360)
    opened.page.wait_for_selector(".explorer:not([aria-busy])")
    assert overflow(opened.page) == 0
