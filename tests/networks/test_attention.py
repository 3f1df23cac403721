"""Attention blocks beside slow, obvious versions and timm's; in timm's networks, scripted, exported."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from repscope.core.errors import BadInput, NotFound
from repscope.networks.attention import ATTENTION, BAM, STAC, SqueezeExcitation
from repscope.testing import AttentionKindTests


class TestStac(AttentionKindTests):
    kind = ATTENTION["stac"]


class TestSqueezeExcitation(AttentionKindTests):
    kind = ATTENTION["se"]


class TestBam(AttentionKindTests):
    kind = ATTENTION["bam"]


class TestNone(AttentionKindTests):
    kind = ATTENTION["none"]


def obvious_stac(block: STAC, y: torch.Tensor, window: int) -> torch.Tensor:
    """Window by window, place by place."""
    first, second = block.attend[0], block.attend[2]
    _, _, height, width = y.shape
    high, wide = min(window, height), min(window, width)
    q = torch.stack(
        [
            torch.stack([y[:, :, i : i + high, j : j + wide].mean((2, 3)) for j in range(0, width, wide)], -1)
            for i in range(0, height, high)
        ],
        -2,
    )
    inner = functional.conv2d(q, first.weight, first.bias, padding=first.kernel_size[0] // 2).clamp(min=0)
    k = 1 / (1 + torch.exp(-functional.conv2d(inner, second.weight, second.bias, padding=second.kernel_size[0] // 2)))
    out = torch.empty_like(y)
    for i in range(height):
        for j in range(width):
            out[:, :, i, j] = y[:, :, i, j] * k[:, :, i // high, j // wide]
    return out


@settings(max_examples=30)
@given(
    window=st.sampled_from([1, 2, 3, 5, 100]),
    tiles=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    kernels=st.tuples(st.sampled_from([1, 3]), st.sampled_from([1, 3])),
    seed=st.integers(0, 99),
)
def test_stac_is_what_its_equations_say(
    window: int, tiles: tuple[int, int], kernels: tuple[int, int], seed: int
) -> None:
    torch.manual_seed(seed)
    side = min(window, 6)
    block = STAC(4, window, kernels).double()
    y = torch.randn(2, 4, side * tiles[0], side * tiles[1], dtype=torch.float64)
    if window == 100:  # larger than the map
        y = y[:, :, :side, :side]
    torch.testing.assert_close(block(y), obvious_stac(block, y, window), rtol=1e-12, atol=1e-12)


def test_global_stac_with_kernels_of_one_is_squeeze_and_excitation() -> None:
    torch.manual_seed(0)
    stac, se = STAC(8, "global", (1, 1)), SqueezeExcitation(8)
    se.attend[1].load_state_dict(stac.attend[0].state_dict())
    se.attend[3].load_state_dict(stac.attend[2].state_dict())
    y = torch.randn(2, 8, 5, 7)
    torch.testing.assert_close(stac(y), se(y), rtol=1e-6, atol=1e-6)


def test_squeeze_and_excitation_is_that_of_timm() -> None:
    layers = pytest.importorskip("timm.layers")
    ours, theirs = SqueezeExcitation(16, reduction=4), layers.SEModule(16, rd_channels=4)
    theirs.fc1.load_state_dict(ours.attend[1].state_dict())
    theirs.fc2.load_state_dict(ours.attend[3].state_dict())
    y = torch.randn(2, 16, 6, 4)
    torch.testing.assert_close(ours(y), theirs(y), rtol=1e-6, atol=1e-6)


def test_bam_is_what_its_equations_say() -> None:
    torch.manual_seed(0)
    block = BAM(6, reduction=2, dilation=3).double().eval()
    y = torch.randn(2, 6, 9, 8, dtype=torch.float64)
    c, s = block.channel, block.spatial

    def norm(x: torch.Tensor, of: torch.nn.BatchNorm2d) -> torch.Tensor:
        return (x - of.running_mean[:, None, None]) / (of.running_var[:, None, None] + of.eps).sqrt()

    means = y.mean((2, 3), keepdim=True)
    channel = norm(
        functional.conv2d(functional.conv2d(means, c[1].weight, c[1].bias).relu(), c[3].weight, c[3].bias), c[4]
    )
    places = functional.conv2d(y, s[0].weight, s[0].bias).relu()
    for layer in (s[2], s[4]):
        places = functional.conv2d(places, layer.weight, layer.bias, padding=3, dilation=3).relu()
    places = norm(functional.conv2d(places, s[6].weight, s[6].bias), s[7])
    torch.testing.assert_close(block(y), y + y * torch.sigmoid(channel + places), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reduction", [1, 2, 16])
def test_parameters_are_those_of_the_equations(reduction: int) -> None:
    c, r = 32, 32 // reduction

    def count(block: torch.nn.Module) -> int:
        return sum(p.numel() for p in block.parameters())

    assert count(STAC(c, reduction=reduction)) == 9 * c * r + r + 9 * r * c + c
    assert count(SqueezeExcitation(c, reduction)) == 2 * c * r + r + c
    assert count(BAM(c, reduction)) == (2 * c * r + r + c + 2 * c) + (c * r + r) + 2 * (9 * r * r + r) + (r + 1) + 2


def test_in_a_network_of_timm_it_learns() -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    network = timm.create_model(
        "resnet18", num_classes=2, zero_init_last=False, block_args={"attn_layer": partial(STAC, window=2)}
    )
    blocks = [module for module in network.modules() if isinstance(module, STAC)]
    assert len(blocks) == 8
    before = [block.attend[0].weight.detach().clone() for block in blocks]
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    functional.cross_entropy(network(torch.randn(4, 3, 64, 64)), torch.tensor([0, 1, 0, 1])).backward()
    optimiser.step()
    assert all(not torch.equal(old, block.attend[0].weight) for old, block in zip(before, blocks, strict=True))


@pytest.mark.filterwarnings("ignore:.*torch.jit.* is deprecated")
@pytest.mark.parametrize("block", [STAC(4, 2), STAC(4, "global"), SqueezeExcitation(4), BAM(4).eval()])
@pytest.mark.usefixtures("unchecked")
def test_scripted_it_gives_the_same(block: torch.nn.Module) -> None:
    scripted, y = torch.jit.script(block), torch.randn(2, 4, 6, 8)
    assert torch.equal(scripted(y), block(y))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("block", [STAC(4, 2), STAC(4, "global"), SqueezeExcitation(4), BAM(4)])
def test_exported_to_onnx_it_gives_the_same(block: torch.nn.Module, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    path, y = tmp_path / "block.onnx", torch.randn(2, 4, 6, 8)
    torch.onnx.export(block.eval(), (y,), path, dynamo=False)
    evaluator = reference.ReferenceEvaluator(onnx.load(path))
    (found,) = evaluator.run(None, {evaluator.input_names[0]: y.numpy()})
    np.testing.assert_allclose(found, block(y).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_a_window_that_does_not_divide_the_map() -> None:
    with pytest.raises(
        BadInput, match="STAC's window of 8 x 8 pixels does not divide its map of 12 x 16; choose a window"
    ):
        STAC(4, 8)(torch.zeros(1, 4, 12, 16))


@pytest.mark.parametrize("window", [0, -1, 2.5, True, "all"])
def test_a_window_that_is_none(window: object) -> None:
    with pytest.raises(
        BadInput, match=r"STAC was given the window .*; expected its side in pixels, 1 or more, or 'global'"
    ):
        STAC(4, window)  # type: ignore[arg-type]


@pytest.mark.parametrize("kernels", [(2, 3), (3,), (0, 1), (3, 3.0)])
def test_kernels_that_are_none(kernels: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match=r"STAC was given the kernels .*; expected two odd sides, such as"):
        STAC(4, kernels=kernels)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [STAC, SqueezeExcitation, BAM])
@pytest.mark.parametrize("reduction", [0, 5, 1.5])
@pytest.mark.usefixtures("unchecked")
def test_a_reduction_that_leaves_no_channel(make: type, reduction: object) -> None:
    with pytest.raises(BadInput, match=r"was given reduction=.* for 4 channels; expected a whole number from 1 to 4"):
        make(4, reduction=reduction)


def test_a_dilation_that_is_none() -> None:
    with pytest.raises(BadInput, match="BAM was given dilation=0; expected a whole number of at least 1"):
        BAM(4, dilation=0)


def test_a_kind_that_is_not_there() -> None:
    with pytest.raises(NotFound, match="there is no 'sta' among the attention; known: 'bam', 'none', 'se', 'stac'"):
        ATTENTION["sta"]


def test_a_name_that_is_not_there() -> None:
    import repscope.networks.attention as folder

    with pytest.raises(
        AttributeError, match=r"module 'repscope.networks.attention' has no attribute 'Stac'; public names: "
    ):
        folder.Stac  # noqa: B018
