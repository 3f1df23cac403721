"""analyze with scales: scores of pooled layers, pairs within a scale and from unpooled to pooled, asked for by scale."""

import numpy as np
import pytest

from repscope import (
    analyze,
    class_similarity,
    intrinsic_dimension,
    layer_similarity,
    load_data,
    load_network,
    neighbor_graph,
)
from repscope.core.errors import BadInput

LAYERS = ["input", "stage3.2", "pool"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    network, data = load_network("repscope:resnet20-digits"), load_data("digits")
    return analyze(
        network, data, LAYERS, tmp_path_factory.mktemp("run") / "run", samples=120, scales=(1, 2, 8, "global")
    )


def graphs(run, scale, pooling):
    recording = run.recording("train")
    names = [recording.at_scale(layer, scale, pooling).name for layer in LAYERS]
    return [neighbor_graph(recording.activations(name), run.k("train")) for name in names]


@pytest.mark.parametrize(("scale", "pooling"), [(1, None), (2, "average"), (8, "max"), ("global", "average")])
def test_scores_are_those_of_the_pooled_layers(run, scale, pooling):
    here, plain = graphs(run, scale, pooling), graphs(run, 1, None)
    labels = run.recording("train").labels
    at = {"scale": scale, "pooling": pooling}
    curve = run.scores("class_similarity", "train", **at).curve()
    assert [s.value for s in curve] == [class_similarity(g, labels).value for g in here]
    curve = run.scores("intrinsic_dimension", "train", **at).curve()
    assert [s.value for s in curve] == pytest.approx([intrinsic_dimension(g).value for g in here], nan_ok=True)
    within = run.scores("layer_similarity", "train", **at).matrix()
    assert within.tolist() == [[layer_similarity(a, b).value for b in here] for a in here]
    between = run.scores("layer_similarity", "train", **at, unpooled_rows=True).matrix()
    assert between.tolist() == [[layer_similarity(a, b).value for b in here] for a in plain]
    assert run.graph("stage3.2", "train", **at).indices.tolist() == here[1].indices.tolist()


def test_a_layer_without_extent_is_the_same_at_every_scale(run):
    values = {run.scores("class_similarity", "train", scale=s).curve()[2].value for s in run.scales}
    assert len(values) == 1


def test_the_table_holds_the_layers_as_they_are(run):
    assert run.table.layers == tuple(LAYERS)
    assert run.layers == tuple(LAYERS)
    assert run.scores("layer_similarity", "train").matrix().shape == (3, 3)
    assert run.table.select("layer_similarity", "train").matrix().shape == (3, 3)


def test_frames_say_the_scale(run):
    frame = run.scores("class_similarity", scale=2, pooling="max").frame()
    assert set(frame["scale"]) == {2}
    assert set(frame["pooling"]) == {"max"}
    assert list(frame["layer"].unique()) == LAYERS


def test_again_computes_nothing(run, monkeypatch):
    from repscope.measures.class_similarity import ClassSimilarity

    def refuse(self, layer):
        raise AssertionError("scores are on disk")

    monkeypatch.setattr(ClassSimilarity, "score", refuse)
    before = (run.path / "scores.json").read_bytes()
    analyze(
        load_network("repscope:resnet20-digits"), load_data("digits"), LAYERS, run.path, samples=120,
        scales=(1, 2, 8, "global"),
    )  # fmt: skip
    assert (run.path / "scores.json").read_bytes() == before


def test_a_scale_that_was_not_recorded(run):
    with pytest.raises(
        BadInput, match="has scales 1, 2, 8, global and poolings average, max; average pooling at scale 4"
    ):
        run.scores("class_similarity", scale=4)


def test_graphs_only(run, tmp_path):
    again = analyze(
        load_network("repscope:resnet20-digits"), load_data("digits"), LAYERS, tmp_path / "run", samples=120,
        scales=(1, 2, 8, "global"), disk="3MiB",
    )  # fmt: skip
    for scale, pooling in ((1, None), (2, "max"), ("global", "average")):
        for partition in run.partitions:
            ours, theirs = (r.graph("stage3.2", partition, scale=scale, pooling=pooling) for r in (run, again))
            np.testing.assert_array_equal(ours.indices, theirs.indices)
            np.testing.assert_array_equal(ours.distances, theirs.distances)


def test_the_report_is_written(run):
    assert run.report().stat().st_size > 100_000
