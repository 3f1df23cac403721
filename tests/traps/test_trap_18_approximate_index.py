"""An index of "recall 0.9": its misses cluster, and every score says recall and what the misses do to it."""

import numpy as np
import pytest

pytest.importorskip("faiss")

from repscope.measures import MEASURES, ArrayLayer, LayerMeasure, LayerView, PairMeasure, Score
from repscope.neighbors import NeighborGraph, neighbor_graph
from repscope.neighbors.ivf import IVF

K = 10


def points(shift):
    """A curved sheet of six dimensions."""
    hidden = np.random.default_rng(0).normal(size=(3000, 6))
    return np.tanh(hidden @ np.random.default_rng(1).normal(size=(6, 12)) / 2 + shift)


LABELS = (points(0)[:, 0] > 0.3).astype(int)
LAYERS = [ArrayLayer(points(shift), K, f"layer {shift}", LABELS, IVF(nlist=60, nprobe=3)) for shift in (0, 1)]
EXACT = [ArrayLayer(layer.array, K, layer.name, LABELS) for layer in LAYERS]


def scored(measure, layers):
    return measure.score(*layers) if isinstance(measure, PairMeasure) else measure.score(layers[0])


def test_the_index_has_a_recall_of_nine_tenths_and_its_misses_cluster():
    graph, exact = LAYERS[0].graph, EXACT[0].graph
    found = (graph.distances <= exact.distances[:, -1:]).mean(axis=1)
    assert 0.85 < found.mean() < 0.95
    assert found.var() > 2 * found.mean() * (1 - found.mean()) / K  # the trap: of independent misses it would be 1


OF_LISTS = [name for name in sorted(MEASURES) if "graph" in MEASURES[name].needs]
"""Measures that read graphs."""


def test_the_in_degree_depends_on_all_lists_and_its_effect_is_not_known():
    score = scored(MEASURES["hubness"], LAYERS)
    assert "effect" not in score.details
    assert score.interval == MEASURES["hubness"].bounds
    assert any("depend on the lists of others as well" in note for note in score.notes)


@pytest.mark.parametrize("name", [name for name in OF_LISTS if name != "hubness"])
def test_every_score_says_recall_and_effect(name):
    score, exact = (scored(MEASURES[name], layers) for layers in (LAYERS, EXACT))
    assert score.details["recall_low"] <= score.details["recall"] <= score.details["recall_high"]
    (note,) = (note for note in score.notes if "approximate" in note)
    assert f"recall {score.details['recall']:.3f}, 95 % interval {score.details['recall_low']:.3f} to" in note
    assert "measured on 1,000 exact rows" in note
    effect = score.value - exact.value
    assert score.details["effect_low"] <= effect <= score.details["effect_high"]
    assert score.details["effect"] == pytest.approx(effect, abs=0.03 * score.value)
    if score.details["effect"]:
        assert f"what is missed changes this value by {score.details['effect']:+.2g} (95 % interval" in note
    assert score.interval[0] <= exact.value <= score.interval[1]
    assert score.interval[1] - score.interval[0] >= exact.interval[1] - exact.interval[0] - 0.01 * score.value
    assert not any("approximate" in note for note in exact.notes)
    assert "recall" not in exact.details


def outside(value_of=np.mean, lists_of_others=False, **fields):
    """A measure that some package adds, whose author never thought of approximate graphs."""

    class Outside(LayerMeasure):
        name, title, symbol, summary, reference = "outside", "Outside", "O", "", "none"
        needs = frozenset({"graph"})
        bounds = (0.0, float("inf"))

        def score(self, layer):
            each = layer.graph.distances.mean(axis=1)
            if lists_of_others:
                each = each[layer.graph.indices].mean(axis=1)
            value = float(value_of(each))
            return Score("outside", value, (0.9 * value, 1.1 * value), "made up", **{"per_sample": each, **fields})

    return Outside()


