"""The study of random labels, small: what it trains, what it looks at, what is refused, the same bytes after an interruption."""

import numpy as np
import pytest

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.core.files import read_json
from repscope.studies import STUDIES
from repscope.studies._random_labels_words import share_true_by_luck

SMALL = {
    "data_settings": {"classes": "ABC", "per_class": 16}, "seeds": 2, "held": ["none", "all"], "layers": ["input", "stage1.0", "pool"], "network_settings": {"blocks": [1, 1, 1]},
    "samples": 30, "recipe": {"epochs": 2, "batch": 12}, "inverted": 2, "inversion_layers": ["stage1.0"], "inversion_steps": 3,
    "concepts": "scenes", "concept_settings": {"per_class": 2},
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels") / "a"
    return STUDIES["random_labels"].with_settings(SMALL).run(folder), folder


def test_true_and_random_labels_with_and_without(done):
    result, folder = done
    rows = result.table("accuracies").rows
    assert [row[:2] for row in rows] == [("none", "true"), ("none", "random"), ("all", "true"), ("all", "random")]
    assert all(row[2] == row[4] for row in rows if row[1] == "true")
    recipes = {path.stem: read_json(path)["recipe"] for path in (folder / "networks").glob("*.json")}
    assert len(recipes) == 8
    assert recipes["none-random-0"]["label_noise"] == 1
    assert recipes["none-true-0"]["label_noise"] == 0
    assert (recipes["none-true-1"]["weight_decay"], recipes["all-true-1"]["weight_decay"]) == (0, 5e-4)


def test_layers_of_both_are_looked_at(done):
    result, _ = done
    names = [figure.name for figure in result.figures]
    assert names == ["accuracy", "true_classes", "taught_classes", "dimension", "between", "inverted", "dissected"]
    assert result.figure("true_classes").table.partitions == (
        "true labels, none", "random labels, none", "true labels, all", "random labels, all",
    )  # fmt: skip
    assert result.figure("taught_classes").table.partitions == ("random labels, none", "random labels, all")
    assert result.figure("between").table.layers[0] == "input"
    assert result.figure("between").table.curve("random labels, none")[0].value == 1  # the images are the same
    assert result.figure("inverted").table.partitions == ("true labels", "random labels")
    words = " ".join(result.sentences)
    assert "of the random labels" in words.lower()
    assert "Held back by none, networks give" in words
    assert "with all" in words


def test_luck_is_counted():
    data = load_data("glyphs", classes="ABCDE", per_class=100)
    assert share_true_by_luck(data, "wrong", 0) == 0
    assert share_true_by_luck(data, "random", 0) == pytest.approx(0.2, abs=0.06)


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    for name in ("result.json", "steps/layers-all-1.json", "steps/images-inverted.json"):
        (folder / name).unlink()
    for path in (folder / "networks").glob("all-random-1*"):
        path.unlink()
    STUDIES["random_labels"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": "other"}, "there are no labels 'other'; known: 'random', 'wrong', 'shuffled'"),
        ({"held": ["early stopping"]}, "there is nothing 'early stopping' that holds back"),
        ({"held": []}, "expected one or more of none, weight decay"),
        ({"inverted": -1}, "inverted = -1"),
        ({"recipe": {"label_noise": 0.5}}, "the common recipe has label_noise, which the study chooses"),
    ],
)
def test_what_is_refused(settings, message, tmp_path):
    with pytest.raises(BadInput, match=message):
        STUDIES["random_labels"].with_settings({**SMALL, **settings}).run(tmp_path / "x")


def test_dropout_is_a_layer_that_training_alone_has():
    plain, held = (load_network("repscope:resnet20", weights="random", **more) for more in ({}, {"dropout": 0.5}))
    assert [name for name, _ in held.module.named_children()] == [
        "neck", "stage1", "stage2", "stage3", "pool", "dropout", "classifier",
    ]  # fmt: skip
    assert held.parameters == plain.parameters
    images = plain.preprocess(load_data("digits").balanced(3).batch(range(3)))
    np.testing.assert_array_equal(plain.module(images).detach(), held.module(images).detach())
    with pytest.raises(BadInput, match=r"was given dropout=1; expected a number from 0 to 0.99"):
        load_network("repscope:resnet20", weights="random", dropout=1)
