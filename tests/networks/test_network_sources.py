"""What all sources of networks have in common."""

import json
import subprocess
import sys

import pytest
import torch

import repscope.networks
from repscope.networks import NETWORK_SOURCES, NetworkSource, load_network


def test_listing_the_sources_does_not_load_torch() -> None:
    code = (
        "import sys; from repscope.networks import NETWORK_SOURCES, untrained;"
        "print([NETWORK_SOURCES[n].usage for n in NETWORK_SOURCES]); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "timm:NAME" in done.stdout


@pytest.mark.parametrize("name", ["repscope", "timm", "torchvision", "python"])
def test_each_says_what_it_is(name: str) -> None:
    found = NETWORK_SOURCES[name]
    assert isinstance(found, NetworkSource)
    assert found.usage
    assert found.summary
    assert found.takes_classes == (name != "python")


@pytest.mark.parametrize(
    "name", ["repscope:resnet20", "repscope:resnet20-digits", "timm:test_resnet", "torchvision:squeezenet1_1"]
)
def test_descriptions_are_json_and_the_module_takes_what_is_said(name: str) -> None:
    network = load_network(name, weights="random")
    described = json.loads(json.dumps(network.describe()))
    assert described["name"] == name
    assert described["settings"]["weights"] == "random"
    batch = network.preprocess([torch.zeros(3, 50, 60, dtype=torch.uint8), torch.zeros(3, 32, 32)])
    assert tuple(batch.shape) == (2, *network.input_shape)
    with torch.inference_mode():
        assert len(network.module(batch)) == 2


def test_preprocessings_are_there_when_asked_for() -> None:
    assert repscope.networks.FitNormalise.__name__ == "FitNormalise"
    with pytest.raises(AttributeError, match=r"has no attribute 'Resize'; public names: .*FitNormalise"):
        repscope.networks.Resize  # noqa: B018
