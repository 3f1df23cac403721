"""The shipped glyph network on real input: its phenomena are found, and its noise is not."""

from pathlib import Path

import numpy as np
import pytest

from repscope.data import load_data
from repscope.networks import load_network
from repscope.report.findings import Evidence, Finding, findings
from repscope.studies import Run, analyze
from tests.report_findings.simulated_runs import CURVES, Part, SimulatedRun, split

SAMPLES = 700
LAYERS = ["input", "stage1.0", "stage2.?", "stage3.?", "pool", "classifier"]
SEEDS = range(20)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    network, data = load_network("repscope:resnet20-glyphs"), load_data("glyphs")
    folder: Path = tmp_path_factory.mktemp("glyphs")
    return analyze(network, data, LAYERS, folder, samples=SAMPLES, measures=[*CURVES, "layer_similarity"])


@pytest.fixture(scope="module")
def found(run: Run) -> dict[str, Finding]:
    return {finding.kind: finding for finding in findings(run)}


def test_the_hunchback_of_the_glyph_network_is_found(found: dict[str, Finding]) -> None:
    assert found["hunchback"].layers[1] == "stage1.0"
    assert found["hunchback"].numbers["peak"] > 1.3 * found["hunchback"].numbers["first"]


def test_its_classes_part_in_the_third_stage(found: dict[str, Finding]) -> None:
    assert found["cluster_spike"].layers[1] in {"stage3.0", "stage3.1", "stage3.2"}
    assert found["separability"].numbers["value"] > 0.8


def test_it_overfits_from_the_third_stage_on(found: dict[str, Finding]) -> None:
    assert found["overfitting"].layers[0] in {"stage3.1", "stage3.2"}
    assert found["overfitting"].layers[-1] == "classifier"
    assert found["overfitting"].tone == "warning"


def test_its_similarity_breaks_before_the_pooling(found: dict[str, Finding]) -> None:
    assert {"stage3.2", "pool"} <= set(found["similarity_breaks"].layers)


def test_its_parts_follow_each_other(found: dict[str, Finding]) -> None:
    assert "drift" not in found


def test_its_numbers_are_those_of_the_scores(run: Run, found: dict[str, Finding]) -> None:
    evidence = Evidence(run)
    for measure in CURVES:
        curve = evidence.curve(measure, "validation")
        assert curve is not None
        values = np.exp(curve.values) if measure == "intrinsic_dimension" else curve.values
        np.testing.assert_allclose(values, [s.value for s in run.scores(measure, "validation").curve()])
    finding = found["cluster_spike"]
    score = evidence.scores("class_similarity", "validation")[finding.layers[1]]
    assert finding.numbers["after"] == pytest.approx(score.value)


class Relabelled:
    """A run whose labels are shuffled; its graphs stay."""

    def __init__(self, run: Run, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.name, self.layers, self.partitions, self.twin = run.name, run.layers, run.partitions, None
        self.graph = run.graph
        self.parts = {
            name: Part({}, generator.permutation(run.recording(name).labels), run.k(name)) for name in run.partitions
        }
        self.run, self.scores = run, run.scores

    def recording(self, partition: str | None = None) -> Part:
        return self.parts[partition or self.partitions[-1]]


@pytest.mark.parametrize("seed", SEEDS)
def test_with_shuffled_labels_it_says_nothing_about_classes_or_overfitting(run: Run, seed: int) -> None:
    kinds = {finding.kind for finding in findings(Relabelled(run, seed))}
    assert not kinds & {"separability", "cluster_spike", "contraction", "overfitting"}
    assert "hunchback" in kinds


@pytest.mark.parametrize("seed", SEEDS)
def test_between_two_halves_of_validation_it_neither_drifts_nor_overfits(run: Run, seed: int) -> None:
    recording = run.recording("validation")
    order = np.random.default_rng(seed).permutation(recording.n)
    layers = {name: recording.activations(name)[order] for name in ("pool", "classifier")}
    assert recording.labels is not None
    halves: SimulatedRun = split(layers, recording.labels[order], recording.n // 2, k=7, measures=CURVES)
    assert not {finding.kind for finding in findings(halves)} & {"overfitting", "drift"}
