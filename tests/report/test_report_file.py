"""The file itself: one offline page that its own policy closes, with every label as text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.report import write_index, write_report
from repscope.studies import Run, ScoreRow
from tests.report.made_run import make_run

HOSTILE = "</script><script>alert(1)</script>"
MARKUP = '<img src=x onerror="alert(2)">&amp;'


class Parsed(HTMLParser):
    """Elements, their attributes, and what stands in scripts and styles, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((tag, dict(attrs), ""))

    def handle_data(self, data):
        if self.cdata_elem:
            tag, attrs, text = self.raw[-1]
            self.raw[-1] = (tag, attrs, text + data)

    def data(self):
        return json.loads(next(text for tag, attrs, text in self.raw if attrs.get("id") == "data"))


def parse(path):
    return Parsed(path.read_text(encoding="utf8"))


def policy_of(parsed):
    content = next(a["content"] for tag, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    return {part.split()[0]: part.split()[1:] for part in content.split(";")}


def test_the_policy_forbids_everything_that_is_not_in_the_file(report):
    parsed = parse(report)
    policy = policy_of(parsed)
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["data:"]
    assert policy["base-uri"] == policy["form-action"] == ["'none'"]
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        texts = [text for t, attrs, text in parsed.raw if t == tag and attrs.get("type") != "application/json"]
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert policy[directive] == [f"'sha256-{d}'" for d in digests]
        assert len(texts) == 1


def test_nothing_points_out_of_the_file(report):
    parsed = parse(report)
    for tag, attrs in parsed.elements:
        for name in ("src", "srcset", "action", "data", "poster"):
            assert name not in attrs, tag
        assert (attrs.get("href") or "data:").startswith("data:")
    text = report.read_text(encoding="utf8")
    addresses = set(re.findall(r"(?:https?:)?//[a-z0-9][^\s\"'`<>)]*", re.sub(r'"data":"[^"]*"', "", text)))
    assert {a for a in addresses if a.startswith("http")} == {"http://www.w3.org/2000/svg"}
    assert "@import" not in text
    assert "innerHTML" not in text


def hostile_run(folder) -> Run:
    layers = ("input", f"stage.{HOSTILE}", f"pool{MARKUP}")
    notes = (f"note {HOSTILE}",)
    rows = [
        ScoreRow("train", name, None, Score("class_similarity", 0.5, (0.4, 0.6), f"by {HOSTILE}", 0.1, notes=notes))
        for name in layers
    ]
    return make_run(
        folder / HOSTILE.replace("/", "_"),
        {"train": 40},
        layers=layers,
        class_names=(HOSTILE, MARKUP),
        id_prefix=HOSTILE,
        rows=rows,
        network_name=f"net {HOSTILE}",
    )


def test_hostile_names_stay_text(tmp_path):
    run = hostile_run(tmp_path)
    page = write_report(run, tmp_path / "page.html")
    parsed = parse(page)
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    assert "img" not in [tag for tag, _ in parsed.elements]
    text = page.read_text(encoding="utf8")
    assert HOSTILE not in text
    assert MARKUP not in text
    data = parsed.data()
    assert HOSTILE in json.dumps(data, ensure_ascii=False)
    assert data["title"] == run.title


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    first, second = (write_report(run, tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second
    assert write_report(Run(run.path)) == run.path / "report.html"


def test_two_thousand_images_at_twenty_layers_stay_under_five_megabytes(tmp_path):
    """The hardest case: pictures of the largest size, mostly noise, and neighbours without any pattern."""
    layers = tuple(f"blocks.{i}.mlp.activation" for i in range(20))
    run = make_run(tmp_path / "large", {"train": 501, "validation": 2000}, layers, scattered=True, side=48, noise=60)
    page = write_report(run)
    assert page.stat().st_size < 5_000_000
    (explorer,) = (s for s in parse(page).data()["sections"] if s["name"] == "neighbours")
    (gallery,) = explorer["blocks"][0]["galleries"]
    assert (gallery["partition"], len(gallery["ids"])) == ("validation", 2000)


def outside(monkeypatch, group, **values):
    """Entry points as an installed package would have them."""
    found = [EntryPoint(name, value, group) for name, value in values.items()]
    monkeypatch.setattr(
        "repscope.core.registry.entry_points", lambda group: [e for e in found if e.group == group], raising=True
    )


def rows_of(measure):
    score = Score(measure, 0.5, (0.4, 0.6), "exact", notes=("be careful",))
    return [ScoreRow("train", name, None, score) for name in ("input", "pool")]


def test_a_measure_of_another_package_is_shown_with_its_own_words(tmp_path, monkeypatch):
    outside(monkeypatch, "repscope.measures", outside_measure="tests.report.outside_measure:measure")
    run = make_run(tmp_path / "run", {"train": 30}, ("input", "pool"), rows=rows_of("outside_measure"))
    sections = {s["name"]: s for s in parse(write_report(run)).data()["sections"]}
    (chart,) = sections["curves"]["blocks"]
    assert (chart["title"], chart["symbol"]) == ("A measure from outside", "OUT")
    assert chart["summary"] == "High means far out."
    assert chart["bounds"] == [0.0, 1.0]
    assert chart["notes"] == [{"text": "be careful", "where": "train: all", "more": 0}]
    assert "Outsider (2026)" in chart["caption"]
    assert sections["layers"]["blocks"][0]["columns"][-1]["group"] == "OUT"


def test_scores_of_a_package_that_is_gone_are_shown_all_the_same(tmp_path):
    run = make_run(tmp_path / "run", {"train": 30}, ("input", "pool"), rows=rows_of("vanished_measure"))
    (chart,) = next(s for s in parse(write_report(run)).data()["sections"] if s["name"] == "curves")["blocks"]
    assert chart["title"] == "vanished measure"
    assert "could not be loaded here: there is no 'vanished_measure'" in chart["summary"]
    assert chart["series"][0]["values"] == [0.5, 0.5]


def test_a_measure_that_fails_to_load_does_not_stop_the_report(tmp_path, monkeypatch):
    outside(monkeypatch, "repscope.measures", broken_measure="tests.report.no_such_module:measure")
    run = make_run(tmp_path / "run", {"train": 30}, ("input", "pool"), rows=rows_of("broken_measure"))
    (chart,) = next(s for s in parse(write_report(run)).data()["sections"] if s["name"] == "curves")["blocks"]
    assert "no_such_module" in chart["summary"]


def test_a_panel_of_another_package_stands_in_its_place(run, tmp_path, monkeypatch):
    outside(monkeypatch, "repscope.report.panels", outside="tests.report.outside_measure:panel")
    data = parse(write_report(run, tmp_path / "page.html")).data()
    names = [s["name"] for s in data["sections"]]
    assert names == ["findings", "curves", "matrices", "layers", "outside", "neighbours", "reproduce"]
    assert data["sections"][4]["blocks"][1] == {"kind": "drawn", "name": "outside", "data": {"word": "<b>hello</b>"}}


def test_a_script_that_would_end_early_is_refused(run, tmp_path, monkeypatch):
    outside(monkeypatch, "repscope.report.panels", unsafe="tests.report.outside_measure:unsafe")
    with pytest.raises(BadInput, match=r"a panel's script holds '</script' or '<!--'; write it in two parts"):
        write_report(run, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_run_without_labels_has_an_explorer_without_classes(tmp_path):
    run = make_run(tmp_path / "run", {"all": 30}, ("input", "pool"), class_names=None, k=5)
    data = parse(write_report(run)).data()
    explorer = next(s for s in data["sections"] if s["name"] == "neighbours")["blocks"][0]
    assert explorer["galleries"][0]["labels"] is None
    assert explorer["sources"][0]["vote"] is None
    assert (explorer["sources"][0]["k"], explorer["sources"][0]["nearest"]) == (5, 10)
    assert dict(data["facts"])["classes"] == "none"


def test_notes_that_differ_in_their_numbers_only_stand_once_with_all_places(tmp_path):
    rows = [
        ScoreRow(
            "train", f"l{i}", None, Score("made", 1.0, (1.0, 1.0), "none", notes=(f"{i},000 rows tie", "look"[:i]))
        )
        for i in range(1, 4)
    ]
    run = make_run(tmp_path / "run", {"train": 30}, ("l1", "l2", "l3"), rows=rows)
    (chart,) = next(s for s in parse(write_report(run)).data()["sections"] if s["name"] == "curves")["blocks"]
    assert chart["notes"][0] == {"text": "1,000 rows tie", "where": "train: all", "more": 2}
    assert [n["where"] for n in chart["notes"][1:]] == ["train: l1", "train: l2", "train: l3"]
    assert chart["series"][0]["remarks"][1] == ["2,000 rows tie", "lo"]


def test_the_settings_file_of_the_command_line_is_shown_as_it_is(run, tmp_path):
    def shown():
        return next(s for s in parse(write_report(run)).data()["sections"] if s["name"] == "reproduce")["blocks"][0]

    assert shown()["text"].startswith("network: repscope:resnet20-made\ndata: made\n")
    file = run.path / "settings.yaml"
    try:
        file.write_text("# a comment\nsamples: 3000\n", encoding="utf8")
        assert shown()["text"] == "# a comment\nsamples: 3000\n"
    finally:
        file.unlink()


def test_a_constant_score_without_interval_is_none_in_the_data(tmp_path):
    nan = float("nan")
    rows = [ScoreRow("train", "input", None, Score("made", nan, (nan, nan), "none"))]
    run = make_run(tmp_path / "run", {"train": 30}, ("input",), rows=rows)
    (chart,) = next(s for s in parse(write_report(run)).data()["sections"] if s["name"] == "curves")["blocks"]
    series = chart["series"][0]
    assert (series["values"], series["low"], series["null"]) == ([None], [None], [None])


def test_the_index_links_nothing_but_paths(tmp_path):
    entries = [("Digits", "digits/report page.html", "one line"), (HOSTILE, "javascript:alert(1)", MARKUP)]
    parsed = parse(write_index(tmp_path, entries))
    (links,) = parsed.data()["sections"][0]["blocks"]
    assert links["items"][0] == ["Digits", "digits/report%20page.html", "one line"]
    assert links["items"][1][1] == "javascript%3Aalert%281%29"
    assert [tag for tag, _ in parsed.elements].count("script") == 2


@pytest.mark.parametrize("path", ["/somewhere/report.html", "//host/report.html"])
def test_the_index_takes_relative_paths_only(tmp_path, path):
    with pytest.raises(
        BadInput, match=r"the report 'One' is at /.*; expected a path relative to the folder of the index"
    ):
        write_index(tmp_path, [("One", path, "")])


def test_thumbnails_of_one_grey_image_and_a_single_layer_are_enough(tmp_path):
    run = make_run(tmp_path / "run", {"train": 3}, ("input",), class_names=("only",), k=1, side=7)
    sections = {s["name"]: s for s in parse(write_report(run)).data()["sections"]}
    sheet = sections["neighbours"]["blocks"][0]["galleries"][0]["sheet"]
    assert (sheet["side"], sheet["cell"], sheet["count"]) == (7, 16, 3)
    assert np.isfinite(sections["curves"]["blocks"][0]["series"][0]["values"]).all()
