"""The numbers under the findings: influences against scores, brute force and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.measures._curve import Curve, Effect, exceeding, joined, one_layer
from repscope.measures._influence import (
    class_similarity_influence,
    log_dimension_influence,
    nearest_kept,
)
from repscope.measures.class_similarity import class_similarity
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.neighbors import NeighborGraph, neighbor_graph
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._matching import match
from repscope.report.findings._pairs import Pairs
from repscope.report.findings.moved_forward import forwardness
from repscope.studies import ScoreRow, ScoreTable
from tests.report_findings.simulated_runs import (
    CURVES,
    blobs,
    compared,
    of_dimensions,
    random_network,
    separating,
    split,
    whole,
)


def graph_and_labels(n: int, seed: int, k: int = 8) -> tuple[NeighborGraph, np.ndarray]:
    points, labels = blobs(n, seed, dimension=6)
    return neighbor_graph(points, k), labels


def test_the_values_are_those_of_the_measures() -> None:
    points, labels = blobs(300, 0, dimension=6)
    points[1::7] = points[::7][: len(points[1::7])]  # copies, which the dimension leaves out
    graph = neighbor_graph(points, 8)
    assert graph.duplicates > 0
    assert class_similarity_influence(graph, labels)[0] == pytest.approx(class_similarity(graph, labels).value)
    assert np.exp(log_dimension_influence(graph)[0]) == pytest.approx(intrinsic_dimension(graph).value)


@given(seed=st.integers(0, 10_000), n=st.integers(30, 80), share=st.floats(0.3, 1.0))
@settings(max_examples=25)
def test_the_graph_of_a_subset_is_read_off_the_graph_of_all(seed: int, n: int, share: float) -> None:
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 3))
    keep = generator.random(n) < share
    keep[:5] = True
    rows, columns, distances = nearest_kept(neighbor_graph(points, n - 1), keep, 3)
    subset = np.flatnonzero(keep)
    slow = neighbor_graph(points[subset], 3)
    assert rows.tolist() == subset.tolist()
    assert columns.tolist() == subset[slow.indices].tolist()
    np.testing.assert_allclose(distances, slow.distances)


@pytest.mark.parametrize("seed", range(3))
def test_influences_sum_to_zero_also_in_a_subset(seed: int) -> None:
    graph, labels = graph_and_labels(200, seed)
    keep = np.random.default_rng(seed).random(200) < 0.8
    for subset in (None, keep):
        assert class_similarity_influence(graph, labels, subset, 4)[1].sum() == pytest.approx(0, abs=1e-12)
        assert log_dimension_influence(graph, subset)[1].sum() == pytest.approx(0, abs=1e-12)


def test_a_sample_that_is_left_out_moves_the_class_similarity_as_its_influence_says() -> None:
    """The rows that named it are averaged over their other neighbours, the others stay as they are."""
    graph, labels = graph_and_labels(60, 0)
    value, influence = class_similarity_influence(graph, labels)
    same = labels[graph.indices] == labels[:, None]
    for i in range(60):
        rows = [same[j][graph.indices[j] != i].mean() for j in range(60) if j != i]
        left_out = np.mean(rows)
        assert (59 / 60) * (value - left_out) == pytest.approx(influence[i], abs=1e-12)


SAMPLES, DRAWS = 250, 60


@pytest.mark.parametrize("kind", ["clusters", "shuffled", "network"])
def test_errors_are_neither_too_small_nor_twice_too_large(kind: str) -> None:
    """Fresh samples again and again: the spread of values and differences is what one sample's errors say."""
    values, errors = [], []
    for seed in range(DRAWS):
        points, labels = blobs(SAMPLES, seed)
        layers = random_network(points, 0, (40, 10)) if kind == "network" else separating(labels, (1.0, 2.0, 3.0), seed)
        labels = np.random.default_rng(seed).permutation(labels) if kind == "shuffled" else labels
        evidence = Evidence(whole(layers, labels, k=10, measures=CURVES))
        row = []
        for measure in CURVES:
            curve = evidence.curve(measure, "validation")
            assert curve is not None
            first, middle, last = curve.layers
            row += [curve.effect({last: 1}), curve.rise(first, last), curve.rise(first, middle)]
        values.append([effect.value for effect in row])
        errors.append([effect.error for effect in row])
    ratio = np.sqrt(np.mean(np.square(errors), axis=0)) / np.std(values, axis=0, ddof=1)
    assert ratio.min() > 1 - 3 / np.sqrt(2 * DRAWS)  # a spread from so many draws is known to one in sqrt(2 draws)
    assert ratio.max() < 2 + 6 / np.sqrt(2 * DRAWS)


