"""Parts that are frozen or copied: nothing of them changes, everything else does; what is refused."""

import pytest
import torch

from repscope.core.errors import BadInput, NotFound
from repscope.data import load_data
from repscope.networks import load_network
from repscope.networks._weights import read_weights
from repscope.training import Recipe, train, train_by_name
from repscope.training._parts import named_parts, transplanted
from tests.cli.test_commands import run

SMALL = {"epochs": 1, "batch": 20}


@pytest.fixture(scope="module")
def letters():
    return load_data("glyphs", classes="AB", per_class=20)


def same(first, second, prefix):
    names = [name for name in first if name.startswith(prefix)]
    assert names
    return [bool(torch.equal(first[name], second[name])) for name in names]


def test_frozen_modules_stay_as_they_are(letters):
    network = load_network("repscope:resnet20", classes=2, weights="random")
    before = {name: tensor.clone() for name, tensor in network.module.state_dict().items()}
    after = train(network, letters, Recipe(**SMALL, frozen="neck, stage1*")).network.module
    state = after.state_dict()
    assert all(same(before, state, "neck."))
    assert all(same(before, state, "stage1."))  # running statistics too
    assert not any(same(before, state, "stage2.0.convolution1"))
    assert not any(same(before, state, "stage2.0.norm1.running_mean"))
    assert all(parameter.requires_grad for parameter in after.parameters())
    assert all(parameter.requires_grad for parameter in network.module.parameters())


def test_nothing_frozen_is_the_training_that_it_was(letters):
    network = load_network("repscope:resnet20", classes=2, weights="random")
    first, second = (
        train(network, letters, recipe).network.digest for recipe in (Recipe(**SMALL), Recipe(**SMALL, frozen=""))
    )
    assert first == second


def test_copied_modules_come_from_the_file_and_others_do_not(letters, tmp_path):
    base = train_by_name(
        "repscope:resnet20",
        "glyphs",
        tmp_path / "a.safetensors",
        data_settings={"classes": "ABC", "per_class": 10},
        **SMALL,
    )
    given = read_weights(tmp_path / "a.safetensors").tensors
    random = load_network("repscope:resnet20", classes=2, weights="random", seed=3)
    made = transplanted(random, tmp_path / "a.safetensors", "neck,stage1")
    state = made.module.state_dict()
    assert all(same(state, given, "neck."))
    assert all(same(state, given, "stage1."))
    assert all(same(state, random.module.state_dict(), "stage2."))
    assert all(same(state, random.module.state_dict(), "classifier."))
    assert made.settings["copied"]["modules"] == ["neck", "stage1"]
    assert base.network.digest != made.digest
    assert made.module is not random.module


def test_the_command_copies_and_freezes(capsys, tmp_path):
    words = ("--epochs", "1", "--batch", "10", "--data-set", "per_class=10")
    assert (
        run(
            capsys,
            "train",
            "repscope:resnet20",
            "glyphs",
            "--out",
            tmp_path / "a.safetensors",
            "--data-set",
            "classes=ABC",
            *words,
        )[0]
        == 0
    )
    code, _, err = run(
        capsys, "train", "repscope:resnet20", "glyphs", "--out", tmp_path / "b.safetensors", "--data-set", "classes=DE", *words,
        "--weights", tmp_path / "a.safetensors", "--copied", "neck,stage1,stage2", "--frozen", "neck,stage1,stage2",
    )  # fmt: skip
    assert code == 0, err
    first, second = (read_weights(tmp_path / f"{name}.safetensors") for name in "ab")
    for part in ("neck.", "stage1.", "stage2."):
        assert all(same(second.tensors, first.tensors, part))
    assert not all(same(second.tensors, first.tensors, "stage3."))
    assert "--frozen neck,stage1,stage2" in second.record["command"]
    assert "--copied neck,stage1,stage2" in second.record["command"]
    assert second.tensors["classifier.weight"].shape[0] == 2


def test_names_of_parts():
    module = load_network("repscope:resnet20", weights="random").module
    assert named_parts(module, "stage1, stage1.0, pool") == ["stage1", "pool"]
    assert named_parts(module, " ") == []
    with pytest.raises(NotFound, match="no module is called 'stage9'; nearest"):
        named_parts(module, "neck,stage9")


def test_what_is_refused(letters, tmp_path):
    network = load_network("repscope:resnet20", classes=2, weights="random")
    with pytest.raises(BadInput, match="leaves nothing to train; leave out a module that has weights"):
        train(network, letters, Recipe(**SMALL, frozen="*"))
    with pytest.raises(BadInput, match="copied = 'neck' came without a file to copy from"):
        train_by_name("repscope:resnet20", "glyphs", tmp_path / "x.safetensors", copied="neck", **SMALL)
    train_by_name(
        "repscope:resnet20",
        "glyphs",
        tmp_path / "a.safetensors",
        data_settings={"classes": "ABC", "per_class": 10},
        **SMALL,
    )
    with pytest.raises(
        BadInput, match=r"has one of shape \(3, 64\) 'classifier.weight', and .* expects \(2, 64\): copy other modules"
    ):
        transplanted(network, tmp_path / "a.safetensors", "classifier")
    with pytest.raises(BadInput, match="has no tensor 'stem"):
        transplanted(load_network("repscope:mobilenet_v2", weights="random"), tmp_path / "a.safetensors", "*")
