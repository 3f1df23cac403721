"""The commands as a person types them: what they print, write and exit with."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repscope.cli import main
from repscope.core.files import read_json

SMALL = ["--samples", "60", "-l", "input", "-l", "pool", "-l", "classifier"]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "digits"
    with pytest.raises(SystemExit) as stopped:
        main(["analyze", "repscope:resnet20-digits", "digits", "--out", str(folder), *SMALL])
    assert stopped.value.code in (0, None)
    return folder


def test_analyze_writes_tables_findings_report_and_settings(capsys, digits, tmp_path):
    code, out, err = run(capsys, "analyze", "repscope:resnet20-digits", "digits", "--out", digits, *SMALL)
    assert code == 0
    assert err == (
        "will take 8 MiB on disk: 1 of activations, 0 of small pictures, 0 of graphs, up to 6 of scores and report; "
        "120 images\n"
    )
    assert "repscope:resnet20-digits on digits: 60 train (k = 2), 60 validation (k = 2)" in out
    assert "classifier" in out
    assert f"report: {digits / 'report.html'}" in out
    again = tmp_path / "again"
    code, out, _ = run(capsys, "analyze", "--settings", digits / "settings.yaml", "--out", again, "--json")
    assert code == 0
    told = json.loads(out)
    assert [layer["name"] for layer in told["layers"]] == ["input", "pool", "classifier"]
    assert (again / "scores.json").read_bytes() == (digits / "scores.json").read_bytes()
    assert {"kind", "sentence", "layers", "partition", "numbers"} <= set(
        (told["findings"] or [dict.fromkeys(("kind", "sentence", "layers", "partition", "numbers"))])[0]
    )


def test_record_then_graphs_then_analyze(capsys, tmp_path):
    start = ["repscope:resnet20-digits", "digits", "--out", tmp_path / "r", *SMALL]
    code, out, _ = run(capsys, "record", *start)
    assert code == 0
    assert "60 samples, 3 layers" in out
    code, out, _ = run(capsys, "graphs", tmp_path / "r", "--json")
    assert code == 0
    assert {row["layer"] for row in json.loads(out)} == {"input", "pool", "classifier"}
    assert all(
        sum(row[way] for way in ("proved in int8", "in tf32", "in float32", "in float64", "directly"))
        + row["duplicates"]
        == 60
        for row in json.loads(out)
    )
    code, out, _ = run(capsys, "analyze", *start, "--no-report")
    assert code == 0
    assert "report:" not in out


def test_compare_and_reports(capsys, digits, tmp_path):
    code, out, _ = run(capsys, "compare", digits, digits, "--out", tmp_path / "both.html")
    assert code == 0
    assert (tmp_path / "both.html").exists()
    assert "layer_similarity" in out
    code, out, _ = run(capsys, "report", digits, "--out", tmp_path / "page.html", "--index", tmp_path / "index.html")
    assert code == 0
    assert "page.html" in (tmp_path / "index.html").read_text()
    code, _, err = run(capsys, "report", digits, digits, "--out", tmp_path / "x.html")
    assert code == 1
    assert "--out names one page and 2 runs were given" in err


def test_layers(capsys):
    code, out, _ = run(capsys, "layers", "repscope:resnet20-digits", "--match", "stage1.?")
    assert code == 0
    assert "stage1.2" in out
    assert "16×32×32" in out
    code, out, _ = run(capsys, "layers", "repscope:resnet20-digits", "--json")
    assert sum(layer["default"] for layer in json.loads(out)["layers"]) == 13


def test_data(capsys, tmp_path):
    code, out, _ = run(capsys, "data", "digits", "--contact-sheet", tmp_path / "sheet.png")
    assert code == 0
    assert "1,797 images" in out
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 100
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.fromarray(np.full((20, 30, 3), 99, np.uint8)).save(tmp_path / "photos" / name / "1.png")
    (tmp_path / "photos" / "b" / "2.jpg").write_bytes(b"not an image")
    code, _, err = run(capsys, "data", f"folder:{tmp_path / 'photos'}", "--contact-sheet", tmp_path / "sheet.png")
    assert code == 1
    assert "b/2.jpg" in err
    code, out, err = run(capsys, "data", f"folder:{tmp_path / 'photos'}", "--skip-broken", "--json")
    assert code == 0
    assert json.loads(out)["count"] == 2
    assert "left out 1 broken images: b/2.jpg" in err


def test_train(capsys, tmp_path):
    out_file = tmp_path / "w.safetensors"
    letters = ["--data-set", "classes=AB", "--data-set", "per_class=40"]
    how = ["--epochs", 1, "--batch", 16, "--precision", "bfloat16"]
    code, out, _ = run(capsys, "train", "repscope:inception_v1", "glyphs", *letters, *how, "--out", out_file)
    assert code == 0
    assert "validation accuracy" in out
    recipe = read_json(out_file.with_suffix(".json"))["recipe"]
    assert (recipe["epochs"], recipe["batch"], recipe["precision"]) == (1, 16, "bfloat16")
    loaded = ["--weights", out_file, "--network-set", "classes=2"]
    code, out, _ = run(capsys, "layers", "repscope:inception_v1", *loaded)
    assert code == 0


def test_info_version_and_help(capsys):
    code, out, _ = run(capsys, "info", "--json")
    assert code == 0
    assert json.loads(out)["Python"].startswith("3.")
    assert run(capsys, "--version")[1].startswith("repscope 0.")
    for command in ("analyze", "compare", "report", "layers", "data", "train", "record", "graphs", "merge", "demo"):
        code, out, _ = run(capsys, command, "--help")
        assert code == 0
        assert "Examples" in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["layers", "repscope:resnet21"], "resnet20"),
        (["layers", "timmm:resnet18"], "timmm"),
        (["data", "digit"], "there is no 'digit' among the data"),
        (["data", "digits", "--data-set", "size"], "'size' is not a setting; expected NAME=VALUE"),
        (["data", "digits", "--data-set", "colour=2"], "colour"),
        (["graphs", "nowhere"], "nowhere holds no run"),
        (
            ["analyze", "repscope:resnet20-digits", "digits", "--out", "x", "-l", "stagee1"],
            "no layer matches 'stagee1'",
        ),
    ],
)
def test_errors_are_sentences(capsys, tmp_path, monkeypatch, arguments, text):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *arguments)
    assert code == 1
    assert err.startswith("repscope: ")
    assert text in err
    assert "Traceback" not in err


def test_debug_shows_where_it_happened(tmp_path):
    from repscope.core.errors import NotFound

    with pytest.raises(NotFound, match="there is no 'digit'"):
        main(["data", "digit", "--debug"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("samlpes: 10", "has the unknown name 'samlpes'; nearest of .*: 'samples'"),
        ("- 1", "holds a list; expected names and values"),
        ("a: [", "is not YAML"),
    ],
)
def test_bad_settings_files(capsys, tmp_path, text, complaint):
    import re

    file = tmp_path / "s.yaml"
    file.write_text(text)
    code, _, err = run(capsys, "analyze", "--settings", file, "--out", tmp_path / "o")
    assert code == 1
    assert re.search(complaint, err)
    code, _, err = run(capsys, "analyze", "--settings", tmp_path / "none.yaml", "--out", tmp_path / "o")
    assert (code, "does not exist" in err) == (1, True)


def test_numbers_in_settings_are_numbers(capsys, tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text("network: repscope:resnet20\ndata: digits\nlearning-rate: 1e-3\nepochs: none")
    code, _, err = run(capsys, "train", "--settings", file, "--out", tmp_path / "w.safetensors")
    assert code == 2
    assert "Invalid value for '--epochs'" in err


def test_interrupted_says_how_to_go_on(capsys, monkeypatch):
    def interrupted(*_arguments, **_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("repscope.data.load_data", interrupted)
    code, _, err = run(capsys, "data", "digits")
    assert code == 130
    assert "interrupted; the same command goes on from here" in err
