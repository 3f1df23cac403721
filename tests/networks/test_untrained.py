"""The untrained twin."""

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks import FitNormalise, Network, load_network, untrained
from repscope.networks._untrained import reinitialise


def network_of(module: nn.Module) -> Network:
    return Network(
        "mine", module.eval(), FitNormalise(8, 8, (0.5,), (0.5,)), (1, 8, 8), settings={"weights": "pretrained"}
    )


def test_the_twin_differs_in_every_convolution_and_the_original_stays() -> None:
    trained = load_network("repscope:resnet20-digits")
    before = trained.digest
    twin = untrained(trained, seed=2)
    assert twin.name == "repscope:resnet20-digits (untrained, seed 2)"
    assert load_network("repscope:resnet20-digits").digest == before
    assert twin.settings["weights"] == "random"
    assert twin.settings["seed"] == 2
    assert "drawn" not in twin.settings
    ours, theirs = trained.module.state_dict(), twin.module.state_dict()
    for name in ours:
        if ours[name].ndim > 1:
            assert not torch.isclose(ours[name], theirs[name]).all(), name


def test_batch_norms_forget() -> None:
    twin = untrained(load_network("repscope:resnet20-digits"))
    for module in twin.module.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            assert module.running_mean.abs().max() == 0
            assert (module.running_var == 1).all()
            assert (module.weight == 1).all()


def test_the_twin_is_the_random_network_of_the_source() -> None:
    """A network's own scheme has the last word over those of its parts."""
    assert untrained(load_network("repscope:resnet20-digits"), 0).digest == load_network("repscope:resnet20").digest
    convolutions = [
        m.weight.detach()
        for m in untrained(load_network("repscope:resnet56")).module.modules()
        if isinstance(m, nn.Conv2d)
    ]
    for weight in convolutions:
        he = (2 / (weight.shape[0] * weight[0, 0].numel())) ** 0.5
        assert float(weight.std()) == pytest.approx(he, rel=0.25)


def test_same_seed_same_twin_and_the_global_generator_is_left_alone() -> None:
    network = load_network("repscope:resnet20-digits")
    before = torch.get_rng_state()
    first = untrained(network, 1).digest
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert untrained(network, 1).digest == first
    assert untrained(network, 2).digest != first


class Tokens(nn.Module):
    """Like a vision transformer: attention, and parameters of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.full((1, 1, 8), 5.0))
        self.attention = nn.MultiheadAttention(8, 2)
        self.embedding = nn.Embedding(4, 8)


def test_parameters_of_nobody_are_drawn_and_named() -> None:
    module = Tokens()
    twin, drawn = reinitialise(module, 0, "mine")
    assert drawn == ("token",)
    assert module.token.min() == 5
    assert twin.token.abs().max() < 0.2
    assert all(bool(torch.isfinite(p).all()) for p in twin.parameters())
    assert untrained(network_of(module)).settings["drawn"] == ["token"]


class NeedsArguments(nn.Linear):
    def reset_parameters(self, gain: float | None = None, *extra: float) -> None:
        super().reset_parameters()


class CannotResetAlone(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def reset_parameters(self, gain: float) -> None:
        raise AssertionError("nobody knows the gain")


def test_resets_that_want_arguments_are_not_called() -> None:
    twin, drawn = reinitialise(nn.Sequential(NeedsArguments(2, 2), CannotResetAlone()), 0, "mine")
    assert drawn == ("1.weight",)
    assert bool(torch.isfinite(twin[1].weight).all())  # type: ignore[index]


def test_frozen_batch_norms_forget_too() -> None:
    from torchvision.ops import FrozenBatchNorm2d

    frozen = FrozenBatchNorm2d(3)
    for buffer in frozen.buffers():
        buffer.fill_(7.0)
    twin, _ = reinitialise(frozen, 0, "mine")
    assert [float(b.mean()) for b in (twin.weight, twin.bias, twin.running_mean, twin.running_var)] == [1, 0, 0, 1]


def test_a_module_that_cannot_be_copied() -> None:
    module = nn.Linear(8, 2)
    module.generator = (i for i in range(3))  # type: ignore[assignment]
    with pytest.raises(
        BadInput,
        match=r"the module of 'mine' cannot be copied .*, so its weights cannot be drawn anew; give it a __deepcopy__",
    ):
        untrained(network_of(module))
