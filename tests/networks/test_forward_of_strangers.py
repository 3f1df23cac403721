"""Forward passes of modules that do not behave: what can be run is run, the rest is a sentence, and modules come back as they were."""

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks import Network, load_network, untrained
from repscope.networks._evaluating import TOO_DEEP, evaluate, evaluating
from repscope.networks._forward import forward
from tests.activations.small import stack
from tests.cli.hostile_networks import MethodTrain, Wrapped, deep, lazy, meta, trunk


class Leaves(nn.Module):
    def forward(self, x):
        raise SystemExit(0)


def test_a_module_that_ends_the_program_is_a_failure():
    with pytest.raises(BadInput, match=r"the network 'mine' failed on a batch of images .* \(SystemExit: 0\)"):
        forward(Leaves(), torch.zeros(2, 3, 8, 8), "mine")


def test_a_compiled_module_runs_with_its_hooks():
    module, images, fired = trunk(), torch.rand(2, 3, 16, 16), []
    compiled = torch.compile(module, backend="eager")
    module[0].register_forward_hook(lambda *_: fired.append(0))
    assert torch.equal(forward(compiled, images), module(images))
    assert len(fired) == 2


class Epochs(Wrapped):
    """Its method `train` would take torch's mode for a number of epochs."""

    def train(self, epochs):
        raise AssertionError("a training was begun")


@pytest.mark.parametrize("kind", [MethodTrain, Epochs])
@pytest.mark.parametrize("place", ["outside", "inside"])
def test_a_method_called_train_is_no_switch(kind, place):
    module = kind() if place == "outside" else nn.Sequential(kind())
    evaluate(module)
    assert not any(m.training for m in module.modules())
    evaluate(module, False)
    assert all(m.training for m in module.modules())
    with evaluating(module):
        assert not any(m.training for m in module.modules())
    assert all(m.training for m in module.modules())


class Frozen(nn.BatchNorm2d):
    """Stays as it is in training."""

    def train(self, mode: bool = True):
        return super().train(False)


def test_a_module_that_overrides_the_switch_is_asked():
    module = nn.Sequential(Frozen(3), nn.ReLU())
    evaluate(module, False)
    assert [m.training for m in module] == [False, True]


def test_an_exported_program_has_no_modes():
    module = torch.export.export(trunk().eval(), (torch.zeros(2, 3, 16, 16),)).module()
    evaluate(module)
    with evaluating(module):
        assert forward(module, torch.zeros(2, 3, 16, 16)).shape == (2, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lazy, "the weights '0.weight' are lazy: they have no shape before the first forward pass"),
        (meta, "the weights '0.weight' are on the device 'meta' and have no values"),
        (deep, TOO_DEEP[:40]),
    ],
)
def test_weights_without_values_and_modules_too_deep(make, message):
    network = Network("mine", make(), stack, (3, 16, 16))
    with pytest.raises(BadInput, match=message):
        network.describe()
    with pytest.raises(BadInput, match=message):
        untrained(network)
    with pytest.raises(BadInput, match=message), evaluating(network.module):
        pass


@pytest.mark.parametrize("names", ["abc", {0: "a"}, [1, 2], lambda: None])
def test_names_of_classes_are_texts(tmp_path, names, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "from torch import nn\ndef make():\n    module = nn.Sequential(nn.Flatten())\n    module.class_names = NAMES\n"
        "    return module\n"
    )
    monkeypatch.setattr("builtins.NAMES", names, raising=False)
    with pytest.raises(BadInput, match=r"has class_names=.*; expected a list of texts, one for each output"):
        load_network(f"{tmp_path / 'mine.py'}:make", size=8)
