"""The study of kinds of graph: its scores against slow ones, its words, what it refuses, and that it goes on where it was."""

import numpy as np
import pytest

from repscope import DataSet, load_data
from repscope.core.errors import BadInput, Mismatch
from repscope.measures.class_similarity import class_similarity
from repscope.measures.hubness import hubness
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborLists, neighbor_graph
from repscope.studies import STUDIES, graphs
from repscope.studies.graphs import (
    KINDS,
    kinds_of,
    lists_class_similarity,
    lists_hubness,
    lists_layer_similarity,
    said_changes,
    said_default,
    said_lost,
    said_order,
)

SMALL = {"layers": ("input", "stage3.2", "pool"), "samples": 90, "k": 4}


def small(**settings):
    return STUDIES["graphs"].with_settings(SMALL | settings)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs") / "study"
    return small().run(folder), folder


@pytest.fixture(scope="module")
def simulated():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(120, 5))
    labels = np.repeat(np.arange(4), 30)
    x[:, 0] += labels
    y = x + 0.5 * generator.normal(size=x.shape)
    return x, y, neighbor_graph(x, 6), neighbor_graph(y, 6), labels


def test_on_lists_of_one_length_the_scores_are_those_of_the_measures(simulated):
    _, _, first, second, labels = simulated
    one, two = NeighborLists.directed(first), NeighborLists.directed(second)
    ours, theirs = lists_class_similarity(one, labels), class_similarity(first, labels)
    assert ours.value == pytest.approx(theirs.value)
    assert ours.interval == pytest.approx(theirs.interval)
    assert ours.null == pytest.approx(theirs.null)
    ours, theirs = lists_layer_similarity(one, two), layer_similarity(first, second)
    assert ours.value == pytest.approx(theirs.value)
    assert ours.interval == pytest.approx(theirs.interval)
    ours, theirs = lists_hubness(one), hubness(first)
    assert (ours.value, ours.interval) == (theirs.value, theirs.interval)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_against_sets(simulated, kind):
    x, y, first, second, labels = simulated
    one, two = kinds_of(first, x)[kind], kinds_of(second, y)[kind]
    a, b = ([set(lists.of(i).tolist()) for i in range(lists.n)] for lists in (one, two))
    shares = [np.mean([labels[j] == labels[i] for j in a[i]]) for i in range(len(a)) if a[i]]
    score = lists_class_similarity(one, labels)
    assert score.value == pytest.approx(np.mean(shares))
    assert np.isfinite(score.per_sample).sum() == len(shares)
    index = [len(p & q) / len(p | q) for p, q in zip(a, b, strict=True) if p | q]
    score = lists_layer_similarity(one, two)
    assert score.value == pytest.approx(np.mean(index))
    assert score.interval[0] < score.value < score.interval[1]
    assert lists_layer_similarity(one, one).value == 1


def left_out(lists, sample):
    """The lists without a sample, slowly."""
    kept = [i for i in range(lists.n) if i != sample]
    place = {i: p for p, i in enumerate(kept)}
    rows = [[place[j] for j in lists.of(i).tolist() if j != sample] for i in kept]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return NeighborLists(starts, np.array([j for row in rows for j in row], dtype=np.int64))


def test_intervals_are_those_of_leaving_each_sample_out(simulated):
    from repscope.measures._interval import share_interval

    _, _, first, second, labels = simulated
    one, two = NeighborLists.either(first), NeighborLists.either(second)  # no list is left empty
    n = one.n
    score = lists_class_similarity(one, labels)
    without = [lists_class_similarity(left_out(one, i), np.delete(labels, i)).value for i in range(n)]
    expected, _ = share_interval(score.value, (n - 1) * (score.value - np.array(without)), most=len(one.indices))
    assert score.interval == pytest.approx(expected, rel=1e-6)
    score = lists_layer_similarity(one, two)
    without = [lists_layer_similarity(left_out(one, i), left_out(two, i)).value for i in range(n)]
    expected, _ = share_interval(score.value, (n - 1) * (score.value - np.array(without)), most=n * n)
    assert score.interval == pytest.approx(expected, rel=1e-6)


def test_lists_without_an_entry_have_no_value():
    empty = NeighborLists(np.zeros(4, np.int64), np.zeros(0, np.int64))
    assert lists_class_similarity(empty, np.array([0, 1, 1])).notes == ("no value: no sample has a neighbour",)
    assert lists_layer_similarity(empty, empty).notes == ("no value: no sample has a neighbour at either layer",)


