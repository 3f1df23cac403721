"""What is planted is found, with its layers and its numbers."""

import numpy as np
import pytest

from repscope.report.findings import Finding, compare_findings, findings
from tests.report_findings.simulated_runs import (
    CURVES,
    Part,
    SimulatedRun,
    compared,
    drifting,
    of_dimensions,
    separating,
    whole,
)

LATE = (0.5, 0.6, 0.7, 3.0, 3.5, 4.0)


def found(run: SimulatedRun, kind: str) -> Finding:
    of_kind = [finding for finding in findings(run) if finding.kind == kind]
    assert len(of_kind) == 1, [finding.sentence for finding in findings(run)]
    return of_kind[0]


def balanced(n: int, classes: int = 4) -> np.ndarray:
    return np.arange(n) % classes


def parted_run(training: tuple[float, ...], validation: tuple[float, ...], n: int, seed: int) -> SimulatedRun:
    parts = [separating(balanced(n), apart, seed + i) for i, apart in enumerate((training, validation))]
    both = [Part(layers, balanced(n), n // 40) for layers in parts]
    return SimulatedRun(dict(zip(("train", "validation"), both, strict=True)), measures=CURVES)


@pytest.mark.parametrize("seed", range(3))
def test_the_layer_where_classes_part_is_named(seed: int) -> None:
    run = whole(separating(balanced(400), LATE, seed), balanced(400), k=10, measures=CURVES)
    finding = found(run, "cluster_spike")
    assert finding.layers == ("layer2", "layer3")
    assert finding.sentence.startswith("classes part from layer3 on: NNCS rises from 0.")
    scores = {row.layer: row.score.value for row in run.scores("class_similarity").rows}
    assert finding.numbers == {"before": pytest.approx(scores["layer2"]), "after": pytest.approx(scores["layer3"])}
    assert found(run, "separability").numbers["value"] == pytest.approx(scores["layer5"])
    assert found(run, "separability").numbers["chance"] == pytest.approx(99 / 399)


def test_a_rise_without_a_spike_is_called_gradual() -> None:
    layers = separating(balanced(400), (0.5, 0.9, 1.25, 1.6, 2.0, 2.4), 0)
    sentence = found(whole(layers, balanced(400), k=10, measures=CURVES), "cluster_spike").sentence
    assert sentence.startswith("classes part gradually: NNCS rises from 0.")
    assert "at input" in sentence
    assert "at layer5" in sentence


@pytest.mark.parametrize("seed", range(3))
def test_the_onset_of_overfitting_is_named(seed: int) -> None:
    finding = found(parted_run((0.5, 0.7, 1.5, 3.5, 4.5), (0.5, 0.7, 1.5, 2.0, 2.3), 600, seed), "overfitting")
    assert finding.layers == ("layer3", "layer4")
    assert finding.tone == "warning"
    assert finding.sentence.startswith("training and validation part from layer3 on, by up to 0.")
    assert finding.sentence.endswith("of NNCS (at layer4): overfitting begins there") or "at layer3" in finding.sentence


def test_overfitting_is_found_between_parts_of_different_size() -> None:
    parts = {
        "train": Part(separating(balanced(900), (0.5, 1.5, 4.0), 0), balanced(900), 22),
        "validation": Part(separating(balanced(500), (0.5, 1.5, 2.0), 1), balanced(500), 12),
    }
    assert found(SimulatedRun(parts, measures=CURVES), "overfitting").layers == ("layer2",)


def test_validation_that_is_better_than_training_is_not_overfitting() -> None:
    run = parted_run((0.5, 0.7, 1.5, 2.0, 2.3), (0.5, 0.7, 1.5, 3.5, 4.5), 600, 0)
    assert "overfitting" not in {finding.kind for finding in findings(run)}


def test_harder_images_from_the_input_on_are_not_overfitting() -> None:
    """The gap is there before any layer and does not grow."""
    run = parted_run((2.0, 2.0, 2.0), (1.4, 1.4, 1.4), 600, 0)
    assert "overfitting" not in {finding.kind for finding in findings(run)}


def test_classes_that_mix_at_first_are_found() -> None:
    layers = separating(balanced(600), (2.5, 1.0, 0.8, 1.0, 3.0, 4.0), 0)
    finding = found(whole(layers, balanced(600), k=15, measures=CURVES), "contraction")
    assert finding.layers == ("input", "layer2")
    assert "classes mix at first" in finding.sentence


def test_the_hunchback_and_its_peak_are_found() -> None:
    finding = found(whole(of_dimensions((4, 8, 20, 12, 6, 3), 500, 0), None, k=5), "hunchback")
    assert finding.layers == ("input", "layer2", "layer5")
    assert finding.numbers["first"] < finding.numbers["peak"] > finding.numbers["last"]


def test_a_second_peak_is_found() -> None:
    run = whole(of_dimensions((4, 8, 20, 7, 14, 3), 800, 0), None, k=5, measures=CURVES)
    finding = found(run, "double_hunchback")
    assert finding.layers == ("layer3", "layer4")
    assert "rises again" in finding.sentence


def test_a_plateau_is_found() -> None:
    run = whole(of_dimensions((5, 28, 10, 10, 10, 3), 2000, 0), None, k=5, measures=CURVES)
    finding = found(run, "double_hunchback")
    assert finding.layers == ("layer2", "layer4")
    assert "hardly moves" in finding.sentence


@pytest.mark.parametrize(("layers", "said"), [((5, 5, 5), "the data drift"), ((8, 5, 5), "pathological training")])
def test_parts_of_different_complexity_are_found(layers: tuple[int, ...], said: str) -> None:
    run = SimulatedRun(
        {
            "train": Part(of_dimensions((8, 5, 5), 700, 0), None, 5),
            "validation": Part(
                of_dimensions(tuple(2 * d if d == 5 and i else d for i, d in enumerate(layers)), 700, 1), None, 5
            ),
        }
    )
    finding = found(run, "drift")
    assert finding.tone == "warning"
    assert said in finding.sentence


def test_overfitting_beside_drift_says_that_it_may_be_the_drift() -> None:
    generator = np.random.default_rng(0)
    ours, theirs = (separating(balanced(600), apart, i) for i, apart in enumerate(((0.5, 4.0), (0.5, 2.0))))
    theirs["input"] = np.concatenate([theirs["input"], 1.5 * generator.normal(size=(600, 12))], axis=1)
    run = SimulatedRun(
        {"train": Part(ours, balanced(600), 15), "validation": Part(theirs, balanced(600), 15)}, measures=CURVES
    )
    assert "or the difference of the images" in found(run, "overfitting").sentence


def test_a_layer_that_adds_little_is_found() -> None:
    run = whole(drifting((1.0, 0.02, 1.0), 400, 0), None, k=10)
    finding = found(run, "redundant_layers")
    assert finding.layers == ("layer1", "layer2")
    score = next(r.score for r in run.scores("layer_similarity").rows if (r.layer, r.other) == ("layer1", "layer2"))
    assert finding.numbers["kept"] == pytest.approx(np.mean(2 * score.per_sample / (1 + score.per_sample)))
    assert "of each other's neighbours" in finding.sentence


def test_a_run_of_layers_that_add_little_is_one_finding() -> None:
    finding = found(whole(drifting((1.0, 0.01, 0.01, 0.01, 1.0), 400, 0), None, k=10), "redundant_layers")
    assert finding.layers == ("layer1", "layer2", "layer3", "layer4")
    assert finding.sentence.startswith("the 4 layers from layer1 to layer4 keep at least 9")


def test_many_runs_of_layers_that_add_little_are_summed_up() -> None:
    finding = found(whole(drifting((0.01, 1.0) * 4, 400, 0, dimension=5), None, k=10), "redundant_layers")
    assert finding.sentence.startswith("8 layers, in 4 runs, keep at least 9")


def test_the_break_and_the_blocks_are_found() -> None:
    finding = found(whole(drifting((0.2, 0.2, 1.0, 0.2, 0.2), 400, 0), None, k=10), "similarity_breaks")
    assert finding.layers == ("layer2", "layer3")
    assert finding.sentence.endswith("the layers form 2 blocks: input to layer2, layer3 to layer5")


def test_a_layer_that_only_passes_on_is_found_and_counted_once() -> None:
    layers = drifting((1.0, 1.0), 300, 0)
    copies = {"input": layers["input"], "block": layers["layer1"], "block.relu": layers["layer1"]}
    names = {**copies, "drop": layers["layer1"], "last": layers["layer2"]}
    finding = found(whole(names, None, k=8), "exact_copies")
    assert finding.layers == ("block", "drop")
    assert "drop has exactly the neighbours of block" in finding.sentence
    assert "redundant_layers" not in {f.kind for f in findings(whole(names, None, k=8))}


def test_what_an_untrained_network_does_too_is_said() -> None:
    run, twin = (whole(drifting((1.0, step, 1.0), 400, 0), None, k=10) for step in (0.02, 0.03))
    run.twin = twin
    finding = found(run, "redundant_layers")
    assert finding.untrained.startswith("An untrained network does this too (9")
    assert finding.sentence.endswith(finding.untrained)


def test_an_untrained_network_that_only_loses_dimensions_is_said_to_fall_too() -> None:
    run = whole(of_dimensions((4, 20, 3), 500, 0), None, k=5, measures=CURVES)
    run.twin = whole(of_dimensions((8, 8, 3), 500, 1), None, k=5, measures=CURVES)
    assert found(run, "hunchback").untrained.startswith("In an untrained network ID has no such peak, but falls too (")


def test_an_untrained_network_without_the_phenomenon_is_not_mentioned() -> None:
    run = whole(separating(balanced(400), LATE, 0), balanced(400), k=10, measures=CURVES)
    run.twin = whole(separating(balanced(400), (0.5,) * 6, 1), balanced(400), k=10, measures=CURVES)
    assert found(run, "cluster_spike").untrained == ""


def inter(finding_kind: str, first: SimulatedRun, second: SimulatedRun) -> Finding:
    first.name, second.name = "plain", "augmented"
    of_kind = [f for f in compare_findings(compared(first, second)) if f.kind == finding_kind]
    assert len(of_kind) == 1, [f.sentence for f in compare_findings(compared(first, second))]
    return of_kind[0]


def test_features_that_come_earlier_are_found() -> None:
    steps = drifting((0.5,) * 6, 300, 0)
    names = list(steps)
    early = {"input": steps["input"], **{f"layer{i}": steps[names[i]] for i in range(1, 5)}}
    ahead = {"input": steps["input"], **{f"layer{i}": steps[names[i + 2]] for i in range(1, 5)}}
    for order in (0, 1):
        runs = [whole(early, None, k=10), whole(ahead, None, k=10)]
        finding = inter("moved_forward", *(runs if order == 0 else runs[::-1]))
        which = ("augmented", "plain") if order == 0 else ("plain", "augmented")
        assert finding.sentence.startswith(f"early layers of {which[0]} resemble later layers of {which[1]}, by ")
        assert finding.layers in (("layer1", "layer3"), ("layer2", "layer4"))


def test_where_two_networks_agree_is_found() -> None:
    first = drifting((0.1, 0.1, 0.1), 400, 0)
    generator = np.random.default_rng(1)
    noise = (0.0, 0.05, 0.3, 2.0)
    second = {name: x + w * generator.normal(size=x.shape) for (name, x), w in zip(first.items(), noise, strict=True)}
    finding = inter("agreement", whole(first, None, k=10), whole(second, None, k=10))
    assert finding.layers == ("layer1", "layer3")
    assert finding.numbers["most"] > 5 * finding.numbers["least"]


def test_the_network_that_overfits_more_is_named() -> None:
    more = parted_run((0.5, 1.5, 4.5), (0.5, 1.5, 2.0), 500, 0)
    less = parted_run((0.5, 1.5, 3.0), (0.5, 1.5, 2.9), 500, 0)
    finding = inter("overfitting_compared", less, more)
    assert finding.layers == ("layer2",)
    assert finding.sentence.startswith("augmented parts training and validation more than plain: by 0.")


def test_the_network_that_separates_better_is_named() -> None:
    weak, strong = (whole(separating(balanced(400), s, 0), balanced(400), k=10) for s in ((0.5, 1.5), (0.5, 4.0)))
    assert inter("separability_compared", weak, strong).sentence.startswith(
        "classes are further apart at layer1 of augmented"
    )


def test_the_more_complex_network_is_named_where_it_is() -> None:
    first, second = of_dimensions((8, 5, 5, 6), 500, 0), of_dimensions((8, 10, 10, 6), 500, 1)
    second["input"], second["layer3"] = first["input"], first["layer3"]
    finding = inter("dimension_compared", whole(first, None, k=5), whole(second, None, k=5))
    assert finding.layers == ("layer1", "layer2")
    assert finding.sentence.startswith(
        "the representation of augmented is more complex than that of plain at layer1 to layer2: ID "
    )
