"""Attention from a network's settings: which block where, and what is refused."""

import pytest
import torch

from repscope.core.errors import BadInput
from repscope.networks import load_network
from repscope.networks.attention import BAM, STAC, SqueezeExcitation


def blocks_of(**settings: object) -> dict[str, torch.nn.Module]:
    module = load_network("repscope:resnet20", weights="random", **settings).module
    return {name: block for name, block in module.named_modules() if isinstance(block, (STAC, SqueezeExcitation, BAM))}


def test_a_window_for_each_stage() -> None:
    found = blocks_of(attention="stac", window=[8, 4, "global"], kernels=[1, 3])
    assert {name.split(".")[0]: block.window for name, block in found.items()} == {
        "stage1": 8,
        "stage2": 4,
        "stage3": 0,
    }
    assert len(found) == 9
    assert {block.attend[0].kernel_size for block in found.values()} == {(1, 1)}


def test_windows_stand_in_the_order_of_the_stages_given() -> None:
    found = blocks_of(attention="stac", stages=[3, 1], window=[4, 8])
    assert {name.split(".")[0]: block.window for name, block in found.items()} == {"stage1": 8, "stage3": 4}


def test_reduction_and_dilation_arrive() -> None:
    assert blocks_of(attention="se", reduction=16)["stage2.0.attention"].attend[1].out_channels == 2
    assert blocks_of(attention="bam", dilation=2)["stage2.0.attention"].spatial[2].dilation == (2, 2)


@pytest.mark.parametrize("placement", ["standard", "post"])
def test_where_it_stands(placement: str) -> None:
    block = load_network("repscope:resnet20", weights="random", attention="se", placement=placement).module.stage2[0]
    x = torch.randn(2, 16, 8, 8)
    with torch.no_grad():
        residual = block.norm2(block.convolution2(block.relu1(block.norm1(block.convolution1(x)))))
        shortcut, weigh = block.shortcut(x), block.attention
        expected = weigh(residual) + shortcut if placement == "standard" else weigh(residual + shortcut)
        assert torch.equal(block(x), expected.relu())


def test_without_attention_a_network_is_what_it_was() -> None:
    plain, none = load_network("repscope:resnet20", seed=1), load_network("repscope:resnet20", seed=1, attention="none")
    assert plain.digest == none.digest
    assert not any("attention" in name for name, _ in none.module.named_modules())


def test_depth_and_width() -> None:
    deep = load_network("repscope:resnet20", depth_factor=2).module
    assert [len(deep.get_submodule(f"stage{s}")) for s in (1, 2, 3)] == [6, 6, 6]
    fewer = load_network("repscope:resnet20", blocks=[3, 1, 2]).module
    assert [len(fewer.get_submodule(f"stage{s}")) for s in (1, 2, 3)] == [3, 1, 2]
    wide = load_network("repscope:resnet20", width_factor=2**0.5).module
    assert [wide.get_submodule(f"stage{s}.0.convolution2").out_channels for s in (1, 2, 3)] == [22, 44, 88]


def test_random_weights_come_from_the_seed_alone() -> None:
    first = load_network("repscope:resnet20", attention="stac", seed=3).digest
    torch.rand(5)
    assert load_network("repscope:resnet20", attention="stac", seed=3).digest == first


def test_a_network_knows_how_it_was_made() -> None:
    settings = load_network("repscope:resnet20", attention="stac", window=[8, 4, 8], width_factor=2).settings
    assert {name: settings[name] for name in ("attention", "window", "width_factor")} == {
        "attention": "stac",
        "window": [8, 4, 8],
        "width_factor": 2,
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attention": "sac"}, r"was given attention='sac'; known: 'bam', 'none', 'se', 'stac'"),
        (
            {"attention": "se", "window": 8},
            r"was given window=8, which attention='se' does not have; its options: reduction",
        ),
        ({"placement": "post"}, r"was given placement='post', which attention='none' does not have; its options: none"),
        ({"attention": "se", "placement": "pre"}, r"was given placement='pre'; expected 'standard' or 'post'"),
        (
            {"attention": "se", "stages": [1, 4]},
            r"was given stages=\(1, 4\); expected some of its 3, counted from 1, each once",
        ),
        ({"attention": "se", "stages": [1, 1]}, r"was given stages=\(1, 1\); expected some of its 3"),
        ({"attention": "se", "stages": []}, r"was given stages=\(\); expected some of its 3"),
        (
            {"attention": "stac", "window": [8, 4]},
            r"was given 2 windows for attention in 3 stages; expected one, or one for each",
        ),
        ({"attention": "stac", "window": 0}, r"was given the window 0; expected pixels, or 'global'"),
        (
            {"attention": "stac", "window": 3},
            r"the window 3 for stage 1, whose maps of 32 x 32 pixels it does not divide; windows that do: 1, 2, 4, 8, 16, 32, 'global'",
        ),
        (
            {"attention": "stac", "size": [24, 40], "window": [8, 6, 3]},
            r"the window 6 for stage 2, whose maps of 12 x 20 pixels",
        ),
        (
            {"blocks": [3, 3]},
            r"blocks=\[3, 3\] cannot be used; expected a number for each of the 3 stages, such as \[3, 3, 3\]",
        ),
        ({"blocks": [3, 0, 3]}, r"blocks=\[3, 0, 3\] cannot be used"),
        ({"blocks": 3}, r"blocks=3 cannot be used"),
        ({"depth_factor": 0}, r"depth_factor=0 cannot be used; expected a number above 0, such as 2"),
        ({"width_factor": "2"}, r"width_factor='2' cannot be used; expected a number above 0"),
        ({"width_factor": 0.01}, r"depth_factor=1 and width_factor=0.01 leave a stage without blocks or channels"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_refusals(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        load_network("repscope:resnet20", weights="random", **settings)


def test_the_zoo_has_no_attention() -> None:
    with pytest.raises(
        BadInput, match="was given the setting 'attention', which residual networks alone have: resnet20"
    ):
        load_network("repscope:nasnet", attention="se")


@pytest.mark.parametrize("size", [[32, 48], [16, 32]])
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_oblong_images(size: list[int], channels: int) -> None:
    network = load_network("repscope:resnet20", attention="stac", window=4, size=size, channels=channels)
    batch = network.preprocess([torch.zeros(3, 30, 30, dtype=torch.uint8)])
    with torch.inference_mode():
        assert network.module(batch).shape == (1, 10)
