"""analyze() and compare(): what they leave on disk, what they take up again, what they refuse."""

import json

import numpy as np
import pytest
from torch import nn

from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.data import DataSet
from repscope.studies import Run, ScoreTable, analyze, compare
from tests.activations.small import InPlace, images, network

LAYERS = ["input", "norm", "head"]


def contents(folder):
    kept = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}


def test_a_run_holds_everything(tmp_path):
    run = analyze(network(InPlace()), images(120), LAYERS, tmp_path / "run")
    assert run.partitions == ("train", "validation")
    assert run.layers == ("input", "norm", "head")
    assert run.class_names == ("a", "b", "c", "d")
    assert run.k("train") == run.k() == 2
    assert run.title == "test:small on noise-0"
    assert run.twin is None
    assert run.graph("norm", "train").n == 60
    curve = run.scores("class_similarity", "validation").curve()
    assert len(curve) == 3
    assert all(s.interval[0] <= s.value <= s.interval[1] for s in curve)
    assert curve[0].null == pytest.approx(29 / 59)  # odd samples show two of the four classes
    matrix = run.scores("layer_similarity", "train").matrix()
    assert (matrix.diagonal() == 1).all()
    assert (matrix == matrix.T).all()
    assert Run(tmp_path / "run").table.rows[0].score.value == run.table.rows[0].score.value
    assert set(run.table.measures) >= {"intrinsic_dimension", "class_similarity", "layer_similarity"}
    frame = run.scores("class_similarity").frame()
    assert list(frame.columns)[:5] == ["partition", "layer", "other", "value", "low"]


def test_interrupted_and_repeated_it_leaves_the_same_bytes(tmp_path):
    net, data = network(InPlace()), images(120)
    analyze(net, data, LAYERS, tmp_path / "whole")
    for stage in ("recording", "graphs", "scores", "scores"):
        analyze(net, data, LAYERS, tmp_path / "steps", until=stage)
    assert contents(tmp_path / "whole") == contents(tmp_path / "steps")
    halted = analyze(net, data, LAYERS, tmp_path / "halted", until="graphs")
    with pytest.raises(Damaged, match=r"has no scores.json: the analysis was interrupted; run the same analysis again"):
        _ = halted.table


def test_another_run_is_refused(tmp_path):
    net, data = network(InPlace()), images(120)
    analyze(net, data, LAYERS, tmp_path, partitions=["train"])
    before = contents(tmp_path)
    with pytest.raises(
        Mismatch, match=r"holds a run of something else \(k.train: 2 there, 5 now; settings.k: None there, 5 now\)"
    ):
        analyze(net, data, LAYERS, tmp_path, partitions=["train"], k=5)
    with pytest.raises(Mismatch, match=r"data.digest: .* data.name: 'noise-0' there, 'noise-1' now"):
        analyze(net, images(120, seed=1, classes=3), LAYERS, tmp_path, partitions=["train"])
    assert contents(tmp_path) == before
    (tmp_path / "run.json").write_text(json.dumps({"format": "repscope.run.7"}))
    with pytest.raises(Damaged, match="is not of this version of repscope; analyse into another folder"):
        analyze(net, data, LAYERS, tmp_path, partitions=["train"])
    with pytest.raises(
        Damaged, match=r"has the format 'repscope.run.7' and this version of repscope reads 'repscope.run.1'"
    ):
        Run(tmp_path)
    with pytest.raises(Damaged, match="holds no run"):
        Run(tmp_path / "nowhere")


def test_an_untrained_twin(tmp_path):
    run = analyze(network(InPlace()), images(120), LAYERS, tmp_path, untrained_twin=True)
    assert run.twin is not None
    assert run.twin.layers == run.layers
    assert run.twin.partitions == ("validation",)
    assert run.twin.recording().ids == run.recording().ids
    assert run.twin.description["network"]["digest"] != run.description["network"]["digest"]


