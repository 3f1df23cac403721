"""Training by addresses: the recipe that options make, and the command that is written down."""

from pathlib import Path
from typing import Any

import pytest

from repscope.core.errors import BadInput
from repscope.training import Augmentation, Recipe, load_recipe
from repscope.training._command import by_name

LETTERS = {"classes": "AB", "per_class": 4}
PLAIN = "--epochs 10 --learning-rate 0.04 --batch 128 --loss softmax --precision float32 --seed 0"


@pytest.mark.parametrize(
    ("options", "recipe", "words"),
    [
        ({}, Recipe(), PLAIN),
        ({"epochs": None, "augment": True}, Recipe(augment=Augmentation()), f"{PLAIN} --augment"),
        (
            {"augmentation": ["flip", "blur"]},
            Recipe(augment=Augmentation.only("flip", "blur")),
            f"{PLAIN} --augmentation flip --augmentation blur",
        ),
        (
            {"recipe": "cifar10-attention", "epochs": 2},
            load_recipe("cifar10-attention", epochs=2),
            "--epochs 2 --learning-rate 0.1 --batch 128 --loss softmax --precision float32 --seed 0 --recipe cifar10-attention",
        ),
        (
            {"recipe": "cifar10-attention", "augmentation": ["none"], "compile": True, "nesterov": False},
            load_recipe("cifar10-attention", augment=None, compile=True, nesterov=False),
            "--epochs 100 --learning-rate 0.1 --batch 128 --loss softmax --precision float32 --seed 0 --no-nesterov --compile "
            "--recipe cifar10-attention --augmentation none",
        ),
        (
            {"label_noise": 0.5, "noise": "wrong", "warm_up": 0.1, "checkpoints": [1, 5]},
            Recipe(label_noise=0.5, noise="wrong", warm_up=0.1),
            f"{PLAIN} --warm-up 0.1 --label-noise 0.5 --noise wrong --checkpoints 1,5",
        ),
    ],
)
def test_options_make_a_recipe_and_the_command_says_them(options: dict[str, Any], recipe: Recipe, words: str) -> None:
    named = by_name("repscope:inception_v1", "glyphs", data_settings=LETTERS, **options)
    assert named.recipe == recipe
    said = " ".join(named.words).replace(' --data-set classes="AB" --data-set per_class=4', "")
    assert said == f"repscope train repscope:inception_v1 glyphs {words}"


def test_the_network_has_as_many_outputs_as_there_are_classes() -> None:
    named = by_name("repscope:inception_v1", "glyphs", data_settings=LETTERS)
    assert named.network.settings["classes"] == 2


def test_two_ways_to_say_which_augmentations(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"augment \(--augment\) and augmentation=\['flip'\] were given; expected one"):
        by_name("repscope:inception_v1", "glyphs", augment=True, augmentation=["flip"])