def test_errors_that_take_the_rows_as_independent_would_be_too_small() -> None:
    values, naive, ours = [], [], []
    for seed in range(DRAWS):
        points, labels = blobs(SAMPLES, seed)
        score = class_similarity(neighbor_graph(points, 10), labels)
        assert score.per_sample is not None
        values.append(score.value)
        naive.append(score.per_sample.std() / np.sqrt(SAMPLES))
        ours.append(float(np.sqrt((class_similarity_influence(neighbor_graph(points, 10), labels)[1] ** 2).sum())))
    assert np.mean(naive) < 0.85 * np.std(values)
    assert np.mean(ours) > 0.9 * np.std(values)


def test_parts_are_read_with_as_many_samples_of_each_class() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.choice(3, 400, p=(0.6, 0.3, 0.1)), generator.choice(3, 300, p=(0.3, 0.3, 0.4))
    matched = match(first, second, 30, 20)
    common = np.minimum(np.bincount(first), np.bincount(second)).tolist()
    for labels, subsets in ((first, matched.first), (second, matched.second)):
        for keep in subsets:
            assert keep is not None
            assert np.bincount(labels[keep]).tolist() == common
    assert 2 <= matched.count < 20


def test_parts_of_equal_size_are_read_whole() -> None:
    labels = np.arange(100) % 4
    matched = match(labels, labels[::-1].copy(), 10, 8)
    assert (matched.first, matched.second, matched.count) == ((None,), (None,), 8)


def test_a_class_that_one_part_lacks_is_left_out_of_both() -> None:
    first, second = np.arange(90) % 3, np.arange(60) % 2
    matched = match(first, second, 12, 12)
    assert [int(first[keep].max()) for keep in matched.first if keep is not None] == [1] * len(matched.first)


def test_lists_too_short_for_the_subset_give_no_comparison() -> None:
    assert match(np.zeros(1000, int), np.zeros(20, int), 3, 3).count == 0
    evidence = Evidence(split(of_dimensions((5, 5), 600, 0), None, first=580, k=3, measures=CURVES))
    gap = evidence.gap("intrinsic_dimension", "train", "validation")
    assert gap is not None
    assert gap.layers == ()


def test_an_effect_is_beyond_a_bound_only_with_its_whole_interval() -> None:
    effect = Effect(0.2, 0.05)
    assert effect.exceeds(0.0, looks=1)
    assert not effect.exceeds(0.05, looks=1)
    assert not effect.exceeds(0.0, looks=1000)  # who looks in many places finds more by chance
    assert not Effect(np.nan, 0.0).exceeds(0.0, looks=1)
    assert not Effect(0.0, 0.0).exceeds(0.0, looks=1)
    assert not Effect(0.2, 0.0, slack=0.2).exceeds(0.0, looks=1)
    assert Effect(-0.2, 0.01).size.exceeds(0.1, looks=2)


def test_many_looks_are_paid_for_step_by_step() -> None:
    clear, fair = Effect(1.0, 0.01), Effect(0.0345, 0.01)
    assert exceeding([fair], 0.0) == (True,)
    assert exceeding([fair] * 12, 0.0) == (False,) * 12
    assert exceeding([clear] * 10 + [fair], 0.0) == (True,) * 11  # only the fair one is left to be paid for
    assert exceeding([fair], 0.0, sides=5) == (False,)
    assert exceeding([Effect(np.nan, 0.1), Effect(0.0, 0.0), Effect(1.0, 0.0)], 0.0) == (False, False, True)
    assert exceeding([], 0.0) == ()