def test_subsets_and_partitions(tmp_path):
    data = images(120)
    run = analyze(network(InPlace()), data, "head", tmp_path / "a", samples=24, seed=3)
    assert run.recording("train").n == run.recording("validation").n == 24
    assert (
        np.bincount(run.recording("train").labels).tolist() == [12, 12] or len(set(run.recording("train").labels)) > 1
    )
    everything = analyze(network(InPlace()), data, "head", tmp_path / "b", partitions=["all"])
    assert everything.recording().n == 120
    flat = DataSet("flat", data.images, data.ids)
    unlabelled = analyze(network(InPlace()), flat, "head", tmp_path / "c")
    assert unlabelled.partitions == ("all",)
    assert "class_similarity" not in unlabelled.table.measures
    assert "intrinsic_dimension" in unlabelled.table.measures


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"partitions": []}, BadInput, "no partitions were given"),
        ({"partitions": ["tests"]}, NotFound, "has no partition 'tests'; known: 'train', 'validation', 'all'"),
        ({"k": 60}, BadInput, "k = 60 neighbours asked for among the 60 samples of 'train'; expected 1 to 59"),
        (
            {"until": "lunch"},
            BadInput,
            "an analysis cannot go on until 'lunch'; choose one of recording, graphs, scores",
        ),
        ({"measures": ["nncs"]}, NotFound, "there is no 'nncs' among the measures"),
        ({"samples": 0}, BadInput, "cannot choose 0 images from the 60"),
    ],
)
def test_bad_settings(tmp_path, settings, error, text):
    with pytest.raises(error, match=text):
        analyze(network(InPlace()), images(120), "head", tmp_path, **settings)


def test_measures_that_need_labels(tmp_path):
    flat = DataSet("flat", images().images, images().ids)
    one_class = DataSet("one", images().images, images().ids, np.zeros(40, np.int64), ("a",))
    for data in (flat, one_class):
        with pytest.raises(
            BadInput, match="'class_similarity' needs labels of at least two classes, and the data set has none"
        ):
            analyze(network(InPlace()), data, "head", tmp_path, measures=["class_similarity"])


def test_a_constant_layer_has_no_dimension_and_says_so(tmp_path):
    module = InPlace()
    nn.init.zeros_(module.head.weight)
    run = analyze(network(module), images(120), ["norm", "head"], tmp_path)
    scores = run.scores("intrinsic_dimension", "train").curve()
    assert np.isfinite(scores[0].value)
    assert np.isnan(scores[1].value)
    assert scores[1].notes[0].startswith("no value: the 60 samples are all identical")
    assert Run(tmp_path).scores("intrinsic_dimension", "train").curve()[1].notes == scores[1].notes
    assert run.graph("head", "train").ties == 60
    assert run.report().exists()


def test_identical_images_are_refused(tmp_path):
    data = images(120)
    same = DataSet("same", np.zeros((120, 8, 8, 3), np.uint8), data.ids, data.labels, data.class_names)
    with pytest.raises(BadInput, match=r"Intrinsic dimension of layer 'input': the 120 samples are all identical"):
        analyze(network(InPlace()), same, LAYERS, tmp_path)
    assert (tmp_path / "all" / "manifest.json").exists()


def test_comparison(tmp_path):
    data = images(120)
    other = InPlace()
    nn.init.normal_(other.conv.weight)
    first = analyze(network(InPlace(), "test:a"), data, LAYERS, tmp_path / "a")
    second = analyze(network(other, "test:b"), data, LAYERS, tmp_path / "b")
    both = compare(first, second)
    assert both.partitions == ("train", "validation")
    assert both.title == "test:a and test:b"
    matrix = both.table.matrix("validation")
    assert matrix.shape == (3, 3)
    assert matrix[0, 0] == 1
    assert matrix[1, 1] < 1
    with pytest.raises(
        BadInput, match="the measure 'class_similarity' is of single layers; compare needs one of pairs"
    ):
        compare(first, second, measure="class_similarity")
    with pytest.raises(BadInput, match="have no partition in common: 'a' has train, validation, 'c' has all"):
        compare(first, analyze(network(other), data, LAYERS, tmp_path / "c", partitions=["all"]))
    with pytest.raises(Mismatch, match="are not of the same samples: 60 and 20 samples"):
        compare(first, analyze(network(other), data, LAYERS, tmp_path / "d", samples=20))
    with pytest.raises(Mismatch, match="have 2 and 4 neighbours per sample; analyse both with the same k"):
        compare(first, analyze(network(other), data, LAYERS, tmp_path / "e", k=4))
    renamed = DataSet(
        "n", data.images, tuple(f"x{i}" for i in range(120)), data.labels, data.class_names, data.partitions
    )
    with pytest.raises(Mismatch, match="60 of 60 samples of the first are not in the second"):
        compare(first, analyze(network(other), renamed, LAYERS, tmp_path / "f"))


