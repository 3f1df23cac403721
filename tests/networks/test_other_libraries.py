"""timm:NAME and torchvision:NAME."""

import socket
import sys
import urllib.error
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from repscope.core.errors import BadInput, MissingPackage, NotFound
from repscope.networks import Network, load_network

IMAGES = [
    torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, h, w), dtype=np.uint8))
    for h, w in ((32, 32), (300, 200))
]


def runs(network: Network, classes: int) -> bool:
    batch = network.preprocess(IMAGES)
    with torch.inference_mode():
        scores = network.module(batch)
    return (
        tuple(batch.shape[1:]) == network.input_shape and scores.shape == (2, classes) and bool(scores.isfinite().all())
    )


@pytest.mark.parametrize("name", ["timm:vit_tiny_patch16_224", "torchvision:shufflenet_v2_x0_5"])
def test_random_weights_come_from_the_seed(name: str) -> None:
    before = torch.get_rng_state()
    network = load_network(name, weights="random", seed=1, classes=7)
    assert torch.equal(torch.get_rng_state(), before)
    assert runs(network, 7)
    assert network.input_shape == (3, 224, 224)
    assert not network.module.training
    assert (network.settings["weights"], network.settings["seed"]) == ("random", 1)
    assert load_network(name, weights="random", seed=1, classes=7).digest == network.digest
    assert load_network(name, weights="random", seed=2, classes=7).digest != network.digest


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "timm:convnext_atto",
        "timm:swin_tiny_patch4_window7_224",
        "timm:mixer_s32_224",
        "timm:efficientvit_b0",
        "timm:deit_tiny_distilled_patch16_224",
        "torchvision:resnet18",
        "torchvision:googlenet",
        "torchvision:inception_v3",
        "torchvision:vit_b_32",
        "torchvision:densenet121",
        "torchvision:swin_v2_t",
    ],
)
def test_architectures_with_random_weights(name: str) -> None:
    assert runs(load_network(name, weights="random"), 1000)


def test_preprocessing_is_that_of_the_library() -> None:
    import timm
    from torchvision import models
    from torchvision.transforms.functional import to_pil_image

    network = load_network("timm:vit_tiny_patch16_224", weights="random")
    config = timm.data.resolve_data_config({}, model=network.module)
    theirs = timm.data.create_transform(**config)(to_pil_image(IMAGES[1]))
    assert torch.equal(network.preprocess(IMAGES)[1], theirs)
    assert network.settings["preprocess"]["mean"] == list(config["mean"])
    network = load_network("torchvision:shufflenet_v2_x0_5", weights="random")
    theirs = models.ShuffleNet_V2_X0_5_Weights.DEFAULT.transforms()(to_pil_image(IMAGES[1]))
    assert torch.equal(network.preprocess(IMAGES)[1], theirs)


@pytest.mark.parametrize("name", ["timm:test_resnet", "torchvision:squeezenet1_1"])
def test_weights_from_a_file(name: str, tmp_path: Path) -> None:
    wanted = load_network(name, weights="random", seed=9, classes=3)
    save_file(wanted.module.state_dict(), tmp_path / "weights.safetensors")
    network = load_network(name, weights=tmp_path / "weights.safetensors", classes=3)
    assert network.digest == wanted.digest
    assert network.settings["weights"] == str(tmp_path / "weights.safetensors")
    with pytest.raises(BadInput, match=r"2 mis-shaped: .*is the number of classes"):
        load_network(name, weights=tmp_path / "weights.safetensors", classes=4)


@pytest.mark.parametrize(
    ("name", "settings", "error", "text"),
    [
        ("timm:resnet18x", {}, NotFound, "there is no network 'timm:resnet18x'; nearest of .*'resnet18"),
        ("torchvision:resnet19", {}, NotFound, "there is no network 'torchvision:resnet19'; nearest of .*'resnet1"),
        (
            "timm:resnet18",
            {"seeds": 1},
            BadInput,
            "the setting 'seeds', which it does not have; known: 'classes', 'seed'",
        ),
        ("torchvision:resnet18", {"size": 1}, BadInput, "the setting 'size', which it does not have"),
    ],
)
def test_what_is_not_understood(name: str, settings: dict[str, object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        load_network(name, weights="random", **settings)


def test_without_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(
        MissingPackage, match=r"load_network\('timm:resnet18'\) needs the package 'timm'.*repscope\[timm\]"
    ):
        load_network("timm:resnet18")


def test_timm_weights_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm
    from huggingface_hub import constants

    offline: list[bool] = []
    create = timm.create_model

    def no_internet(name: str, pretrained: bool, **sizes: Any) -> Any:
        offline.append(constants.HF_HUB_OFFLINE)
        if pretrained:
            raise OSError("we cannot find the requested files\nand so on")
        return create(name, pretrained=False, **sizes)

    def no_name(*args: Any) -> Any:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(timm, "create_model", no_internet)
    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    text = (
        r"weights of 'timm:test_resnet' could not be fetched \(OSError: we cannot find the requested files\); "
        "connect to the internet once, or give weights='random' or a file"
    )
    with pytest.raises(NotFound, match=text) as caught:
        load_network("timm:test_resnet")
    assert isinstance(caught.value.__cause__, OSError)
    assert offline == [True, False]  # no minute of trying; and afterwards as before
    assert constants.HF_HUB_OFFLINE is False


def test_timm_weights_that_can_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    create = timm.create_model
    asked: list[bool] = []

    def fetched(name: str, pretrained: bool, **sizes: Any) -> Any:
        asked.append(pretrained)
        return create(name, pretrained=False, **sizes)

    monkeypatch.setattr(timm, "create_model", fetched)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args: [])
    network = load_network("timm:test_resnet")
    assert asked == [True]
    assert network.settings["weights"] == "pretrained"


def test_timm_models_without_pretrained_weights() -> None:
    import timm

    bare = next(n for n in timm.list_models() if not timm.is_model_pretrained(n))
    with pytest.raises(NotFound, match=f"timm has no pretrained weights for '{bare}'; give weights='random' or a file"):
        load_network(f"timm:{bare}")


def test_models_that_timm_cannot_make(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    def broken(name: str, pretrained: bool, **sizes: Any) -> Any:
        raise RuntimeError("another package is wanted")

    monkeypatch.setattr(timm, "create_model", broken)
    with pytest.raises(BadInput, match=r"timm cannot make 'test_resnet' \(RuntimeError: another package is wanted\)"):
        load_network("timm:test_resnet", weights="random")


def test_torchvision_weights_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_internet(*args: Any, **kwargs: Any) -> Any:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", no_internet)
    text = r"weights of 'torchvision:squeezenet1_1' could not be fetched \(URLError: .*\); connect .* weights='random' or a file"
    with pytest.raises(NotFound, match=text) as caught:
        load_network("torchvision:squeezenet1_1")
    assert isinstance(caught.value.__cause__, urllib.error.URLError)


def test_torchvision_weights_that_can_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = load_network("torchvision:squeezenet1_1", weights="random", seed=4)
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url", lambda *args, **kwargs: wanted.module.state_dict()
    )
    network = load_network("torchvision:squeezenet1_1")
    assert network.digest == wanted.digest
    assert network.settings["weights"] == "pretrained, IMAGENET1K_V1"
    assert len(set(network.class_names)) == 1000  # also the two cranes