def test_the_covariance_of_layers_enters_a_difference() -> None:
    same = np.array([0.1, -0.1, 0.1, -0.1])
    curve = joined([one_layer("a", [(0.0, same)]), one_layer("b", [(1.0, same)]), one_layer("c", [(1.0, -same)])])
    assert curve.rise("a", "b").error == pytest.approx(0.0)
    assert curve.rise("a", "c").error == pytest.approx(2 * curve.effect({"a": 1}).error)
    twice = curve.minus_independent(curve)
    assert twice.effect({"a": 1}).error == pytest.approx(np.sqrt(2) * curve.effect({"a": 1}).error)
    assert curve.minus_paired(curve).effect({"a": 1}).error == 0.0


def test_equal_distances_leave_values_open() -> None:
    open_by = joined([one_layer("a", [(0.0, np.zeros(2))], slack=0.1), one_layer("b", [(1.0, np.zeros(2))], slack=0.3)])
    assert open_by.rise("a", "b").slack == pytest.approx(0.4)
    assert open_by.minus_paired(open_by).effect({"b": 1}).slack == pytest.approx(0.6)
    assert open_by.minus_independent(open_by).among(("a",)).effect({"a": 1}).slack == pytest.approx(0.2)


def test_layers_without_a_value_are_left_out_of_a_curve() -> None:
    curve = Curve(("a", "b"), np.array([np.nan, 1.0]), np.zeros((3, 2)), np.zeros(2))
    assert curve.finite().layers == ("b",)


def test_errors_of_pairs_are_those_of_the_scores() -> None:
    run = whole(random_network(blobs(200, 0)[0], 0), None, k=8)
    table = run.scores("layer_similarity")
    pairs = Pairs.of(table)
    score = next(r.score for r in table.rows if (r.layer, r.other) == ("input", "layer2"))
    effect = pairs.effect("input", "layer2")
    assert effect.value == score.value
    assert effect.error == pytest.approx((score.interval[1] - score.interval[0]) / 3.919928)
    assert pairs.chance == score.null
    assert pairs.among(("layer2", "input")).effect("input", "layer2") == effect
    assert pairs.contrast({("input", "layer2"): 2.0}).error == pytest.approx(2 * effect.error)


def test_sums_of_cells_are_taken_sample_by_sample_where_these_are_known() -> None:
    run = whole(random_network(blobs(200, 0)[0], 0), None, k=8)
    fresh = Pairs.of(run.scores("layer_similarity"))
    stored = ScoreTable(tuple(ScoreRow.from_dict(row.as_dict()) for row in run.scores("layer_similarity").rows))
    weights = {("input", "layer1"): 1.0, ("layer1", "layer2"): -1.0}
    known, unknown = fresh.contrast(weights), Pairs.of(stored).contrast(weights)
    assert known.value == pytest.approx(unknown.value)
    assert known.error < 0.9 * unknown.error
    cells = [fresh.effect(*cell).error for cell in weights]
    assert unknown.error == pytest.approx(sum(cells))


def test_errors_of_sums_of_cells_are_not_too_small() -> None:
    """Two fixed networks, fresh samples again and again."""
    values, errors = [], []
    for seed in range(draws := 30):
        points, _ = blobs(150, seed)
        first, second = (whole(random_network(points, i, (40, 20, 10)), None, k=10) for i in (0, 1))
        pairs = Pairs.of(compared(first, second).table)
        effect = forwardness(pairs, [x for x in pairs.rows if x != "input"])[2]
        values.append(effect.value)
        errors.append(effect.error)
    ratio = np.sqrt(np.mean(np.square(errors))) / np.std(values, ddof=1)
    assert 1 - 3 / np.sqrt(2 * draws) < ratio < 2 + 6 / np.sqrt(2 * draws)
