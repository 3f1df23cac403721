"""Findings from approximate graphs say so, and do not find what the misses may have made."""

import numpy as np
import pytest

from repscope.measures import Score
from repscope.report.findings import Evidence, compare_findings, findings
from repscope.studies import ScoreRow, ScoreTable
from tests.report_findings.simulated_runs import Part, SimulatedRun, compared, separating, whole

pytest.importorskip("faiss")

from repscope.neighbors.ivf import IVF

LABELS = np.arange(600) % 4
LAYERS = separating(LABELS, (0.5, 0.8, 4.0), 0)
METHOD = IVF(nlist=16, nprobe=2, checked=200)
ROUGH = SimulatedRun({"validation": Part(LAYERS, LABELS, 8, METHOD)}, name="rough")
EXACT = whole(LAYERS, LABELS, 8, name="exact")


def test_a_run_with_approximate_graphs_is_warned_of_first():
    assert "approximate_graphs" not in {finding.kind for finding in findings(EXACT)}
    first, *rest = findings(ROUGH)
    assert (first.kind, first.tone) == ("approximate_graphs", "warning")
    recalls = {layer: ROUGH.graph(layer).recall for layer in LAYERS}
    worst = min(recalls, key=lambda layer: recalls[layer].value)
    assert f"(fewest at {worst}: {recalls[worst]}); the scores say what that changes" in first.sentence
    assert first.numbers["lowest"] == recalls[worst].value
    assert "separability" in {finding.kind for finding in rest}  # what is clear is found all the same


def test_it_is_no_matter_of_training():
    beside = SimulatedRun(ROUGH.parts, twin=ROUGH)
    assert findings(beside)[0].sentence == findings(ROUGH)[0].sentence


def test_a_comparison_says_which_run():
    found = [f for f in compare_findings(compared(EXACT, ROUGH)) if f.kind == "approximate_compared"]
    assert [f.sentence.split(",")[0] for f in found] == ["in rough"]
    assert not any(f.kind == "approximate_compared" for f in compare_findings(compared(EXACT, EXACT)))


def test_curves_are_left_open_by_the_effect():
    for measure in ("class_similarity", "intrinsic_dimension"):
        curve = Evidence(ROUGH).curve(measure, "validation")
        exact = Evidence(EXACT).curve(measure, "validation")
        off = np.abs(curve.values - exact.values)
        assert (curve.slack > 0).all()
        assert (off <= curve.slack).all()
        assert not exact.slack.any()


def test_an_effect_that_is_not_known_leaves_everything_open():
    table = ScoreTable(
        (
            ScoreRow("validation", "input", None, Score("class_similarity", 0.9, (0, 1), "none", details={"recall": 0.5})),
            ScoreRow("validation", "layer1", None, Score("class_similarity", 0.9, (0.8, 1), "none")),
            ScoreRow("validation", "layer2", None, Score("class_similarity", 0.9, (0.8, 1), "none")),
        )
    )  # fmt: skip
    run = SimulatedRun(EXACT.parts, known={("class_similarity", "validation"): table})
    curve = Evidence(run).curve("class_similarity", "validation")
    assert not curve.effect({"input": 1}).exceeds(0.0)
    assert curve.rise("layer1", "layer2").slack == 0
