"""Finders are found by their file; runs that lack something have fewer findings and no errors."""

from importlib.metadata import EntryPoint

import numpy as np
import pytest

import repscope.core.registry as registry
from repscope.report.findings import (
    FINDERS,
    ComparisonFinder,
    RunFinder,
    compare_findings,
    findings,
)
from repscope.studies import ScoreTable
from tests.report_findings.simulated_runs import (
    CURVES,
    Part,
    SimulatedRun,
    blobs,
    compared,
    of_dimensions,
    random_network,
    separating,
    split,
    whole,
)


@pytest.mark.parametrize("name", FINDERS.names())
def test_every_finder_says_what_it_finds_and_how(name: str) -> None:
    finder = FINDERS[name]
    assert finder.kind == name
    assert isinstance(finder, (RunFinder, ComparisonFinder))
    assert 5 < len(finder.title) < 40
    assert finder.criterion.endswith(".")
    certain = (
        "exact_copies",
        "constant_layers",
        "approximate_graphs",
        "approximate_compared",
    )  # which no chance can make
    assert "99.9 %" in finder.criterion or name in certain


def test_the_order_of_finders_is_unambiguous() -> None:
    for contract in (RunFinder, ComparisonFinder):
        orders = [FINDERS[name].order for name in FINDERS.names() if isinstance(FINDERS[name], contract)]
        assert len(set(orders)) == len(orders)


def test_a_finder_of_another_package_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = EntryPoint("loud", "tests.report_findings.outside_finder:finder", FINDERS.package)

    def entry_points(group: str) -> list[EntryPoint]:
        return [outside] if group == FINDERS.package else []

    monkeypatch.setattr(registry, "entry_points", entry_points)
    found = findings(whole(of_dimensions((5, 5), 50, 0), None, k=4))
    assert [finding.sentence for finding in found] == ["a package outside says this"]
    assert found[0].as_dict()["layers"] == ["input"]


LABELS = np.arange(200) % 4
LAYERS = separating(LABELS, (0.5, 0.8, 4.0), 0)


@pytest.mark.parametrize(
    ("run", "without"),
    [
        (split(LAYERS, None, 100, k=8), {"separability", "cluster_spike", "contraction", "overfitting"}),
        (whole(LAYERS, LABELS, k=8), {"overfitting", "drift"}),
        (whole(LAYERS, LABELS, k=8, measures=CURVES), {"redundant_layers", "similarity_breaks"}),
        (split(LAYERS, LABELS, 100, k=8, measures=()), {"separability", "hunchback", "drift", "redundant_layers"}),
        (split(LAYERS, np.zeros(200, int), 100, k=8, measures=("intrinsic_dimension",)), {"separability"}),
        (split({"only": LAYERS["input"]}, LABELS, 100, k=8), {"cluster_spike", "hunchback", "similarity_breaks"}),
        (split({x: LAYERS[x] for x in ("input", "layer1")}, LABELS, 100, k=8), {"hunchback", "similarity_breaks"}),
        (split(LAYERS, LABELS, 100, k=2), {"overfitting"}),
        (whole(LAYERS, LABELS, k=1, measures=("class_similarity",)), {"cluster_spike", "separability"}),
        (split({x: y[:12] for x, y in LAYERS.items()}, LABELS[:12], 6, k=3), {"separability", "overfitting", "drift"}),
    ],
    ids=[
        "labels",
        "training",
        "pairs",
        "scores",
        "class",
        "layers",
        "more than two layers",
        "k",
        "a second neighbour",
        "samples",
    ],
)
def test_where_something_is_missing_the_finders_concerned_are_silent(run: SimulatedRun, without: set[str]) -> None:
    assert not {finding.kind for finding in findings(run)} & without
    assert isinstance(compare_findings(compared(run, run)), tuple)


def test_a_layer_whose_samples_are_all_equal_is_named_and_passed_over() -> None:
    layers = {**separating(LABELS, (0.5, 4.0), 0), "dead": np.zeros((200, 3)), "saturated": np.ones((200, 3))}
    found = findings(whole(layers, LABELS, k=8))
    (constant,) = (finding for finding in found if finding.kind == "constant_layers")
    assert constant.layers == ("dead", "saturated")
    assert constant.sentence.startswith("dead and saturated give the same output for every image of ")
    assert not {"exact_copies", "redundant_layers"} & {finding.kind for finding in found}
    assert not {"dead", "saturated"} & {name for finding in found if finding is not constant for name in finding.layers}
    assert "nan" not in " ".join(finding.sentence for finding in found)


def test_of_constant_layers_alone_nothing_else_is_found() -> None:
    layers = {f"layer{i}": np.full((200, 3), float(i)) for i in range(8)}
    (found,) = findings(whole(layers, LABELS, k=8))
    assert "layer0, layer1, layer2, layer3 and layer4 and 3 more layers give the same output" in found.sentence


def test_between_two_networks_constant_layers_are_left_out() -> None:
    points = separating(LABELS, (0.5, 4.0), 0)
    dead = {**points, "dead": np.zeros((200, 3))}
    runs = whole(dead, LABELS, k=8), whole(dead, LABELS, k=8)
    found = compare_findings(compared(*runs))
    assert "dead" not in {name for finding in found for name in finding.layers}


def test_classes_told_apart_by_the_order_of_equal_samples_alone_are_not_found() -> None:
    """Two points, each with a thousand copies of both classes: whose copies come first stands in every list."""
    generator = np.random.default_rng(0)
    labels = np.concatenate([np.repeat((first, 1 - first), (600, 400)) for first in (0, 1)])
    points = np.repeat(generator.normal(size=(2, 3)), 1000, axis=0)
    run = whole({"input": points}, labels, k=8, measures=("class_similarity",))
    score = run.scores("class_similarity").rows[0].score
    assert score.value == pytest.approx(0.6, abs=0.01)
    assert score.null == pytest.approx(0.5, abs=0.01)
    assert findings(run) == ()


def test_comparisons_without_layers_or_scores_in_common_are_silent() -> None:
    points, labels = blobs(100, 0)
    run = whole(random_network(points, 0), labels, k=5)
    other = SimulatedRun(
        {"validation": Part({f"other.{x}": p for x, p in run.parts["validation"].layers.items()}, labels, 5)}
    )
    assert compare_findings(compared(run, other)) == ()
    comparison = compared(run, run)
    comparison.table = ScoreTable(())
    assert compare_findings(comparison) == ()


def test_findings_come_in_the_order_of_their_finders() -> None:
    found = findings(whole(LAYERS, LABELS, k=8))
    orders = [FINDERS[finding.kind].order for finding in found]
    assert len(found) >= 2
    assert orders == sorted(orders)
