"""The pages of a selection and of a search, in a browser; and the commands that make them."""

import csv
import json

import numpy as np
import pytest

from repscope import load_data, load_network
from repscope.maps import read_store
from repscope.report import write_searched, write_selection
from repscope.report._searched import _by_layer
from repscope.transfer import LayerRetrieval, retrieve, search_layers, select_features
from tests.cli.test_commands import run
from tests.report.test_report_file import parse
from tools.headless import axe_violations, overflow

GLYPHS = "repscope:resnet20-glyphs"
SMALL = ["--samples", "60", "-l", "input", "-l", "stage2.2", "-l", "pool"]


LAYERS = ["input", "stage2.2", "pool"]


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chosen")
    network = load_network(GLYPHS)
    found = select_features(
        {"<b>glyphs</b>": network}, load_data("digits"), folder, layers=LAYERS, samples=60, uses=["nearest_mean"]
    )
    return write_selection(found, folder / "transfer.html")


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    found = search_layers(
        load_network(GLYPHS), load_data("digits"), folder, layers=LAYERS, samples=60, sizes=(4, 16, 64)
    )
    return write_searched(found, folder / "retrieval.html")


def test_transfer_then_embed(capsys, tmp_path):
    chosen = tmp_path / "chosen"
    code, out, err = run(
        capsys, "transfer", GLYPHS, GLYPHS, "--weights", "own", "--weights", "random", "--data", "digits", "--out", chosen,
        "--use", "logistic", "--use", "nearest_mean", "--post", "l2, whiten:12, l2", *SMALL,
    )  # fmt: skip
    assert code == 0, err
    assert "The best 10 of 16 choices" in out
    assert "Take " in out
    assert f"pipeline: {chosen / 'pipeline.safetensors'}" in out
    assert "judging stage2.2 of repscope:resnet20-glyphs#1, average" in err
    told = json.loads((chosen / "transfer.json").read_text())
    assert told
    code, out, err = run(capsys, "embed", "digits", "-p", "validation", "--pipeline", chosen / "pipeline.safetensors", "--out", tmp_path / "d.npy", "--classes", tmp_path / "d.csv")  # fmt: skip
    assert code == 0, err
    assert out.startswith("500 images, 12 numbers each, repscope:resnet20-glyphs#1, ")
    store = read_store(tmp_path / "d.npy")
    assert store.vectors.shape == (500, 12)
    np.testing.assert_allclose(np.linalg.norm(store.vectors, axis=1), 1, atol=1e-5)
    with (tmp_path / "d.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "class"]
    assert len(rows) == 501
    assert {row[1] for row in rows[1:]} <= set("0123456789")
    assert [row[0] for row in rows[1:]] == list(store.ids)


def test_transfer_as_json_and_what_it_refuses(capsys, tmp_path):
    code, out, _ = run(capsys, "transfer", GLYPHS, "--data", "digits", "--out", tmp_path / "j", "--use", "retrieval", "--post", "none", "--json", *SMALL)  # fmt: skip
    assert code == 0
    told = json.loads(out)
    assert len(told["choices"]) == 4
    assert told["expected"]["measure"] == "mAP"
    code, _, err = run(
        capsys, "transfer", GLYPHS, "--data", "digits", "--out", tmp_path / "x", "--weights", "own", "--weights", "own"
    )
    assert code == 1
    assert "--weights came 2 times for 1 networks" in err
    code, _, err = run(
        capsys, "embed", "digits", "--pipeline", tmp_path / "none.safetensors", "--out", tmp_path / "d.npy"
    )
    assert code == 1
    assert "expected features that 'repscope transfer' wrote" in err


def test_retrieve(capsys, tmp_path):
    searched = tmp_path / "searched"
    code, out, err = run(capsys, "retrieve", GLYPHS, "digits", "--out", searched, "--sizes", "4,16", *SMALL)
    assert code == 0, err
    assert "mAP (step)" in out
    assert "finds best: mean average precision (step)" in out
    assert f"page: {searched / 'retrieval.html'}" in out
    code, out, _ = run(capsys, "retrieve", GLYPHS, "digits", "--out", searched, "--sizes", "none", "--definition", "trapezoid", "--queries-of", GLYPHS, "--queries-weights", "random", "--json", *SMALL)  # fmt: skip
    assert code == 0
    told = json.loads(out)
    assert told["definition"] == "trapezoid"
    assert [row["layer"] for row in told["layers"]] == ["input", "stage2.2", "stage2.2", "pool", "pool"]
    assert [row["queries_of"].endswith(", mapped") for row in told["layers"]] == [False, False, True, False, True]


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_a_selection_in_a_browser(chosen, open_page, theme, width):
    names = [section["name"] for section in parse(chosen).data()["sections"]]
    assert names == ["found", "layers", "choices"]
    opened = open_page(chosen, theme, width)
    assert opened.page.locator("#choices tbody tr").count() == 12
    assert opened.page.locator("#choices td, #choices th").filter(has_text="<b>glyphs</b>").count() >= 12
    assert axe_violations(opened.page) == []
    assert overflow(opened.page) == 0
    assert opened.complaints == []


def found_line(layer, descriptor, value, mapped=""):
    result = retrieve([[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], [[0]] if value else [[1]])
    return LayerRetrieval(layer, descriptor, 2, result, {}, mapped)


def test_curves_by_layer_are_those_of_their_descriptors():
    """Average 1, flat ½ where a layer has both; layers with one description are in all curves of their queries."""
    lines = [
        found_line("input", "flat", True), found_line("a", "average", True), found_line("a", "flat", False), found_line("pool", "flat", True),
        found_line("pool", "flat", False, "other"),
    ]  # fmt: skip
    series = {one.name: one.values for one in _by_layer(lines).series}
    assert series["average"] == (1.0, 1.0, 1.0)
    assert series["flat"] == (1.0, 0.5, 1.0)
    np.testing.assert_array_equal(series["flat, queries of other, mapped"], [np.nan, np.nan, 0.5])
    plain = _by_layer([found_line("input", "flat", True), found_line("a", "average", False)]).series
    assert {one.name: one.values for one in plain} == {"average": (1.0, 0.5)}


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_a_search_in_a_browser(searched, open_page, theme, width):
    names = [section["name"] for section in parse(searched).data()["sections"]]
    assert names == ["found", "layers", "dimensions", "hits"]
    opened = open_page(searched, theme, width)
    page = opened.page
    page.locator("#hits").scroll_into_view_if_needed()
    page.locator("#hits .unit-tile canvas").first.wait_for()
    # the query, and ten hits of each of three layers
    assert page.locator("#hits .unit-tile canvas").count() == 31
    first = page.locator("#hits .unit h4").first.inner_text()
    page.locator("#hits select").select_option("23")
    assert page.locator("#hits .unit h4").first.inner_text() != first
    right = page.locator("#hits .unit-tile.right").first
    assert right.get_attribute("aria-label").endswith("answers the query")
    assert axe_violations(page) == []
    assert overflow(page) == 0
    assert opened.complaints == []


def test_a_search_as_text(searched, tmp_path):
    found = search_layers(
        load_network(GLYPHS), load_data("digits"), searched.parent, layers=LAYERS, samples=60, sizes=()
    )
    text = write_searched(found, tmp_path / "retrieval.txt").read_text()
    assert "finds best: mean average precision (step)" in text
    assert "stage2.2" in text