def test_half_of_the_samples_have_k_neighbours_within_the_radius(simulated):
    x, _, graph, _, _ = simulated
    assert np.mean(kinds_of(graph, x)["radius"].counts >= graph.k) == 0.5


def test_figures_and_tables(done):
    result, folder = done
    assert [f.name for f in result.figures] == ["class_similarity", "layer_similarity", "without_neighbors", "hubness"]
    for figure in result.figures:
        assert figure.table.partitions == KINDS
    assert result.figure("layer_similarity").table.layers == ("input", "stage3.2")
    rows = result.table("graphs").rows
    assert [row[:2] for row in rows] == [(layer, kind) for layer in SMALL["layers"] for kind in KINDS]
    assert {row[2] for row in rows if row[1] == "directed"} == {4.0}
    for row in rows:
        assert (row[4] == 0) or row[1] in ("intersection", "radius")
    lost = {row[:2]: row[2] for row in result.table("lost").rows}
    assert all(row[4] == lost[row[:2]] / 90 for row in rows if row[:2] in lost)
    assert "This is why the directed graph is the default" in str(result)
    assert (folder / "figures" / "without_neighbors.svg").exists()


def test_again_computes_nothing(done, monkeypatch):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    monkeypatch.setattr(graphs, "kinds_of", lambda *_given: pytest.fail("it is on disk"))
    small().run(folder)
    (folder / "result.json").unlink()
    small().run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_interrupted_it_goes_on_to_the_same_bytes(done, tmp_path, monkeypatch):
    real, seen = graphs.kinds_of, []

    def stops(graph, points):
        seen.append(graph.metadata["layer"])
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(graph, points)

    monkeypatch.setattr(graphs, "kinds_of", stops)
    with pytest.raises(KeyboardInterrupt):
        small().run(tmp_path / "study")
    assert (tmp_path / "study" / "steps" / "layer-0.json").exists()
    small().run(tmp_path / "study")
    assert (tmp_path / "study" / "result.json").read_bytes() == (done[1] / "result.json").read_bytes()


def test_without_labels_there_is_no_class_similarity(tmp_path, monkeypatch):
    plain = load_data("digits")
    bare = DataSet("bare", plain.images, plain.ids, partitions=plain.partitions)
    monkeypatch.setattr(graphs.Graphs, "opened_data", lambda _study: bare)
    result = small(layers=("input", "pool"), k=3).run(tmp_path / "study")
    assert "class_similarity" not in [figure.name for figure in result.figures]
    assert {row[3] for row in result.table("lost").rows} == {None}
    assert "NNCS" not in str(result)


def at_layer(classes, without=0.0, largest=5.0):
    kind = {"class_similarity": {"value": classes}, "without_neighbors": {"value": without}, "largest": largest}
    return dict.fromkeys(KINDS, kind)


def test_words_when_the_figures_show_no_reason():
    assert said_default([at_layer(0.5)]).startswith("These figures do not show a reason for the directed graph")


def test_a_change_that_rounds_to_nothing_has_no_sign():
    found = [{**at_layer(v), "union": {**at_layer(v - 2e-4)["union"]}} for v in (0.5, 0.6)]
    for here in found:
        for kind in KINDS:
            here[kind] = {
                **here[kind],
                "mean": 5.0,
                "lost": {"count": 3, "classes": 0.4, "others": 0.0, "far": 2.0, "near": 1.0},
            }
    found[1]["union"]["class_similarity"] = {"value": 0.5}
    assert "in NNCS by -0.050 (-0.100 to 0.000)." in said_changes("union", "ab", 5, found)
    for here in found:
        here["union"]["lost"]["others"] = here["directed"]["class_similarity"]["value"] - 1e-5
    assert "changes NNCS by 0.000 in the mean" in said_lost("union", found)


def test_words_about_the_order_of_layers():
    found = [at_layer(v) for v in (0.1, 0.2, 0.3, 0.4)]
    assert said_order(found).startswith("All kinds of graph put the layers into the same order of NNCS")
    found[0] = {**found[0], "union": {**found[0]["union"], "class_similarity": {"value": 0.9}}}
    assert said_order(found).startswith("The kinds of graph do not put the layers into one order of NNCS")
    assert said_order(found[:2]) == ""


def test_too_few_layers(tmp_path):
    with pytest.raises(
        BadInput, match="the pattern chooses 1 layers; expected two or more, to compare each with the next"
    ):
        small(layers=("pool",)).run(tmp_path / "study")


def test_another_study_in_the_folder(done):
    with pytest.raises(Mismatch, match="holds a study"):
        small(seed=1).run(done[1])
