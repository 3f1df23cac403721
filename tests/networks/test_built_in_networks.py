"""repscope:NAME."""

import re

import pytest
import torch

from repscope.core.errors import BadInput, NotFound
from repscope.networks import FitNormalise, load_network
from repscope.networks.repscope import source


@pytest.mark.parametrize("name", ["resnet20", "resnet32", "resnet44", "resnet56", "resnet34"])
def test_every_member_runs(name: str) -> None:
    network = load_network(f"repscope:{name}", classes=5, channels=1, size=16)
    batch = network.preprocess([torch.zeros(3, 40, 30, dtype=torch.uint8)])
    assert tuple(batch.shape[1:]) == network.input_shape == (1, 16, 16)
    assert not network.module.training
    with torch.inference_mode():
        assert network.module(batch).shape == (1, 5)


def test_random_weights_come_from_the_seed_alone() -> None:
    before = torch.get_rng_state()
    first = load_network("repscope:resnet20", seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert load_network("repscope:resnet20", weights="random", seed=3).digest == first.digest
    assert load_network("repscope:resnet20", seed=4).digest != first.digest


def test_random_weights_are_said() -> None:
    assert load_network("repscope:resnet20", seed=3).settings["weights"] == "random"
    assert load_network("repscope:resnet20", seed=3).settings["seed"] == 3


def test_settings_shape_the_preprocessing() -> None:
    network = load_network("repscope:resnet20", size=[24, 48], mean=0.1, std=[0.2, 0.3, 0.4])
    assert network.preprocess == FitNormalise(24, 48, (0.1, 0.1, 0.1), (0.2, 0.3, 0.4))
    assert network.input_shape == (3, 24, 48)


def test_a_shipped_network_with_random_weights_is_its_twin() -> None:
    twin, trained = load_network("repscope:resnet20-digits", weights="random"), load_network("repscope:resnet20-digits")
    assert twin.settings["weights"] == "random"
    assert twin.digest != trained.digest
    assert twin.preprocess == trained.preprocess
    assert trained.class_names
    assert not twin.class_names  # its outputs mean nothing


def test_names_are_the_family_and_what_ships() -> None:
    assert {"resnet20", "resnet56", "resnet34", "resnet20-digits"} <= set(source.names())


@pytest.mark.parametrize(
    ("name", "settings", "error", "text"),
    [
        ("resnet19", {}, NotFound, r"there is no network 'repscope:resnet19'; nearest of \d+: .*'resnet56'"),
        (
            "resnet20",
            {"clases": 3},
            BadInput,
            r"given the setting 'clases', which it does not have; nearest of \d+: 'classes'",
        ),
        ("resnet20", {"classes": 0}, BadInput, "classes=0; expected a whole number of at least 1"),
        ("resnet20", {"classes": True}, BadInput, "classes=True; expected a whole number"),
        ("resnet20", {"seed": -1}, BadInput, "seed=-1; expected a whole number of at least 0"),
        ("resnet20", {"channels": 4}, BadInput, re.escape("channels=4; expected 3 (colour) or 1 (grey)")),
        ("resnet20", {"mean": [0.1, 0.2]}, BadInput, r"mean=\[0.1, 0.2\]; expected one number, or 3 of them"),
        ("resnet20", {"std": "x"}, BadInput, "std='x'; expected one number, or 3"),
        ("resnet20", {"size": "32"}, BadInput, "size='32'; expected pixels such as 32"),
        ("resnet20", {"size": [32, 32, 3]}, BadInput, "size=.*; expected pixels such as 32, or height and width"),
    ],
)
def test_what_is_not_understood(name: str, settings: dict[str, object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        load_network(f"repscope:{name}", **settings)
