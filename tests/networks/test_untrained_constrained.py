"""Weights that are computed from others are drawn anew with their norms; what cannot be is refused."""

import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from repscope import load_network
from repscope.core.errors import BadInput
from repscope.networks._untrained import reinitialise

X = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def old(form):
    def change(module):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return form(module)

    return change


def pruned(module):
    return prune.l1_unstructured(module, "weight", 0.5)


FORMS = {
    "spectral": parametrizations.spectral_norm,
    "weight": parametrizations.weight_norm,
    "orthogonal": parametrizations.orthogonal,
    "old spectral": old(nn.utils.spectral_norm),
    "old weight": old(nn.utils.weight_norm),
    "pruned": pruned,
}


def made(form):
    torch.manual_seed(0)
    return nn.Sequential(
        form(nn.Conv2d(3, 8, 3)), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), form(nn.Linear(8, 5))
    )


def weight(module):
    return module[0].weight.detach().flatten(1)


@pytest.mark.parametrize("name", FORMS)
def test_the_twin_keeps_the_constraint_and_the_original_its_weights(name):
    module = made(FORMS[name]).train()
    for _ in range(50):
        module(X)
    module.eval()
    before = module(X)
    twin, drawn = reinitialise(module, 1, "n")
    assert torch.equal(module(X), before)
    assert type(module[0]).__name__ == type(twin[0]).__name__
    assert drawn == ()
    assert all(bool(torch.isfinite(t).all()) for t in twin.state_dict().values())
    assert not torch.allclose(twin(X), before)
    if name == "orthogonal":
        assert torch.linalg.svdvals(twin[0].weight).detach() == pytest.approx(1.0, abs=1e-4)
    elif "spectral" in name:
        assert float(torch.linalg.matrix_norm(weight(twin), 2)) == pytest.approx(1.0, abs=1e-3)
    elif "weight" in name:
        plain, _ = reinitialise(made(lambda layer: layer), 1, "n")
        assert float(weight(twin).std()) == pytest.approx(float(weight(plain).std()), rel=0.3)
    else:
        assert float((weight(twin) == 0).float().mean()) == pytest.approx(0.5, abs=0.01)
    again, _ = reinitialise(module, 1, "n")
    assert torch.equal(weight(again), weight(twin))


class Halved(nn.Module):
    def forward(self, value):
        return value / 2


def test_what_cannot_be_inverted_is_refused():
    module = made(lambda layer: layer)
    parametrize.register_parametrization(module[0], "weight", Halved())
    with pytest.raises(BadInput, match="'weight' of 0 of 'n' is computed by Halved, which cannot be inverted"):
        reinitialise(module, 0, "n")


def test_a_scripted_network_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.script(made(lambda layer: layer))
    with pytest.raises(BadInput, match="'n' is scripted or traced, so that no module in it initialises"):
        reinitialise(scripted, 0, "n")


class CannotBeCopied(nn.Linear):
    def __deepcopy__(self, memo):
        raise TypeError("no")


def test_a_module_that_cannot_be_copied():
    with pytest.raises(
        BadInput, match=r"the module of 'n' cannot be copied \(TypeError: no\), so its weights cannot be drawn anew"
    ):
        reinitialise(CannotBeCopied(2, 2), 0, "n")


class Computed(nn.Module):
    """A buffer that the module computes from its weight when it resets itself, too early."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("scale", torch.ones(3))

    def reset_parameters(self):
        self.scale.copy_(self.weight)


def test_buffers_that_are_left_without_a_value_are_refused():
    with pytest.raises(BadInput, match="'scale' of 'n' cannot be drawn anew: it is computed from other weights"):
        reinitialise(Computed(), 0, "n")


def test_quantized_weights_are_refused():
    class Packed(nn.Module):
        pass

    Packed.__module__ = "torch.ao.nn.quantized.modules.conv"
    with pytest.raises(BadInput, match="the weights of 'conv' of 'n' are quantized and cannot be drawn anew"):
        reinitialise(nn.ModuleDict({"conv": Packed()}), 0, "n")


def test_random_weights_of_a_file(tmp_path):
    (tmp_path / "sn.py").write_text(
        "from torch import nn\n\ndef build():\n    return nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 8, 3)))\n"
    )
    network = load_network(f"{tmp_path}/sn.py:build", size=8, weights="random")
    assert all(bool(torch.isfinite(t).all()) for t in network.module.state_dict().values())
    assert float(torch.linalg.matrix_norm(weight(network.module), 2)) == pytest.approx(1.0, abs=1e-3)
