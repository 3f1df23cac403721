"""Pictures taken from a page: SVG files that need nothing else, and PNG files of the same."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from repscope.report import write_report, write_study
from repscope.studies import StudyResult, compare
from tests.report.made_run import RESNET, make_run
from tests.report.test_report_file import HOSTILE, MARKUP, hostile_run
from tests.report.test_study_page import result
from tools.headless import axe_violations

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n"
DRAWN = {"svg", "title", "g", "path", "circle", "rect", "text", "image"}


def file_names(page, part, ending="SVG"):
    """The names under which the pictures of a part, or their numbers, are saved."""
    kind = "numbers" if ending == "CSV" else "picture"
    found = []
    for button in part.get_by_role("button", name=re.compile(f"^Download the {kind} of .* as {ending}$")).all():
        with page.expect_download() as caught:
            button.click()
        found.append(caught.value.suggested_filename)
    return found


def taken(page, part, ending):
    """What the button of a part downloads."""
    button = part.get_by_role("button", name=re.compile(f"^Download the picture of .* as {ending}$")).first
    with page.expect_download() as caught:
        button.click()
    assert caught.value.suggested_filename.endswith(f".{ending.lower()}")
    return Path(caught.value.path()).read_bytes()


def read(data):
    """A picture that is whole: its elements, after a look at each of them."""
    root = ElementTree.fromstring(data)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in DRAWN
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("style", "class", "id")
            assert "url(" not in value
            assert "href" not in name or value.startswith("data:image/png;base64,")
    return root


def words(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def ground(root):
    return root.find(f"{SVG}rect").get("fill")


def pixels(data):
    assert data.startswith(PNG)
    with Image.open(BytesIO(data)) as picture:
        picture.load()
        return picture.convert("RGB")


@pytest.mark.parametrize(("theme", "card"), [("light", "#ffffff"), ("dark", "#1d2025")])
def test_a_chart(report, open_page, theme, card):
    opened = open_page(report, theme)
    page = opened.page
    chart = page.locator(".card.chart").first
    root = read(taken(page, chart, "SVG"))
    assert root.findtext(f"{SVG}title") == "Intrinsic dimension"
    assert {"Intrinsic dimension", "train", "validation", *RESNET} <= set(words(root))
    assert ground(root) == card
    lines = [e for e in root.iter(f"{SVG}path") if e.get("stroke-width") == "2px"]
    blue = {"light": "#1b6cae", "dark": "#6cb6f2"}[theme]
    assert sum(line.get("stroke") == blue for line in lines) == 2  # the curve and its place in the legend
    assert all(line.get("fill") == "none" for line in lines)
    picture = pixels(taken(page, chart, "PNG"))
    assert picture.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
    colours = {colour for _, colour in picture.getcolors(picture.width * picture.height)}
    assert {tuple(bytes.fromhex(c[1:])) for c in (card, blue)} <= colours
    assert opened.complaints == []
    assert [r for r in opened.requests if not r.startswith(("data:", "blob:"))] == [report.resolve().as_uri()]


def test_a_curve_that_is_not_shown_is_not_in_the_picture(report, open_page):
    page = open_page(report).page
    chart = page.locator(".card.chart").first
    chart.get_by_role("button", name="train", exact=True).click()
    found = words(read(taken(page, chart, "SVG")))
    assert "validation" in found
    assert "train" not in found


@pytest.mark.parametrize("width", [360, 1280])
def test_a_matrix(report, run, open_page, width):
    page = open_page(report, width=width).page
    matrix = page.locator(".card[data-measure=layer_similarity]")
    page.evaluate("document.querySelectorAll('.scroll').forEach((box) => (box.scrollLeft = 90))")
    root = read(taken(page, matrix, "SVG"))
    found = words(root)
    assert " ".join(found).startswith(root.findtext(f"{SVG}title"))  # on a small screen over two lines, with some fonts
    assert {"train", "validation"} <= set(found)
    assert found.count("stage2.1") == 4  # a row and a column of each
    cells = [e for e in root.iter(f"{SVG}rect") if e.get("rx") == "3" and e.get("stroke") is None]
    assert len(cells) == 2 * len(RESNET) ** 2
    assert len({cell.get("fill") for cell in cells}) > 10
    right = max(float(c.get("x")) + float(c.get("width")) for c in cells) - min(float(c.get("x")) for c in cells)
    assert right < int(root.get("width"))
    left = page.evaluate("Math.max(...Array.from(document.querySelectorAll('.scroll'), (box) => box.scrollLeft))")
    assert left == (90 if width == 360 else 0)
    picture = pixels(taken(page, matrix, "PNG"))
    assert len(picture.getcolors(picture.width * picture.height)) > 100


def test_the_neighbours_of_a_sample(report, open_page):
    page = open_page(report).page
    root = read(taken(page, page.locator(".detail"), "SVG"))
    assert len(list(root.iter(f"{SVG}image"))) == 1 + 10 * len(RESNET)
    assert page.locator(".query-words h3").inner_text() in words(root)
    assert len(pixels(taken(page, page.locator(".detail"), "PNG")).getcolors(2**24)) > 100


def test_a_frame_of_a_film(tmp_path, open_page):
    opened = open_page(write_study(result(), tmp_path))
    page = opened.page
    page.locator(".film .frame-button", has_text="epoch 3").click()
    frame = page.locator(".film .frame:not([hidden])")
    assert file_names(page, frame) == ["figures-Over-the-training-epoch-3.svg"]
    assert file_names(page, frame, "CSV") == ["figures-Over-the-training-epoch-3.csv"]
    root = read(taken(page, frame, "SVG"))
    assert {"Over the training, epoch 3", "epoch 3", "chance"} <= set(words(root))
    assert len(pixels(taken(page, frame, "PNG")).getcolors(2**20)) > 10
    assert opened.complaints == []


def mapped():
    """Three samples in two drawings, one with a name that would be markup."""
    data = {
        "title": "A map",
        "label": "layer",
        "names": ["input", "pool"],
        "ids": ["a", HOSTILE, "c"],
        "labels": [0, 1, 1],
        "class_names": ["cat", MARKUP],
        "places": [[[0, 1], [1, 0], [-1, 0]], [[1, 1], [1, 0], [-1, 0]]],
        "kept": [0.5, 0.75],
    }
    return StudyResult("Mapped", "A study.", (), (), (), drawings=(("map", "map", data),))


def test_a_map(tmp_path, open_page):
    opened = open_page(write_study(mapped(), tmp_path))
    page = opened.page
    place = page.locator(".map")
    place.locator("input[type=range]").focus()
    page.keyboard.press("End")
    assert file_names(page, place) == ["drawings-A-map-pool.svg"]
    assert file_names(page, place, "CSV") == ["drawings-A-map.csv"]  # of all layers
    root = read(taken(page, place, "SVG"))
    found = words(root)
    assert found[:3] == ["A map", "pool", "This drawing keeps 75 % of the layer’s neighbours."]
    assert found[3:] == ["cat", MARKUP]
    assert len([c for c in root.iter(f"{SVG}circle") if c.get("r") == "4"]) == 3
    assert len(pixels(taken(page, place, "PNG")).getcolors(2**20)) > 10
    with page.expect_download() as caught:
        place.get_by_role("button", name="Download the numbers of A map as CSV").click()
    lines = Path(caught.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[:2] == ["layer,sample,class,x,y", "input,a,cat,0,1"]
    assert len(lines) == 1 + 2 * 3
    assert axe_violations(page) == []
    assert opened.complaints == []


def test_the_names_of_files_tell_pictures_of_one_measure_apart(tmp_path, open_page):
    run = make_run(tmp_path / "run", {"train": 24, "validation": 20}, ("input", "pool"))
    page = open_page(write_report(run)).page
    assert file_names(page, page.locator("#curves"))[0] == "curves-Intrinsic-dimension.svg"
    assert file_names(page, page.locator("#matrices")) == ["matrices-Nearest-neighbour-layer-similarity.svg"]
    table = file_names(page, page.locator("#layers"), "CSV")
    assert all(name.startswith("layers-") for name in table)
    sample = page.locator(".query-words h3").inner_text()
    assert file_names(page, page.locator(".detail")) == [f"neighbours-validation-{sample}.svg"]
    compared = open_page(compare(run, run).report(tmp_path / "two.html")).page
    names = file_names(compared, compared.locator("main"))
    same = "Nearest-neighbour-layer-similarity.svg"
    assert {f"matrices-{same}", f"diagonal-{same}"} <= set(names)
    assert len(set(names)) == len(names)


def test_where_titles_are_the_same_too_files_are_numbered(tmp_path, open_page):
    figures = tuple(replace(f, title="Одно — и то же") for f in result().figures[2:])
    page = open_page(write_study(replace(result(), figures=figures), tmp_path)).page
    assert file_names(page, page.locator("#figures")) == ["figures-Одно-и-то-же-1.svg", "figures-Одно-и-то-же-2.svg"]


def test_hostile_names_are_text_in_the_picture(tmp_path, open_page):
    opened = open_page(write_report(hostile_run(tmp_path), tmp_path / "page.html"))
    page = opened.page
    found = words(read(taken(page, page.locator(".card.chart").first, "SVG")))
    assert any("<" in text for text in found)
    pixels(taken(page, page.locator(".card.chart").first, "PNG"))
    assert opened.complaints == []


def test_letters_that_no_xml_file_may_hold(tmp_path, open_page):
    run = make_run(tmp_path / "run", {"train": 24}, ("input", "a\x01b"))
    page = open_page(write_report(run)).page
    found = words(read(taken(page, page.locator(".card.chart").first, "SVG")))
    assert "a\ufffdb" in found


def test_a_picture_too_large_for_the_browser_is_refused_in_words(report, open_page):
    page = open_page(report).page
    page.evaluate("void (HTMLCanvasElement.prototype.toBlob = (done) => done(null))")
    page.get_by_role("button", name=re.compile("^Download the picture of Intrinsic dimension as PNG$")).click()
    page.locator(".tools button", has_text="Failed").wait_for()
    said = page.locator("[role=status].unseen").inner_text()
    assert said.endswith("the browser draws no picture of this size")


def test_tables_have_numbers_only(report, open_page):
    page = open_page(report).page
    tools = page.locator("article.card:has(> .scroll > .numbers)").first.locator(".tools")
    assert tools.get_by_role("button").all_inner_texts() == ["Copy", "CSV"]
