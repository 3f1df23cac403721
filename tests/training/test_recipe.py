"""The recipe: its schedule, and what it refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repscope.core.errors import BadInput
from repscope.training import Augmentation, Recipe


@given(st.floats(0, 0.99), st.floats(0, 1), st.floats(1e-4, 10))
def test_the_learning_rate_rises_then_falls(warm_up: float, last: float, highest: float) -> None:
    recipe = Recipe(learning_rate=highest, warm_up=warm_up, last_rate=last)
    rates = [recipe.rate_at(step / 200) for step in range(201)]
    turn = next(i for i in range(201) if i / 200 >= warm_up)
    assert rates[:turn] == sorted(rates[:turn])
    assert rates[turn:] == sorted(rates[turn:], reverse=True)
    assert max(rates) <= highest * (1 + 1e-12)
    assert recipe.rate_at(warm_up) == pytest.approx(highest)
    assert recipe.rate_at(1.0) == pytest.approx(highest * last)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"epochs": 0}, "epochs=0 cannot be used; expected a whole number of at least 1"),
        ({"learning_rate": 0}, "learning_rate=0 cannot be used; expected a number above 0"),
        (
            {"learning_rate": 1e45},
            r"learning_rate=1e\+45 cannot be used; expected a number above 0 that float32 can hold",
        ),
        ({"learning_rate": float("nan")}, "learning_rate=nan cannot be used"),
        ({"warm_up": 1.0}, "warm_up=1.0 cannot be used; expected a share from 0 to below 1"),
        ({"last_rate": 2.0}, "last_rate=2.0 cannot be used"),
        ({"batch": 1}, "batch=1 cannot be used; expected a whole number of at least 2"),
        ({"momentum": 1.0}, "momentum=1.0 cannot be used"),
        ({"weight_decay": -1.0}, "weight_decay=-1.0 cannot be used"),
        ({"seed": -1}, "seed=-1 cannot be used"),
        ({"label_noise": 1.5}, "label_noise=1.5 cannot be used; expected a share from 0 to 1"),
        ({"noise": "some"}, "noise='some' cannot be used; expected 'random' or 'wrong'"),
        ({"precision": "bf16"}, "precision='bf16' cannot be used; expected 'float32' or 'bfloat16'"),
    ],
)
def test_recipes_that_cannot_be(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(BadInput, match=text):
        Recipe(**settings)


def test_half_epochs_cannot_be() -> None:
    recipe = Recipe()
    object.__setattr__(recipe, "epochs", 1.5)  # past the types that are checked while testing
    with pytest.raises(BadInput, match=r"epochs=1.5 cannot be used; expected a whole number"):
        recipe.__post_init__()


def test_a_recipe_can_be_written_down() -> None:
    described = json.loads(json.dumps(Recipe(augment=Augmentation(flip=0.5)).describe()))
    augment = Augmentation(**described.pop("augment"))
    assert Recipe(**described, augment=augment) == Recipe(augment=Augmentation(flip=0.5))
