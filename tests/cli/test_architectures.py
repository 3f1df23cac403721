"""`analyze` on the architectures of timm and torchvision, with random weights, at 224 pixels, and on a user's own file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repscope.cli import main
from repscope.studies import Run

ARCHITECTURES = [
    "timm:resnet26",
    "timm:convnext_atto",
    "timm:efficientnet_lite0",
    "timm:vit_tiny_patch16_224",
    "timm:mixer_s32_224",
    "timm:regnetx_002",
    "torchvision:resnet18",
    "torchvision:mobilenet_v3_small",
    "torchvision:densenet121",
    "torchvision:googlenet",
    "torchvision:swin_t",
    "torchvision:vit_b_32",
]


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    generator = np.random.default_rng(0)
    for position in range(36):
        place = folder / "abc"[position % 3]
        place.mkdir(exist_ok=True)
        small = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        small[..., position % 3] = 230
        Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC).save(place / f"{position:02d}.jpg")
    return folder


def analyzed(network: str, photos: Path, out: Path, *more: str) -> Run:
    with pytest.raises(SystemExit) as stopped:
        main(["analyze", network, f"folder:{photos}", "--out", str(out), *more])
    assert not stopped.value.code
    return Run(out)


@pytest.mark.slow
@pytest.mark.parametrize("network", ARCHITECTURES)
def test_any_architecture(network, photos, tmp_path):
    run = analyzed(network, photos, tmp_path / "run", "--weights", "random")
    assert len(run.layers) >= 6
    assert run.recording().n == 36
    assert all(np.isfinite(s.value) for s in run.scores("class_similarity").curve())
    assert (tmp_path / "run" / "report.html").stat().st_size < 5_000_000


OWN = """
import torch
from torch import nn

def build(width=8):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, width, 5, 4), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, 3)
    )
"""


def test_a_file_of_ones_own(photos, tmp_path):
    (tmp_path / "model.py").write_text(OWN)
    address = f"{tmp_path / 'model.py'}:build"
    run = analyzed(address, photos, tmp_path / "run", "--network-set", "size=32", "--network-set", "width=4")
    assert run.layers == ("input", "0", "1", "2", "3", "4")
    assert run.recording().layer("0").shape == (4, 7, 7)
