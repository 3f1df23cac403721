"""`--method ivf`: from the command line to the page, every score says what the index missed."""

import json

import pytest

from repscope.cli import main

pytest.importorskip("faiss")

SMALL = ["--samples", "200", "-l", "input", "-l", "pool", "--json"]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


def test_from_the_method_to_the_page_and_back_to_exact(capsys, tmp_path):
    start = ["analyze", "repscope:resnet20-digits", "digits", "--out", tmp_path / "run", *SMALL]
    code, out, _ = run(capsys, *start, "--method", "ivf:nlist=14,nprobe=1,checked=150")
    assert code == 0
    first = json.loads(out)["findings"][0]
    assert first["kind"] == "approximate_graphs"
    assert "measured on 150 exact rows" in first["sentence"]
    rows = json.loads((tmp_path / "run" / "scores.json").read_text())["rows"]
    assert rows
    for row in rows:
        assert any(f"recall {row['details']['recall']:.3f}, 95 % interval" in note for note in row["notes"])
        assert "effect" in row["details"]
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf8")
    for words in (
        "eighbours were found by an approximate method, which has",
        "measured on 150 exact rows",
        "what is missed changes this value by",
        "the graphs are approximate: they have",
    ):
        assert words in page
    code, out, _ = run(capsys, "graphs", tmp_path / "run", "--json")  # by the method that the run was begun with
    assert code == 0
    assert all(0 < float(row["recall (95 %)"].split(" ")[0]) <= 1 for row in json.loads(out))
    code, out, _ = run(capsys, "graphs", tmp_path / "run", "--method", "exact", "--json")
    assert code == 0
    assert {row["directly"] for row in json.loads(out)} == {0}
    code, out, _ = run(capsys, *start)
    assert code == 0
    assert "approximate" not in (tmp_path / "run" / "report.html").read_text(encoding="utf8")
    assert "recall" not in (tmp_path / "run" / "scores.json").read_text()


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("ivf:nprobe=0", "nprobe = 0 cells; expected 1 or more"),
        ("ivf:probes=3", "no parameter 'probes'; write ivf:PARAMETER=VALUE with one of nlist"),
        ("ifv", "ivf"),
    ],
)
def test_what_is_wrong_with_a_method_is_said(capsys, tmp_path, method, said):
    code, _, err = run(
        capsys, "analyze", "repscope:resnet20-digits", "digits", "--out", tmp_path / "run", *SMALL, "--method", method
    )
    assert code != 0
    assert said in " ".join(err.split())
