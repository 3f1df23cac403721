"""The trained networks in the package: they load, and are as good as their records say."""

from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.stats import binomtest

from repscope.core.files import read_json, read_tensors
from repscope.data import load_data
from repscope.networks import load_network
from repscope.networks import repscope as family

FOLDER = Path(family.__file__).parent / "weights"
SHIPPED = {"resnet20-digits": "digits", "resnet20-glyphs": "glyphs", "resnet20-glyphs-augmented": "glyphs"}


def record(name: str) -> Any:
    return read_json(FOLDER / f"{name}.json")


def test_these_three_ship() -> None:
    assert {path.stem for path in FOLDER.glob("*.safetensors")} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_small_float32_with_record(name: str) -> None:
    import json

    path = FOLDER / f"{name}.safetensors"
    tensors, metadata = read_tensors(path)
    assert path.stat().st_size < 1.3e6
    assert {t.dtype for t in tensors.values() if t.is_floating_point()} == {torch.float32}
    assert json.loads(metadata["training"]) == record(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_record_says_how_it_was_made(name: str) -> None:
    made = record(name)
    augment = " --augment" if name.endswith("augmented") else ""
    assert made["command"] == (
        f"repscope train repscope:resnet20 {SHIPPED[name]} --epochs {made['recipe']['epochs']} --learning-rate 0.04 "
        f"--seed 0{augment} --out {name}.safetensors"
    )
    assert (made["recipe"]["augment"] is not None) == bool(augment)
    assert len(made["history"]) == made["recipe"]["epochs"]
    # measured with the weights in another memory format, which rounds differently
    assert made["history"][-1]["validation_accuracy"] == pytest.approx(made["accuracies"]["validation"], abs=2e-3)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_data_are_still_those_it_was_trained_on(name: str) -> None:
    assert load_data(SHIPPED[name]).describe() == record(name)["data"]


@pytest.mark.parametrize("name", SHIPPED)
def test_it_reaches_its_recorded_validation_accuracy(name: str) -> None:
    network = load_network(f"repscope:{name}")
    data = load_data(SHIPPED[name]).partition("validation")
    some = data.balanced(500, seed=1) if len(data) > 500 else data
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


def test_digits_are_learnt() -> None:
    assert record("resnet20-digits")["accuracies"]["validation"] >= 0.98


def test_the_plain_network_overfits_and_the_augmented_one_less() -> None:
    def gap(name: str) -> float:
        found = record(name)["accuracies"]
        return float(found["train"] - found["validation"])

    assert gap("resnet20-glyphs") > 0.04
    assert gap("resnet20-glyphs-augmented") < gap("resnet20-glyphs") / 2
