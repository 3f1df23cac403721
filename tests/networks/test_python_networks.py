"""PACKAGE.MODULE:FUNCTION and FILE.py:FUNCTION."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest
import torch

from repscope.core.errors import BadInput, NotFound
from repscope.networks import FitNormalise, Network, PerImage, load_network

USERS_FILE = dedent(
    """
    import torch
    from torch import nn
    from torchvision.transforms import v2
    from repscope.networks import FitNormalise, Network

    class Tiny(nn.Module):
        def __init__(self, classes=4, side=None):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))
            self.layers = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Dropout(), nn.Flatten(), nn.LazyLinear(classes))
            if side:
                self.input_shape = (3, side, side)
                self.layers(torch.zeros(1, 3, side, side))
        def forward(self, x):
            return self.layers(x * self.scale)

    def silent():
        return Tiny()

    def says(classes=4):
        return Tiny(classes, side=16)

    def sized(size):
        return Tiny(side=size)

    def wrong_shape():
        module = Tiny(side=16)
        module.input_shape = (16, 16)
        return module

    def with_transform():
        return Tiny(side=16), v2.Compose([v2.Resize((16, 16)), v2.ToDtype(torch.float32, scale=True)])

    def with_ours():
        return Tiny(side=16), FitNormalise(16, 16, (0.5,) * 3, (0.5,) * 3)

    def whole():
        return Network("mine", Tiny(side=8), FitNormalise(8, 8, (0,) * 3, (1,) * 3), (3, 8, 8), ("a", "b", "c", "d"), {"x": 1})

    def nothing():
        return None

    def pair_of_what():
        return Tiny(side=16), 3

    def fails(classes=4):
        raise RuntimeError("out of ideas")

    def many_channels():
        module = nn.Conv2d(5, 2, 3)
        module.input_shape = (5, 8, 8)
        return module
    """
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users_networks.py"
    path.write_text(USERS_FILE)
    return path


def runs(network: Network) -> bool:
    batch = network.preprocess([torch.zeros(3, 20, 30, dtype=torch.uint8)] * 2)
    with torch.inference_mode():
        return tuple(batch.shape[1:]) == network.input_shape and len(network.module(batch)) == 2


def test_a_module_that_says_its_input(file: Path) -> None:
    network = load_network(f"{file}:says", classes=6)
    assert runs(network)
    assert network.input_shape == (3, 16, 16)
    assert not network.module.training
    assert network.settings["classes"] == 6
    assert network.name == f"{file}:says"
    assert network.preprocess == FitNormalise(16, 16, (0.0,) * 3, (1.0,) * 3)


def test_the_size_as_a_setting(file: Path) -> None:
    network = load_network(f"{file}:silent", size=[16, 12], mean=0.5, std=0.25)
    assert network.input_shape == (3, 16, 12)
    assert network.preprocess == FitNormalise(16, 12, (0.5,) * 3, (0.25,) * 3)


def test_the_size_goes_to_a_function_that_asks_for_it(file: Path) -> None:
    assert runs(load_network(f"{file}:sized", size=24))


def test_a_file_may_import_its_neighbours(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "beside.py").write_text("from users_networks import says as make")
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    before = list(sys.path)
    assert runs(load_network(f"{file.parent / 'beside.py'}:make"))
    assert sys.path == before


def test_an_unknown_size_is_not_guessed(file: Path) -> None:
    with pytest.raises(
        BadInput, match=r"nothing says which images .*:silent takes; give its size in pixels \(size=224"
    ):
        load_network(f"{file}:silent")


def test_a_module_and_its_transform(file: Path) -> None:
    network = load_network(f"{file}:with_transform")
    assert isinstance(network.preprocess, PerImage)
    assert "Resize" in network.settings["preprocess"]["transform"]
    assert runs(network)


def test_a_module_and_one_of_our_preprocessings(file: Path) -> None:
    network = load_network(f"{file}:with_ours")
    assert network.preprocess == FitNormalise(16, 16, (0.5,) * 3, (0.5,) * 3)
    assert runs(network)


def test_a_whole_network(file: Path) -> None:
    network = load_network(f"{file}:whole")
    assert network.class_names == ("a", "b", "c", "d")
    assert network.settings == {"x": 1, "source": network.settings["source"]}
    assert network.name == f"{file}:whole"
    assert not network.module.training
    assert runs(network)


def test_weights_of_the_function_come_from_the_seed(file: Path) -> None:
    first = load_network(f"{file}:says", seed=1)
    assert load_network(f"{file}:says", seed=1).digest == first.digest
    assert load_network(f"{file}:says", seed=2).digest != first.digest


def test_random_weights_are_drawn_anew(file: Path) -> None:
    network = load_network(f"{file}:says", weights="random")
    assert network.settings["weights"] == "random"
    assert network.settings["drawn"] == ["scale"]
    assert network.digest != load_network(f"{file}:says").digest


def test_weights_from_a_file(file: Path, tmp_path: Path) -> None:
    wanted = load_network(f"{file}:says", seed=5)
    torch.save(wanted.module.state_dict(), tmp_path / "weights.pt")
    network = load_network(f"{file}:says", weights=tmp_path / "weights.pt")
    assert network.digest == wanted.digest
    assert network.settings["weights"] == str(tmp_path / "weights.pt")


def test_a_function_of_an_installed_package() -> None:
    network = load_network("torchvision.models:squeezenet1_1", size=64, num_classes=3)
    assert network.settings["num_classes"] == 3
    assert runs(network)


@pytest.mark.parametrize(
    ("function", "settings", "text"),
    [
        (
            "nothing",
            {},
            "returned NoneType; expected a torch.nn.Module, a module and its preprocessing, or a repscope.Network",
        ),
        ("pair_of_what", {}, r"returned \(Tiny, int\); expected"),
        ("fails", {"classes": 3}, r":fails\(classes=3\) failed \(RuntimeError: out of ideas\)"),
        ("says", {"clases": 3}, r":says\(clases=3\) failed \(TypeError: .*unexpected keyword argument 'clases'"),
        ("wrong_shape", {}, r"has input_shape=\(16, 16\); expected \(channels, height, width\), such as"),
        ("many_channels", {}, "a mean of 5 and a std of 5 numbers; expected 3 of each for colour"),
    ],
)
def test_functions_that_will_not_do(file: Path, function: str, settings: dict[str, object], text: str) -> None:
    with pytest.raises(BadInput, match=text):
        load_network(f"{file}:{function}", **settings)


def test_a_bare_word_is_told_what_addresses_look_like() -> None:
    with pytest.raises(NotFound, match="'resnet20' is no address of a network; expected repscope:NAME, timm:NAME"):
        load_network("resnet20")


def test_a_name_that_the_file_does_not_have(file: Path) -> None:
    with pytest.raises(NotFound, match="there is no 'sayz' in"):
        load_network(f"{file}:sayz")


def test_other_code_under_the_same_name_is_another_network(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from torch import nn\n\ndef build():\n    return nn.Sequential(nn.ReLU())\n")
    first = load_network(f"{file}:build", size=8).describe()
    assert load_network(f"{file}:build", size=8).describe() == first
    file.write_text("from torch import nn\n\ndef build():\n    return nn.Sequential(nn.Tanh())\n")
    changed = load_network(f"{file}:build", size=8).describe()
    assert changed["digest"] == first["digest"]
    assert changed["settings"]["source"] != first["settings"]["source"]
