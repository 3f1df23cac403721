"""Choosing features: recorded once, judged without leaking, tried on images held back; pipelines come back from their files."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from repscope import load_data, load_network, record
from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.data import DataSet
from repscope.transfer import (
    CLASSIFIERS,
    Choice,
    Classifier,
    FeaturePipeline,
    Opening,
    described,
    postprocessing,
    select_features,
)
from repscope.transfer._judge import left_out, of_each
from repscope.transfer._select import halves

NETWORK = "repscope:resnet20-glyphs"


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


@pytest.fixture(scope="module")
def found(digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("select")
    told = []
    selection = select_features(
        {"letters": load_network(NETWORK)},
        digits,
        folder,
        layers=["input", "stage2.2", "pool"],
        samples=150,
        steps=("none", "l2, whiten:20, l2"),
        say=told.append,
    )
    return selection, folder, told


@pytest.fixture(scope="module")
def classifying(digits, tmp_path_factory):
    """A pipeline that whitens and classifies, the images that it was fitted on, and others."""
    network, fit = load_network(NETWORK), digits.partition("train").balanced(150)
    vectors = described(record(network, fit, ["pool"], tmp_path_factory.mktemp("fit")), "pool", "flat")
    steps = postprocessing("l2, whiten:20, l2")
    model = CLASSIFIERS["logistic"].estimator().fit(steps.fit_transform(vectors), fit.labels)
    choice = Choice("letters", "pool", "flat", "l2, whiten:20, l2", "logistic")
    return FeaturePipeline.of(network, choice, steps, model, digits.class_names), model


def test_pipelines_classify(classifying, digits):
    pipeline, model = classifying
    held = digits.partition("validation").balanced(100)
    vectors = pipeline.embed(held).vectors
    classes, names = pipeline.classify(vectors)
    assert names == digits.class_names
    np.testing.assert_array_equal(classes, model.predict(vectors))
    assert (classes == held.labels).mean() > 0.6


def test_every_choice_is_there_best_first(found):
    selection, _, _ = found
    # the image and the pooled layer flat, maps in two ways; two lines of post-processing; two classifiers
    assert len(selection.ranked) == (1 + 2 + 1) * 2 * 2
    values = [line.score.value for line in selection.ranked]
    assert values == sorted(values, reverse=True)
    assert selection.ranked[0].behind.value == 0
    assert selection.ranked[0].as_good
    assert not selection.ranked[-1].as_good
    assert {line.choice.descriptor for line in selection.ranked if line.choice.layer == "input"} == {"flat"}
    assert {line.dimension for line in selection.ranked if "whiten" in line.choice.postprocessing} == {20}
    assert selection.frame().shape == (16, 14)


def test_what_is_expected_is_measured_on_images_held_back(found, digits):
    selection, folder, _ = found
    assert (selection.chosen_by, selection.held_back) == (150, 150)
    assert selection.expected.details["n"] == 150
    assert (folder / "letters" / "choose" / "manifest.json").exists()


def test_it_is_said_in_words(found):
    selection, _, _ = found
    words = selection.sentences()
    assert words[0].startswith(f"Take {selection.ranked[0].choice.layer} of letters, ")
    assert "on 150 images that it was not chosen by" in words[0]
    assert words[1].startswith("Of 16 choices ")
    assert "points behind" in words[2]


def test_a_second_call_reads_what_the_first_kept(found, digits):
    selection, folder, told = found
    assert sum(line.startswith("judging") for line in told) == 4
    again: list[str] = []
    second = select_features(
        {"letters": load_network(NETWORK)},
        digits,
        folder,
        layers=["input", "stage2.2", "pool"],
        samples=150,
        steps=("none", "l2, whiten:20, l2"),
        say=again.append,
    )
    assert not any(line.startswith("judging") for line in again)
    assert second.rows() == selection.rows()


def test_retrieval_may_be_chosen_for(digits, tmp_path):
    selection = select_features(
        {"letters": load_network(NETWORK)},
        digits,
        tmp_path,
        layers=["pool"],
        samples=150,
        steps=("l2",),
        uses=("retrieval",),
    )
    assert selection.expected.measure == "mAP"
    assert "mean average precision" in selection.sentences()[0]
    assert selection.best.weight is None
    with pytest.raises(BadInput, match="the features are for retrieval, without a linear classifier"):
        selection.best.classify(np.zeros((1, 64)))


def test_nothing_is_fitted_on_what_is_judged():
    # features that are noise: whatever is learned from the judged images themselves would show
    random = np.random.default_rng(0)
    x, labels = random.normal(size=(240, 200)), np.arange(240) % 2
    for steps in ("none", "whiten"):
        for use, values in left_out(x, labels, steps, tuple(CLASSIFIERS)):
            assert 0.38 < values.mean() < 0.62, (steps, use)


@pytest.mark.parametrize("name", list(CLASSIFIERS))
def test_classifiers_tell_apart_what_is_apart(name):
    assert isinstance(CLASSIFIERS[name], Classifier)
    assert CLASSIFIERS[name].title
    assert CLASSIFIERS[name].summary.endswith(".")
    random = np.random.default_rng(0)
    for classes in (2, 3):
        labels = np.arange(90) % classes + 4
        x = random.normal(size=(90, 5)) + 6 * np.eye(5)[labels - 4]
        values, _ = of_each(name, x[:60], labels[:60], x[60:], labels[60:])
        assert values.mean() > 0.95


def test_weights_are_those_of_the_features_as_they_came():
    random = np.random.default_rng(0)
    labels = np.arange(120) % 3
    x = 100 + 7 * (random.normal(size=(120, 4)) + np.eye(4)[labels])
    model = CLASSIFIERS["logistic"].estimator().fit(x, labels)
    scale = np.sqrt(x.var(axis=0).mean())
    expected = LogisticRegression(C=1.0, max_iter=10_000).fit((x - x.mean(axis=0)) / scale, labels)
    np.testing.assert_allclose(model.coef_, expected.coef_ / scale, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(x), expected.predict((x - x.mean(axis=0)) / scale))


def test_nearest_means_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    for classes in (2, 5):
        labels, x = np.arange(150) % classes, 3 + random.normal(size=(150, 4))
        ours = CLASSIFIERS["nearest_mean"].estimator().fit(x, labels)
        np.testing.assert_array_equal(ours.predict(x), NearestCentroid().fit(x, labels).predict(x))


@pytest.mark.parametrize("name", ["average", "maximum", "spoc", "gem", "rmac"])
def test_pipelines_describe_as_recordings_do(name, digits, tmp_path):
    network, few = load_network(NETWORK), digits.balanced(30)
    recording = record(network, few, ["stage2.2"], tmp_path / "r")
    vectors = described(recording, "stage2.2", name)
    assert vectors.shape == (30, 32)
    steps = postprocessing("power, l2, pca:5, whiten:4, l2").fit(vectors)
    made = FeaturePipeline.of(
        network, Choice("letters", "stage2.2", name, "power, l2, pca:5, whiten:4, l2", "retrieval"), steps
    )
    np.testing.assert_allclose(made.embed(few).vectors, steps.transform(vectors), atol=2e-5)


def test_files_come_back(classifying, digits, tmp_path):
    pipeline, _ = classifying
    few = digits.balanced(20)
    path = pipeline.opened_by(Opening(NETWORK, None, {})).save(tmp_path / "best.safetensors")
    for back in (FeaturePipeline.load(path), FeaturePipeline.load(path, load_network(NETWORK))):
        one, other = back.embed(few), pipeline.embed(few)
        np.testing.assert_array_equal(one.vectors, other.vectors)
        assert one.space == other.space
        assert back.choice == pipeline.choice
        assert back.class_names == pipeline.class_names
        np.testing.assert_array_equal(back.classify(one.vectors)[0], pipeline.classify(one.vectors)[0])


def test_files_that_do_not_fit(classifying, tmp_path):
    pipeline, _ = classifying
    with pytest.raises(BadInput, match=r"expected a name that ends in .safetensors"):
        pipeline.save(tmp_path / "best.npy")
    path = pipeline.save(tmp_path / "best.safetensors")
    with pytest.raises(BadInput, match="does not say where its network came from; give the network"):
        FeaturePipeline.load(path)
    with pytest.raises(Mismatch, match="has other weights; give the network that it was fitted on"):
        FeaturePipeline.load(path, load_network("repscope:resnet20-glyphs-augmented"))
    with pytest.raises(NotFound, match="there is no file"):
        FeaturePipeline.load(tmp_path / "none.safetensors")
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match="does not agree with its checksum"):
        FeaturePipeline.load(path, load_network(NETWORK))


def test_other_tensors_are_no_features(tmp_path):
    import torch

    from repscope.core.files import write_tensors

    write_tensors(tmp_path / "x.safetensors", {"a": torch.zeros(2)}, {"format": "another"})
    with pytest.raises(Damaged, match=r"is no file of features .'another'."):
        FeaturePipeline.load(tmp_path / "x.safetensors")


def test_layers_that_are_not_there_or_have_no_positions(digits, tmp_path):
    network = load_network(NETWORK)
    steps = postprocessing("l2").fit(np.zeros((2, 64)))
    with pytest.raises(NotFound, match="has no layer 'stage9'; nearest"):
        FeaturePipeline.of(network, Choice("x", "stage9", "flat", "l2", "retrieval"), steps).embed(digits.balanced(3))
    with pytest.raises(BadInput, match=r"'pool' has the shape .* and no positions, so 'gem' does not apply"):
        FeaturePipeline.of(network, Choice("x", "pool", "gem", "l2", "retrieval"), steps).embed(digits.balanced(3))


def test_halves_of_data_without_partitions(digits):
    plain = replace(digits, partitions={})
    parts = halves(plain, 3)
    assert not set(parts["choose"].ids) & set(parts["held"].ids)
    assert len(parts["choose"]) + len(parts["held"]) == len(digits)
    assert np.abs(np.bincount(parts["choose"].labels) - np.bincount(parts["held"].labels)).max() <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"networks": {}}, "no networks came"),
        ({"unlabelled": True}, "has no labels, so what is good cannot be told"),
        ({"uses": ("logistic", "retrieval")}, "expected classifiers, or retrieval alone"),
        ({"uses": ()}, "no use was given"),
        ({"descriptors": ()}, "no descriptor was given"),
        ({"steps": ("l3",)}, "has a step 'l3'"),
        ({"samples": 20}, "a class has 2 images; expected 3 or more of each"),
        ({"samples": 50, "steps": ("whiten:60",)}, "components = 60 and .* samples"),
    ],
)
def test_what_cannot_be_chosen(change, message, digits, tmp_path):
    data = replace(digits, labels=None, class_names=()) if change.pop("unlabelled", False) else digits
    given = {"networks": {"a": load_network(NETWORK)}, "layers": ["pool"], "samples": 60, **change}
    with pytest.raises(BadInput, match=message):
        select_features(given.pop("networks"), data, tmp_path, **given)


def test_one_image_of_each_class_cannot_be_halved():
    data = DataSet("two", np.zeros((2, 8, 8, 3), np.uint8), ("a", "b"), np.array([0, 1]), ("x", "y"))
    with pytest.raises(BadInput, match="every class of 'two' has one image"):
        halves(data, 0)


def test_images_of_one_class_choose_nothing(digits, tmp_path):
    alone = digits.subset(np.flatnonzero(digits.labels == digits.labels[0])[:12])
    with pytest.raises(BadInput, match="of one class, which any layer tells right"):
        select_features({"n": load_network("repscope:resnet20-digits")}, alone, tmp_path, layers=["pool"])
