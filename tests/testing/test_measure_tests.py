"""The contract tests must fail for measures that break the contract: each lie below is told by one test."""

from dataclasses import replace

import numpy as np
import pytest

from repscope.measures import LayerMeasure, PairMeasure, Score, measure
from repscope.testing import MeasureTests


class Honest(LayerMeasure):
    """The spread of the points: depends on their scale, on nothing else."""

    name = "spread"
    title = "Spread"
    symbol = "S"
    summary = "How far the samples lie from their mean."
    needs = frozenset({"activations"})
    bounds = (0.0, float("inf"))
    invariant_to = frozenset({"translation", "rotation", "permutation"})
    reference = "none"

    def score(self, layer):
        each = np.linalg.norm(layer.activations - layer.activations.mean(axis=0), axis=1)
        value = float(each.mean())
        return Score("spread", value, (0.9 * value, 1.1 * value), "made up", per_sample=each)


def checks_of(tested, **attributes):
    return type("TestIt", (MeasureTests,), {"measure": tested, **attributes})()


def run(tests):
    """Names of the tests that fail."""
    failed = set()
    for name in dir(tests):
        if name.startswith("test_") and callable(getattr(tests, name)):
            try:
                getattr(tests, name)()
            except (Exception, pytest.fail.Exception):
                failed.add(name)
    return failed


def test_an_honest_measure_passes():
    assert run(checks_of(Honest())) == set()


def lying(**fields):
    class Lying(Honest):
        def score(self, layer):
            return replace(super().score(layer), **fields)

    return checks_of(Lying())


@pytest.mark.parametrize(
    ("fields", "told_by"),
    [
        ({"measure": "other"}, "test_answers_under_its_name"),
        ({"value": -1.0, "interval": (-2.0, 0.0)}, "test_value_and_null_lie_within_the_bounds"),
        ({"null": -1.0}, "test_value_and_null_lie_within_the_bounds"),
        ({"interval": (0.0, 0.1)}, "test_interval_holds_the_value"),
        ({"interval_method": " "}, "test_interval_holds_the_value"),
        ({"per_sample": np.zeros(3)}, "test_per_sample_values_are_one_per_sample"),
        ({"value": float("nan")}, "test_equal_samples_and_equal_distances"),
    ],
)
def test_wrong_scores_are_told(fields, told_by):
    assert told_by in run(lying(**fields))


@pytest.mark.parametrize("change", ["translation", "rotation", "scale", "permutation"])
def test_invariances_that_do_not_hold_are_told(change):
    class Boastful(Honest):
        invariant_to = frozenset({change})

        def score(self, layer):
            weight = np.arange(1, 1 + len(layer.activations)) if change == "permutation" else 1
            value = float(np.mean(weight * np.abs(layer.activations[:, 0])))
            return Score("spread", value, (value, value), "exact")

    assert run(checks_of(Boastful())) == {f"test_{change}_changes_nothing"}


def test_declarations_that_make_no_sense_are_told():
    for wrong in (
        {"name": "two words"},
        {"title": ""},
        {"needs": frozenset({"gradients"})},
        {"bounds": (1.0, 0.0)},
        {"invariant_to": frozenset({"everything"})},
    ):
        assert "test_declares_itself" in run(checks_of(type("Odd", (Honest,), wrong)()))


def test_chance_in_the_answer_is_told():
    class Random(Honest):
        generator = np.random.default_rng(0)

        def score(self, layer):
            return replace(super().score(layer), details={"draw": self.generator.random()})

    assert "test_same_input_same_score" in run(checks_of(Random()))


def test_changing_the_input_is_told():
    class Rude(Honest):
        def score(self, layer):
            answer = super().score(layer)
            layer.activations[0] = 0
            return answer

    assert "test_same_input_same_score" in run(checks_of(Rude()))


def test_labels_ignored_are_told():
    class Deaf(Honest):
        needs = frozenset({"activations", "labels"})

    assert run(checks_of(Deaf())) == {"test_missing_labels_are_named"}


def test_pairs_that_are_not_what_they_say_are_told():
    class Sided(PairMeasure):
        name, title, symbol, summary, reference = "sided", "Sided", "S", "A sum.", "none"
        needs, bounds, invariant_to = frozenset({"activations"}), (0.0, 1.0), frozenset()
        symmetric = higher_means_closer = True

        def score(self, first, second):
            value = float(np.tanh(np.abs(first.activations).mean() / 9))
            return Score("sided", value, (value, value), "exact")

    assert run(checks_of(Sided())) == {
        "test_order_of_the_layers",
        "test_a_layer_is_closest_to_itself",
        "test_all_pairs_at_once",  # what calls itself symmetric is asked once for both orders
    }


def test_what_is_not_claimed_is_not_listed():
    listed = {name for name in dir(checks_of(Honest())) if callable(getattr(checks_of(Honest()), name))}
    assert "test_rotation_changes_nothing" in listed
    assert not listed & {"test_scale_changes_nothing", "test_missing_labels_are_named", "test_order_of_the_layers"}
    pair = checks_of(measure("layer_similarity"))
    assert callable(pair.test_a_layer_is_closest_to_itself)
    assert not callable(pair.test_missing_labels_are_named)


def test_a_base_class_without_a_measure_keeps_all_tests():
    class Mine(MeasureTests):
        k = 4

    assert callable(Mine.test_scale_changes_nothing)


def test_a_wrong_effect_of_approximate_graphs_is_told():
    class Misled(LayerMeasure):
        """Says itself what approximate graphs do to it, and is wrong."""

        name, title, symbol, summary, reference = "misled", "Misled", "M", "A value.", "none"
        needs = frozenset({"graph"})
        bounds = (0.0, float("inf"))
        invariant_to = frozenset()

        def score(self, layer):
            each = layer.graph.distances[:, 0]
            value = float(np.mean(each))
            details = {"recall": 0.5, "effect": 9.0} if layer.graph.checked else {}
            notes = ("recall 0.5",) if layer.graph.checked else ()
            return Score("misled", value, (value, value), "exact", per_sample=each, details=details, notes=notes)

    assert run(checks_of(Misled())) == {"test_approximate_graphs_are_told"}