def test_a_run_names_what_it_does_not_have(tmp_path):
    run = analyze(network(InPlace()), images(120), "head", tmp_path)
    with pytest.raises(NotFound, match="has no partition 'test'; known: 'train', 'validation'"):
        run.recording("test")
    with pytest.raises(NotFound, match="has no scores of 'cka'"):
        run.scores("cka")
    with pytest.raises(BadInput, match="there are no scores of partition 'test'; known: 'train', 'validation'"):
        run.scores("class_similarity").curve("test")
    with pytest.raises(BadInput, match="a curve or a matrix is of one each"):
        run.table.curve()
    assert ScoreTable(()).layers == ()


@pytest.mark.usefixtures("unchecked")
def test_settings_that_fail_do_not_claim_the_folder(tmp_path):
    net, data = network(InPlace()), images(120)
    for wrong in ({"layers": "typoo"}, {"dtype": "float17"}, {"k": -1}, {"batch": -3}):
        with pytest.raises((BadInput, NotFound)):
            analyze(net, data, out=tmp_path, **wrong)
    run = analyze(net, data, LAYERS, tmp_path, k=np.int64(3), samples=np.int64(40))
    assert run.k() == 3


def test_a_partition_of_one_class_does_not_stop_the_others(tmp_path):
    data = images(120)
    labels = np.where(np.arange(120) % 2 == 0, np.arange(120) // 2 % 3, 0)
    mixed = DataSet("mixed", data.images, data.ids, labels, data.class_names, data.partitions)
    run = analyze(network(InPlace()), mixed, LAYERS, tmp_path)
    assert np.isfinite(run.scores("class_similarity", "train").curve()[0].value)
    assert "single class" in run.scores("class_similarity", "validation").curve()[0].notes[0]
    assert run.report().exists()


def test_scores_that_were_changed(tmp_path):
    run = analyze(network(InPlace()), images(120), LAYERS, tmp_path)
    file = tmp_path / "scores.json"
    file.write_text(file.read_text().replace('"k-NN"', '"x"').replace('"value": 1.0', '"value": 2.0'))
    with pytest.raises(Damaged, match="was changed after it was written; delete it"):
        _ = Run(tmp_path).table
    file.unlink()
    again = analyze(network(InPlace()), images(120), LAYERS, tmp_path)
    assert [r.score.value for r in again.table.rows] == pytest.approx(
        [r.score.value for r in run.table.rows], nan_ok=True
    )


def test_partitions_are_folders(tmp_path):
    data = images(120)
    with pytest.raises(BadInput, match=r"has a partition called '\.\./x'; expected letters, digits"):
        DataSet("d", data.images, data.ids, partitions={"../x": np.arange(3)})
    odd = DataSet("d", data.images, data.ids, partitions={"run.json": np.arange(60)})
    with pytest.raises(BadInput, match=r"the partition 'run.json' has the name of something else in a run folder"):
        analyze(network(InPlace()), odd, LAYERS, tmp_path)


def test_the_same_ids_of_other_images_are_not_compared(tmp_path):
    data = images(120)
    other = DataSet("other", images(120, seed=4).images, data.ids, data.labels, data.class_names, data.partitions)
    runs = [analyze(network(InPlace()), d, LAYERS, tmp_path / str(i)) for i, d in enumerate((data, other))]
    with pytest.raises(Mismatch, match="have the same ids and other images; analyse both with the same data"):
        compare(*runs)
    with pytest.raises(NotFound, match="has no partition 'val'; known: 'train', 'validation'"):
        runs[0].scores("class_similarity", "val")