def test_a_measure_of_another_package_says_it_too():
    for measure in (outside(), outside(np.median, summary=np.median)):
        score, exact = (measure.score(layers[0]) for layers in (LAYERS, EXACT))
        assert score.details["effect_low"] < score.value - exact.value < score.details["effect_high"]
        assert 0 < score.details["effect"] < score.value


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        (outside(per_sample=None), "the measure does not say how it comes from values of single samples"),
        (outside(np.max), "the measure does not say how it comes from values of single samples"),
        (outside(lists_of_others=True), "the values of single samples depend on the lists of others as well"),
    ],
)
def test_an_effect_that_is_not_known_is_said_to_be_unknown(measure, reason):
    score = measure.score(LAYERS[0])
    (note,) = score.notes
    assert f"what is missed may change this value by anything, and its interval says so: {reason}" in note
    assert score.interval == (0, np.inf)
    assert "effect" not in score.details
    assert "recall" in score.details


def test_a_measure_of_activations_builds_no_graph():
    class Spread(LayerMeasure):
        name, title, symbol, summary, reference = "spread", "Spread", "S", "", "none"
        needs = frozenset({"activations"})
        bounds = (0.0, float("inf"))

        def score(self, layer):
            return Score("spread", float(layer.activations.std()), (0.0, 9.0), "made up")

    layer = ArrayLayer(points(0), 10**9)
    assert Spread().score(layer).notes == ()
    assert "graph" not in vars(layer)


def test_what_the_file_keeps_is_said_again(tmp_path):
    LAYERS[0].graph.save(tmp_path / "graph")
    score = MEASURES["class_similarity"].score
    read = NeighborGraph.load(tmp_path / "graph")

    class Kept(LayerView):
        name, labels, graph, activations = "kept", LABELS, read, None

    assert score(Kept()).as_dict() == score(LAYERS[0]).as_dict()


def test_the_pair_measure_uses_the_rows_checked_in_both():
    similarity = MEASURES["layer_similarity"]
    one = similarity.score(LAYERS[0], EXACT[1])
    assert any(note.startswith("one of the graphs is approximate: it has") for note in one.notes)
    usual = similarity.score(*LAYERS)
    other_seed = ArrayLayer(LAYERS[1].array, K, "other", LABELS, IVF(nlist=60, nprobe=3, seed=1))
    fewer = similarity.score(LAYERS[0], other_seed)
    width, wider = (s.details["effect_high"] - s.details["effect_low"] for s in (usual, fewer))
    assert wider > width
    few = ArrayLayer(LAYERS[1].array, K, "few", LABELS, IVF(nlist=60, nprobe=3, seed=1, checked=100))
    few_too = ArrayLayer(LAYERS[0].array, K, "few", LABELS, IVF(nlist=60, nprobe=3, seed=2, checked=100))
    unknown = similarity.score(few, few_too)
    common = len(np.intersect1d(few.graph.checked.rows, few_too.graph.checked.rows))
    assert (
        f"only {common} rows were compared with exact ones in all graphs; expected 30 or more: use the same seed"
        in unknown.notes[-1]
    )
    assert unknown.interval == (0, 1)
    itself = similarity.score(LAYERS[0], LAYERS[0])
    assert itself.interval == (1, 1)
    assert "what is missed does not change this value" in itself.notes[-1]


def test_direct_calls_and_shorter_lists_say_it():
    from repscope.measures.intrinsic_dimension import gride_curve, intrinsic_dimension

    graph, exact = LAYERS[0].graph, EXACT[0].graph
    for estimator in ("two_nn_fit", "two_nn_censored"):
        score = intrinsic_dimension(graph, estimator)
        effect = score.value - intrinsic_dimension(exact, estimator).value
        assert score.details["effect_low"] <= effect <= score.details["effect_high"]
    for score, truth in zip(gride_curve(graph), gride_curve(exact), strict=True):
        assert score.details["effect_low"] <= score.value - truth.value <= score.details["effect_high"]
    short = intrinsic_dimension(graph.first(2))
    assert short.details["recall"] > graph.recall.value  # near ones are missed less
    assert not intrinsic_dimension(neighbor_graph(points(0), 2)).notes
