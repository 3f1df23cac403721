"""The trained networks in the package: they load, and are as good as their records say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from repscope.core.files import read_json, read_tensors
from repscope.data import DataSet, load_data
from repscope.networks import load_network
from repscope.networks import repscope as family
from repscope.networks._zoo import ZOO

FOLDER = Path(family.__file__).parent / "weights"
RESNETS = {"resnet20-digits": "digits", "resnet20-glyphs": "glyphs", "resnet20-glyphs-augmented": "glyphs"}
SHIPPED = {
    **RESNETS,
    **{f"{name}-digits": "digits" for name in ZOO},
}


def record(name: str) -> Any:
    return read_json(FOLDER / f"{name}.json")


def images(name: str) -> DataSet:
    return load_data(SHIPPED[name], **record(name)["data"]["settings"])


def test_these_ship_and_are_small() -> None:
    files = {path.stem: path.stat().st_size for path in FOLDER.glob("*.safetensors")}
    assert set(files) == set(SHIPPED)
    assert sum(size for name, size in files.items() if name not in RESNETS) < 15e6
    assert max(files.values()) < 1.3e6


@pytest.mark.parametrize("name", SHIPPED)
def test_float32_with_record(name: str) -> None:
    tensors, metadata = read_tensors(FOLDER / f"{name}.safetensors")
    assert {t.dtype for t in tensors.values() if t.is_floating_point()} == {torch.float32}
    assert json.loads(metadata["training"]) == record(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_record_says_how_it_was_made(name: str) -> None:
    made = record(name)
    words = made["command"].split()
    assert words[:4] == ["repscope", "train", f"repscope:{name.partition('-')[0]}", SHIPPED[name]]
    assert words[-2:] == ["--out", f"{name}.safetensors"]
    assert int(words[words.index("--epochs") + 1]) == made["recipe"]["epochs"]
    assert ("--augment" in words) == (made["recipe"]["augment"] is not None) == name.endswith("augmented")
    assert len(made["history"]) == made["recipe"]["epochs"]
    # measured with the weights in another memory format, which rounds differently
    assert made["history"][-1]["validation_accuracy"] == pytest.approx(made["accuracies"]["validation"], abs=3e-3)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_data_are_still_those_it_was_trained_on(name: str) -> None:
    assert images(name).describe() == record(name)["data"]


@pytest.mark.parametrize("name", SHIPPED)
def test_it_reaches_its_recorded_validation_accuracy(name: str) -> None:
    network = load_network(f"repscope:{name}")
    data = images(name).partition("validation")
    some = data.subset(np.random.default_rng(1).permutation(len(data))[:300])
    assert some.labels is not None
    assert network.class_names == some.class_names
    with torch.inference_mode():
        guesses = torch.cat(
            [
                network.module(network.preprocess([some.image(i) for i in range(start, min(start + 100, len(some)))]))
                for start in range(0, len(some), 100)
            ]
        ).argmax(1)
    right = int((guesses.numpy() == some.labels).sum())
    assert binomtest(right, len(some), record(name)["accuracies"]["validation"]).pvalue > 0.001


@pytest.mark.parametrize("name", [name for name, data in SHIPPED.items() if data == "digits"])
def test_digits_are_learnt(name: str) -> None:
    assert record(name)["accuracies"]["validation"] >= 0.95


def test_the_plain_network_overfits_and_the_augmented_one_less() -> None:
    def gap(name: str) -> float:
        found = record(name)["accuracies"]
        return float(found["train"] - found["validation"])

    assert gap("resnet20-glyphs") > 0.04
    assert gap("resnet20-glyphs-augmented") < gap("resnet20-glyphs") / 2
