"""The report as text and as JSON."""

import json

from repscope.report import write_report


def test_as_text(run, tmp_path):
    page = write_report(run, tmp_path / "report.txt")
    text = page.read_text(encoding="utf8")
    assert text.startswith(run.title)
    assert "Layer by layer" in text
    for layer in run.layers:
        assert layer in text
    value = run.scores("class_similarity", run.partitions[-1]).curve()[-1].value
    assert f"{value:.3g} [" in text
    assert max(map(len, text.splitlines())) < 400
    assert "[explorer: only in the page]" in text


def test_as_json(run, tmp_path):
    page = write_report(run, tmp_path / "report.json")
    content = json.loads(page.read_text(encoding="utf8"))
    assert content["title"] == run.title
    charts = [b for s in content["sections"] for b in s["blocks"] if b["kind"] == "chart"]
    (nncs,) = (c for c in charts if c["measure"] == "class_similarity")
    expected = [s.value for s in run.scores("class_similarity", run.partitions[0]).curve()]
    assert nncs["series"][0]["values"] == expected
