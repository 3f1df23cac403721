"""Several runs compared, each with each: what compare answers and refuses, and the page."""

import json
from dataclasses import replace

import numpy as np
import pytest

from repscope import Comparison, Comparisons, compare
from repscope.core.errors import BadInput, Mismatch
from repscope.measures import Score
from repscope.report._comparisons import _most_alike
from repscope.report.findings import Finding, compare_findings
from repscope.studies import ScoreRow, ScoreTable
from repscope.studies._comparisons import mean_by_depth
from tests.report.made_run import make_run
from tests.report.test_comparison_page import sections_of
from tests.report.test_report_browser import sample
from tools.headless import axe_violations, overflow

LAYERS = ("input", "stage1.0", "stage2.0", "pool")
OTHER = ("input", "blocks.0", "norm")
NAMES = ("plain", "augmented", "other")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Two networks of one build, one of another."""
    folder = tmp_path_factory.mktemp("several")
    parts = {"train": 30, "validation": 24}
    built = {"plain": LAYERS, "augmented": LAYERS, "other": OTHER}
    return compare(*(make_run(folder / name, parts, built[name], seed=3 * i) for i, name in enumerate(built)))


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eight")
    return [make_run(folder / f"seed {i}", {"validation": 24}, ("input", "pool"), seed=3 * i) for i in range(8)]


def test_two_runs_are_a_comparison_and_more_are_comparisons(compared):
    assert isinstance(compared, Comparisons)
    assert compared.names == NAMES
    assert compared.title == "plain, augmented and other"
    assert compared.partitions == ("train", "validation")
    assert [(p.first.name, p.second.name) for p in compared.pairs] == [
        ("plain", "augmented"),
        ("plain", "other"),
        ("augmented", "other"),
    ]
    alone = compare(*compared.runs[:2])
    assert isinstance(alone, Comparison)
    same = compared.pairs[0].table
    assert [r.as_dict() for r in alone.table.rows] == [r.as_dict() for r in same.rows]
    assert np.array_equal(compare(*compared.runs[:2], measure="mutual_neighbors").table.measures, ["mutual_neighbors"])


def test_how_alike_the_networks_are(compared):
    matrix = compared.table.matrix("validation")
    assert compared.table.layers == compared.table.others == NAMES
    assert np.isnan(matrix.diagonal()).all()
    assert np.array_equal(matrix, matrix.T, equal_nan=True)
    diagonal = compared.pairs[0].table.matrix("validation").diagonal()
    assert matrix[0, 1] == pytest.approx(diagonal[1:].mean())  # without the input
    across = compared.pairs[1].table.matrix("validation")  # three layers behind the input with two
    assert matrix[0, 2] == pytest.approx((across[1, 1] + across[2, 2] + across[3, 2]) / 3)
    (row,) = (r for r in compared.table.select(partition="train").rows if (r.layer, r.other) == ("plain", "augmented"))
    low, high = row.score.interval
    assert low < row.score.value < high
    assert row.score.details == {"layers": 3}
    assert row.score.null == pytest.approx(compared.pairs[0].table.rows[0].score.null)


def test_a_measure_that_is_not_symmetric_has_one_half(compared):
    pairs = tuple(replace(p, table=renamed(p.table, "linear_predictivity")) for p in compared.pairs)
    matrix = Comparisons(compared.runs, pairs).table.matrix("train")
    assert np.isfinite(matrix[np.triu_indices(3, 1)]).all()
    assert np.isnan(matrix[np.tril_indices(3)]).all()


def renamed(table, measure):
    return ScoreTable(tuple(replace(r, score=replace(r.score, measure=measure)) for r in table.rows))


def test_layers_without_a_value_are_left_out_of_the_mean():
    scores = {name: Score("cca", v, (v, v), "made") for name, v in (("a", 0.2), ("b", 0.4))}
    rows = [ScoreRow("all", x, y, scores[x]) for x in "ab" for y in "ab"]
    assert mean_by_depth(ScoreTable(tuple(rows))).value == pytest.approx(0.3)
    rows[0] = replace(rows[0], score=Score.refused("cca", "too few samples"))
    told = mean_by_depth(ScoreTable(tuple(rows)))
    assert (told.value, told.notes) == (0.4, ("1 of 2 pairs of layers have no value",))
    nothing = [replace(row, score=Score.refused("cca", "too few samples")) for row in rows]
    assert mean_by_depth(ScoreTable(tuple(nothing))).notes == ("no value: none of 2 pairs of layers has one",)


def test_runs_of_one_name_are_numbered(compared):
    first, second, third = compared.runs
    again = compare(first, second, first)
    assert again.names == ("plain (1)", "augmented", "plain (3)")
    assert again.table.matrix("train")[0, 2] == 1.0
    assert third.name == "other"


def test_refusals(compared, eight, tmp_path):
    first, second, _ = compared.runs
    with pytest.raises(BadInput, match=r"^9 runs; expected 8 at most, as a chart has no more colours"):
        compare(*eight, eight[0])
    with pytest.raises(BadInput, match="the measure 'class_similarity' is of single layers"):
        compare(first, second, first, measure="class_similarity")
    others = make_run(tmp_path / "strange", {"train": 30, "validation": 24}, LAYERS, id_prefix="x")
    with pytest.raises(Mismatch, match=r"^'plain' and 'strange' \(train\) are not of the same samples"):
        compare(first, second, others)
    elsewhere = make_run(tmp_path / "test", {"test": 24}, LAYERS)
    with pytest.raises(
        BadInput,
        match="no partition in common: 'plain' has train, validation, 'augmented' has train, validation, 'test' has test",
    ):
        compare(first, second, elsewhere)


def test_findings_say_between_which_two(compared, monkeypatch):
    made = Finding("agreement", "T", "they agree", ("pool",), "validation", {}, "c")
    warning = replace(made, sentence="in plain, neighbours are approximate", tone="warning")
    monkeypatch.setattr("repscope.report.findings._contract._found_between", lambda _: (made, warning))
    assert [f.sentence for f in compare_findings(compared)] == [
        "between plain and augmented: they agree",
        "in plain, neighbours are approximate",
        "between plain and other: they agree",
        "between augmented and other: they agree",
    ]


def test_what_is_on_the_page(compared, tmp_path):
    sections = sections_of(compared.report(tmp_path / "page.html"))
    assert list(sections) == ["alike", "findings", "matrices", "diagonal", "best", "curves", "neighbours", "reproduce"]
    alike, train, validation = sections["alike"]["blocks"]
    assert [s["name"] for s in alike["sheets"]] == ["train", "validation"]
    assert alike["sheets"][0]["rows"] == alike["sheets"][0]["columns"] == list(NAMES)
    assert [c["label"] for c in train["columns"]] == ["network", *NAMES]
    assert train["rows"][0][:2] == ["plain", "–"]
    assert validation["rows"][0][2] == validation["rows"][1][1]
    assert " to " in validation["rows"][0][2]

    of_training, matrices = sections["matrices"]["blocks"]
    for block, partition in ((of_training, "train"), (matrices, "validation")):
        assert block["title"] == f"Nearest neighbour layer similarity ({partition})"
        assert {s["keys"]["partition"] for s in block["sheets"]} == {partition}
        for sheet, pair in zip(block["sheets"], compared.pairs, strict=True):
            assert np.array_equal(sheet["values"], pair.table.matrix(partition))
    assert [s["name"] for s in matrices["sheets"]] == ["plain × augmented", "plain × other", "augmented × other"]
    assert matrices["sheets"][1]["columns"] == list(OTHER)
    values = compared.pairs[1].table.matrix("validation")
    assert np.array_equal(matrices["sheets"][1]["values"], values)

    # the diagonal of networks whose layers have the same names, in the other network's colour
    plain, augmented = sections["diagonal"]["blocks"]
    assert plain["title"] == "plain and each other (validation)"
    assert [(s["name"], s["colour"]) for s in plain["series"]] == [("augmented", 1)]
    assert [(s["name"], s["colour"]) for s in augmented["series"]] == [("plain", 0)]
    assert plain["range"] == augmented["range"]

    # the best layer of each other network, read both ways
    best = {chart["title"].split()[0]: chart["series"] for chart in sections["best"]["blocks"]}
    assert {name: [s["name"] for s in best[name]] for name in best} == {
        "plain": ["augmented", "other"],
        "augmented": ["plain", "other"],
        "other": ["plain", "augmented"],
    }
    assert best["plain"][1]["values"] == values.max(axis=1).tolist()
    assert best["other"][0]["values"] == values.max(axis=0).tolist()

    titles = [chart["title"] for chart in sections["curves"]["blocks"]]
    assert titles[:2] == ["Intrinsic dimension (train)", "Intrinsic dimension (validation)"]
    for chart in sections["curves"]["blocks"]:
        assert [(s["name"], s["colour"]) for s in chart["series"]] == list(zip(NAMES, range(3), strict=True))
    (explorer,) = sections["neighbours"]["blocks"]
    assert [s["title"] for s in explorer["sources"]] == [f"{name} (validation)" for name in NAMES]
    settings = [b["title"] for b in sections["reproduce"]["blocks"]]
    assert settings == [f"{what} of {name}" for name in NAMES for what in ("Settings", "Identity")]


def test_the_most_alike_layer_is_the_nearest_where_a_measure_is_a_distance(compared):
    pair = replace(compared.pairs[1], table=renamed(compared.pairs[1].table, "procrustes"))
    nearest = [row.score.value for row in _most_alike(pair, pair.first, "train")]
    assert nearest == pair.table.matrix("train").min(axis=1).tolist()
    nearest = [row.score.value for row in _most_alike(pair, pair.second, "train")]
    assert nearest == pair.table.matrix("train").min(axis=0).tolist()


def test_as_text_and_as_json(compared, tmp_path):
    text = compared.report(tmp_path / "page.txt").read_text(encoding="utf8")
    assert text.startswith("plain, augmented and other\n===")
    assert "NNLS with 95 % intervals (validation)" in text
    content = json.loads(compared.report(tmp_path / "page.json").read_text(encoding="utf8"))
    assert content["sections"][0]["name"] == "alike"
    pair = compared.pairs[0]
    assert pair.report(tmp_path / "pair.txt").read_text(encoding="utf8").startswith("plain and augmented\n===")
    assert json.loads(pair.report(tmp_path / "pair.json").read_text(encoding="utf8"))["title"] == "plain and augmented"


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1280)])
def test_in_a_browser(compared, tmp_path, open_page, theme, width):
    opened = open_page(compared.report(tmp_path / "page.html"), theme, width)
    page = opened.page
    assert axe_violations(page) == []
    assert overflow(page) == 0
    before = sample(page)
    page.get_by_label("Seen by").select_option("other (validation)")
    assert sample(page) == before
    assert page.locator(".layer").count() == len(OTHER)
    assert opened.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_eight_curves_are_told_apart(eight, tmp_path, open_page, theme):
    opened = open_page(compare(*eight).report(tmp_path / "page.html"), theme)
    page = opened.page
    swatches = page.locator("#curves .card.chart").first.locator(".legend svg")
    looks = swatches.evaluate_all(
        """(all) => all.map((one) => {
            const mark = one.querySelector(".marker");
            return [getComputedStyle(mark).fill, mark.getAttribute("d")];
        })"""
    )
    assert len({colour for colour, _ in looks}) == len({shape for _, shape in looks}) == 8
    ground = page.locator("#curves .card.chart").first.evaluate("(card) => getComputedStyle(card).backgroundColor")
    assert min(contrast(colour, ground) for colour, _ in looks) > 3
    assert opened.complaints == []


def contrast(one, other):
    """Of two colours as a browser writes them, by WCAG 2.2."""

    def luminance(text):
        parts = np.array([float(x) for x in text[text.index("(") + 1 : -1].split(",")[:3]]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)
