"""The page of a look, in a browser; and the command that makes it."""

import json

import numpy as np
import pytest

from repscope.measures import Score
from repscope.report import write_look
from repscope.units.look import LayerLook, Look, LookedAt, Optimised
from tests.cli.test_commands import run
from tests.report.test_report_file import parse
from tools.headless import axe_violations, overflow


def picture(seed: int, side: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)


@pytest.fixture
def look() -> Look:
    patches = np.stack([picture(i, 24) for i in range(3)])
    values, ids = np.array([3.0, 2.0, 1.0]), ("a/<1>.png", "b.png", "c.png")
    made = Optimised(picture(5), 7.5, 100.0, float("nan"), picture(6))
    alive = LookedAt("unit 0", False, patches, values, ids, made, {"image": picture(7), "saliency": picture(8)})
    dead = LookedAt("unit <1>", True, patches, 0 * values, ids, None, {})
    checks = {
        "saliency": tuple(Score("rank correlation of maps", value, (value, value), "t", 0.1) for value in (0.4, 0.2))
    }
    layer = LayerLook("stage1.0", (alive, dead), checks, {"deconvnet": "it has no ReLU"})
    return Look("made", "noise", (layer, LayerLook("stage2.0", (dead,), {}, {})), 30)


def test_what_is_on_the_page(look, tmp_path):
    page = write_look(look, tmp_path / "look.html", tmp_path / "runs" / "a" / "report.html")
    first, second = [section["blocks"] for section in parse(page).data()["sections"]]
    units = first[0]["data"]["units"]
    assert units[0]["patches"] == [0, 1, 2]
    assert units[0]["optimised"] == {"at": 3, "twin": 4, "reached": 7.5, "percentile": 100.0, "spread": None}
    assert units[0]["maps"] == {"image": 5, "Gradient": 6}
    assert (units[1]["dead"], units[1]["patches"]) == (True, [])
    assert first[0]["data"]["explorer"] == "runs/a/report.html"
    assert first[0]["data"]["summary"] == "2 shown; dead: unit <1>."
    assert first[2]["rows"] == [["Gradient", "0.40", "0.20", "0.10"]]
    assert first[3]["text"] == "deconvnet does not apply here: it has no ReLU."
    assert len(second) == 1


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_in_a_browser(look, tmp_path, open_page, theme, width):
    opened = open_page(write_look(look, tmp_path / "look.html", tmp_path / "report.html"), theme, width)
    page = opened.page
    page.locator(".unit-tile canvas").first.wait_for()
    assert page.locator(".unit-tile canvas").count() == 7
    assert page.locator(".unit .silence").count() == 2
    assert page.locator('.unit-row a[href="report.html#sample=a%2F%3C1%3E.png"]').count() == 1
    assert axe_violations(page) == []
    assert overflow(page) == 0
    assert opened.complaints == []
    assert len(opened.requests) == 1 + sum(url.startswith("data:") for url in opened.requests)


def test_the_command(capsys, tmp_path):
    words = (
        "look",
        "repscope:resnet20-digits",
        "digits",
        "-n",
        "40",
        "--layers",
        "stage3.2",
        "--unit",
        "5",
        "--class",
        "3",
    )
    few = ("--steps", "2", "--method", "saliency", "--patches", "3", "--sheets", "svg", "--out", str(tmp_path / "look"))
    code, out, _ = run(capsys, *words, *few, "--json")
    assert code == 0
    told = json.loads(out)
    assert [(row["layer"], row["unit"], row["dead"]) for row in told["units"]] == [
        ("stage3.2", "unit 5", False),
        ("classifier", "class 3", False),
    ]
    assert (tmp_path / "look" / "look.html").stat().st_size < 500_000
    assert sorted(path.name for path in (tmp_path / "look").glob("*.svg")) == ["classifier.svg", "stage3.2.svg"]
    assert json.loads((tmp_path / "look" / "look.json").read_text())["title"] == "repscope:resnet20-digits"
    code, out, _ = run(capsys, *words[:5], "--direction", "stage3.2=random:1", "--most", "2", *few)
    assert code == 0
    assert "stage3.2: 2 looked at" in out
    code, _, error = run(capsys, *words[:5], "--direction", "stage3.2", *few)
    assert code == 1
    assert "--direction 'stage3.2' came; expected LAYER=random:SEED" in error


def test_a_look_at_the_network_of_a_run(capsys, tmp_path):
    folder, words = tmp_path / "run", ("repscope:resnet20-digits", "digits")
    small = ("--samples", "40", "-l", "stage3.2", "-l", "pool", "--out", str(folder))
    assert run(capsys, "analyze", *words, *small)[0] == 0
    assert "Inside units" not in (folder / "report.html").read_text(encoding="utf8")
    few = ("-n", "40", "--layers", "stage3.2", "--unit", "5", "--steps", "0", "--method", "saliency", "--patches", "3")
    for _ in range(2):
        code, _, error = run(capsys, "look", *words, *few, "--run", str(folder))
        assert code == 0, error
    run(capsys, "report", str(folder), "--out", str(tmp_path / "report.json"))
    sections = {one["name"]: one for one in json.loads((tmp_path / "report.json").read_text())["sections"]}
    links = sections["units"]["blocks"][0]["items"]
    assert [link[:2] for link in links] == [
        ["repscope:resnet20-digits: stage3.2", f"looks/{number}/look.html"] for number in (1, 2)
    ]
    assert "looks/2/look.html" in (folder / "report.html").read_text(encoding="utf8")
    assert "../../report.html" in (folder / "looks" / "1" / "look.html").read_text(encoding="utf8")


def test_where_a_look_goes(capsys, tmp_path):
    words = ("look", "repscope:resnet20-digits", "digits", "--layers", "stage3.2")
    code, _, error = run(capsys, *words)
    assert code == 1
    assert "--out is missing; expected a folder for the page, or --run" in error
    code, _, error = run(capsys, *words, "--run", str(tmp_path))
    assert code == 1
    assert "holds no run; expected a folder that 'repscope analyze' wrote" in error
