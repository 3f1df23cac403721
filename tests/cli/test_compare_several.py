"""repscope compare with more runs than two, and with one."""

import json

import pytest

from tests.cli.test_commands import run
from tests.report.made_run import make_run


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    names = ("plain", "augmented", "other")
    return [make_run(folder / n, {"all": 24}, ("input", "pool"), seed=3 * i).path for i, n in enumerate(names)]


def test_three(capsys, folders):
    code, out, _ = run(capsys, "compare", *folders)
    assert code == 0
    page = folders[0].parent / "plain-and-2-more.html"
    assert page.exists()
    assert out.startswith("all: layer_similarity")
    assert f"report: {page}" in out.replace("\n", "")


def test_as_json(capsys, folders, tmp_path):
    code, out, _ = run(
        capsys, "compare", *folders, "--json", "--measure", "mutual_neighbors", "--out", tmp_path / "page.txt"
    )
    assert code == 0
    told = json.loads(out)
    assert list(told) == ["report", "networks", "pairs", "findings"]
    assert told["report"] == str(tmp_path / "page.txt")
    assert {row["measure"] for row in told["networks"]} == {"mutual_neighbors"}
    assert [(p["first"], p["second"]) for p in told["pairs"]] == [
        ("plain", "augmented"),
        ("plain", "other"),
        ("augmented", "other"),
    ]
    code, out, _ = run(capsys, "compare", *folders[:2], "--json", "--out", tmp_path / "page.json")
    assert code == 0
    assert list(json.loads(out)) == ["report", "scores", "findings", "chance"]
    assert json.loads((tmp_path / "page.json").read_text())["title"] == "plain and augmented"


def test_chance_of_each_two(capsys, folders, tmp_path):
    code, out, _ = run(capsys, "compare", *folders, "--permutations", 19, "--out", tmp_path / "page.html")
    assert code == 0
    assert "plain and other, all: " in out


def test_one(capsys, folders):
    code, _, err = run(capsys, "compare", folders[0])
    assert code == 1
    assert f"one run was given, {folders[0]}; name two or more of the same samples" in err.replace("\n", "")
