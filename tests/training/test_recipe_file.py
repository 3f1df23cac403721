"""Recipes as YAML: those that come with repscope, a user's own, and what is none."""

from pathlib import Path

import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.training import Augmentation, Recipe, load_recipe, recipe_names


@pytest.mark.parametrize(
    ("name", "epochs", "rate", "batch", "augment"),
    [
        ("cifar10", 100, 0.01, 128, None),
        ("cifar10-attention", 100, 0.1, 128, Augmentation.only("all")),
        ("imagenet64-50", 100, 0.01, 128, Augmentation.only("all")),
        ("imagenet64", 40, 0.01, 256, Augmentation.only("all")),
    ],
)
def test_the_recipes_of_the_thesis(
    name: str, epochs: int, rate: float, batch: int, augment: Augmentation | None
) -> None:
    recipe = load_recipe(name)
    assert (recipe.epochs, recipe.learning_rate, recipe.batch, recipe.augment) == (epochs, rate, batch, augment)
    assert recipe.warm_up * recipe.epochs == pytest.approx(10)
    assert recipe.rate_at(1.0) == pytest.approx(0.01 * rate)
    assert recipe.momentum == 0.9


def test_these_are_all_of_them() -> None:
    assert recipe_names() == ["cifar10", "cifar10-attention", "imagenet64", "imagenet64-50"]


def test_what_is_given_wins() -> None:
    assert load_recipe("imagenet64", epochs=2, augment=None) == Recipe(
        epochs=2, learning_rate=0.01, warm_up=0.25, batch=256
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("learning-rate: 1e-3\nweight_decay: 0\n", Recipe(learning_rate=1e-3, weight_decay=0.0)),
        ("nesterov: false\nloss: centre\nepochs: 3", Recipe(nesterov=False, loss="centre", epochs=3)),
        ("augment: [translate, blur]", Recipe(augment=Augmentation.only("translate", "blur"))),
        ("augment: none", Recipe()),
        ("augment: {flip: 1, blur: 0.5}", Recipe(augment=Augmentation(0, 0, 1, 0, 0, 0, 0, 0, 0, 0.5))),
        ("label_noise: 1\nnoise: wrong", Recipe(label_noise=1.0, noise="wrong")),
    ],
)
def test_a_file_of_ones_own(tmp_path: Path, text: str, expected: Recipe) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    assert load_recipe(tmp_path / "mine.yaml") == expected


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("learing_rate: 1", NotFound, "mine.yaml has the unknown name 'learing_rate'; nearest of .*: 'learning_rate'"),
        ("- 1", BadInput, "mine.yaml holds a list; expected names and values, such as 'epochs: 100'"),
        ("", BadInput, "mine.yaml holds a NoneType; expected names and values"),
        ("a: [", BadInput, "mine.yaml is not YAML: "),
        ("epochs: ten", BadInput, "the recipe mine.yaml: epochs is 'ten'; expected a whole number"),
        ("epochs: true", BadInput, "the recipe mine.yaml: epochs is True; expected a whole number"),
        ("epochs: 2.5", BadInput, "the recipe mine.yaml: epochs is 2.5; expected a whole number"),
        ("learning_rate: fast", BadInput, "learning_rate is 'fast'; expected a number"),
        ("nesterov: 1", BadInput, "nesterov is 1; expected true or false"),
        ("precision: 16", BadInput, "precision is 16; expected a word"),
        ("epochs: 0", BadInput, "the recipe mine.yaml: a recipe with epochs=0 cannot be used"),
        ("augment: 3", BadInput, "augment is 3; expected all, a list of names, or amounts"),
        ("augment: {blurr: 3}", NotFound, "augment has the unknown name 'blurr'; nearest of 10: 'blur'"),
        ("augment: {blur: much}", BadInput, "augment has blur: 'much'; expected a number"),
        ("augment: [blurr]", NotFound, "there is no augmentation 'blurr'"),
    ],
)
def test_files_that_are_no_recipe(tmp_path: Path, text: str, error: type[Exception], complaint: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(error, match=complaint):
        load_recipe(tmp_path / "mine.yaml")


def test_names_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no recipe 'cifar'; known: 'cifar10', .*; or give a file, NAME.yaml"):
        load_recipe("cifar")
    with pytest.raises(NotFound, match=r"there is no recipe file '.*none.yaml'; recipes that need no file: cifar10, "):
        load_recipe(tmp_path / "none.yaml")
