"""The residual networks: sizes, shapes and addresses of layers."""

import pytest
import torch

from repscope.networks._resnet import PLANS, Block, Plan, ResNet


def expected_parameters(plan: Plan, classes: int, channels: int) -> int:
    """The count, from the paper's description instead of from the modules."""
    total = channels * plan.widths[0] * 9 + 2 * plan.widths[0]
    incoming = plan.widths[0]
    for count, width in zip(plan.blocks, plan.widths, strict=True):
        for block in range(count):
            source = incoming if block == 0 else width
            total += source * width * 9 + width * width * 9 + 4 * width
            total += source * width + 2 * width if source != width else 0
        incoming = width
    return total + incoming * classes + classes


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize(("classes", "channels"), [(10, 3), (7, 1)])
def test_parameter_counts(name: str, classes: int, channels: int) -> None:
    with torch.device("meta"):
        network = ResNet(PLANS[name], classes, channels)
    assert sum(p.numel() for p in network.parameters()) == expected_parameters(PLANS[name], classes, channels)


def test_resnet20_has_the_size_of_the_reference() -> None:
    assert expected_parameters(PLANS["resnet20"], 10, 3) == 272_474


@pytest.mark.parametrize(
    ("name", "depth"), [("resnet20", 20), ("resnet32", 32), ("resnet44", 44), ("resnet56", 56), ("resnet34", 34)]
)
def test_depth_is_what_the_name_says(name: str, depth: int) -> None:
    with torch.device("meta"):
        network = ResNet(PLANS[name], 10)
    weighted = [
        n
        for n, m in network.named_modules()
        if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear)) and "shortcut" not in n
    ]
    assert len(weighted) == depth


def outputs_of(network: torch.nn.Module, names: list[str], size: int) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    handles = [
        network.get_submodule(n).register_forward_hook(lambda m, i, o, n=n: found.__setitem__(n, o)) for n in names
    ]
    with torch.no_grad():
        network(torch.randn(2, 3, size, size))
    for handle in handles:
        handle.remove()
    return found


def test_resnet20_shapes_at_the_thirteen_points() -> None:
    stages = {
        f"stage{s}.{b}": shape for s, shape in ((1, (16, 32, 32)), (2, (32, 16, 16)), (3, (64, 8, 8))) for b in range(3)
    }
    expected = {"neck": (16, 32, 32), **stages, "pool": (64,), "classifier": (10,)}
    found = outputs_of(ResNet(PLANS["resnet20"], 10).eval(), list(expected), 32)
    assert {n: tuple(o.shape[1:]) for n, o in found.items()} == expected


def test_what_blocks_and_neck_give_is_rectified() -> None:
    names = ["neck", "stage1.0", "stage2.0", "stage3.2"]
    found = outputs_of(ResNet(PLANS["resnet20"], 10).eval(), names, 32)
    for name in names:
        assert found[name].min() == 0, name


def test_resnet34_keeps_small_images_large() -> None:
    expected = {
        "neck": (64, 32, 32),
        "stage1.2": (64, 32, 32),
        "stage2.3": (128, 16, 16),
        "stage3.5": (256, 8, 8),
        "stage4.2": (512, 4, 4),
    }
    found = outputs_of(ResNet(PLANS["resnet34"], 10).eval(), list(expected), 32)
    assert {n: tuple(o.shape[1:]) for n, o in found.items()} == expected


def test_shortcut_is_a_projection_only_where_the_shape_changes() -> None:
    assert isinstance(Block(16, 16, 1).shortcut, torch.nn.Identity)
    projection = Block(16, 32, 2).shortcut
    assert projection.convolution.kernel_size == (1, 1)
    assert isinstance(projection.norm, torch.nn.BatchNorm2d)


def test_block_is_relu_of_residual_plus_shortcut() -> None:
    torch.manual_seed(0)
    block, x = Block(4, 8, 2).eval(), torch.randn(2, 4, 6, 6)
    f = torch.nn.functional
    inner = f.relu(block.norm1(f.conv2d(x, block.convolution1.weight, stride=2, padding=1)))
    residual = block.norm2(f.conv2d(inner, block.convolution2.weight, padding=1))
    shortcut = block.shortcut.norm(f.conv2d(x, block.shortcut.convolution.weight, stride=2))
    assert torch.equal(block(x), f.relu(residual + shortcut))
