"""What a network is: its code, its structure, its settings; a folder of another is refused."""

import copy
import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from repscope import load_data, load_network
from repscope.activations import record
from repscope.core.errors import Mismatch
from repscope.networks._identity import describe_module
from repscope.studies import analyze
from tests.activations.small import images, network

FILE = """
from torch import nn
from helper import Act

def build():
    return nn.Sequential(nn.Conv2d(3, 4, 3), Act(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
"""
HELPER = (
    "from torch import nn\n\nclass Act(nn.Module):\n    def forward(self, x):\n        return nn.functional.{}(x)\n"
)


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "net.py").write_text(FILE)
    (folder / "helper.py").write_text(HELPER.format("relu"))
    yield folder
    sys.modules.pop("helper", None)


def test_a_changed_helper_is_another_network(mine, tmp_path):
    data = load_data("digits").balanced(20)
    first = load_network(f"{mine}/net.py:build", size=8)
    again = load_network(f"{mine}/net.py:build", size=8)
    assert first.describe() == again.describe()
    analyze(first, data, ["4"], tmp_path / "run", partitions=["all"], k=3)
    analyze(again, data, ["4"], tmp_path / "run", partitions=["all"], k=3)
    (mine / "helper.py").write_text(HELPER.format("gelu"))
    changed = load_network(f"{mine}/net.py:build", size=8)
    assert "gelu" in HELPER.format("gelu")
    x = -torch.ones(1, 4)
    assert not torch.equal(changed.module[1](x), first.module[1](x)), "the helper is imported again"
    with pytest.raises(Mismatch, match=r"holds a run of something else \(network\.code"):
        analyze(changed, data, ["4"], tmp_path / "run", partitions=["all"], k=3)
    (mine / "helper.py").write_text(HELPER.format("relu"))
    analyze(load_network(f"{mine}/net.py:build", size=8), data, ["4"], tmp_path / "run", partitions=["all"], k=3)


def test_the_same_code_in_another_folder_and_process_is_the_same(mine, tmp_path):
    call = "import repscope, json; print(json.dumps({k: v for k, v in repscope.load_network('net.py:build', size=8).describe().items() if k != 'settings'}, sort_keys=True))"
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in mine.glob("*.py"):
        (moved / file.name).write_text(file.read_text())
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    said = [
        subprocess.run(
            [sys.executable, "-c", call], cwd=folder, env=env, capture_output=True, text=True, check=True
        ).stdout
        for folder in (mine, moved)
    ]
    assert said[0] == said[1]


def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.LeakyReLU(0.1), nn.Dropout(0.5), nn.Flatten(), nn.Linear(144, 2))


CHANGES = {
    "activation": lambda m: m.__setitem__(1, nn.GELU()),
    "slope": lambda m: setattr(m[1], "negative_slope", 0.2),
    "stride": lambda m: setattr(m[0], "dilation", (2, 2)),
    "hook": lambda m: m[1].register_forward_hook(lambda *_: None),
    "own attribute": lambda m: setattr(m, "temperature", 2.0),
    "forward": lambda m: setattr(m[1], "forward", lambda x: x),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_python_is_another_network(change):
    module = build()
    before = describe_module(module)
    CHANGES[change](module)
    assert describe_module(module) != before


def test_mode_device_copies_and_passes_change_nothing():
    module = build()
    before = describe_module(module)
    module.train()
    assert describe_module(module) == before
    module.eval()(torch.rand(2, 3, 8, 8))
    assert describe_module(module) == before
    assert describe_module(copy.deepcopy(module)) == before
    assert describe_module(build()) == before


def test_a_recording_of_a_changed_module_is_refused(tmp_path):
    module = build()
    record(network(module), images(), ["1"], tmp_path)
    module[1] = nn.GELU()
    with pytest.raises(Mismatch, match=r"network\.structure"):
        record(network(module), images(), ["1"], tmp_path)


def test_other_pictures_are_another_recording(tmp_path):
    data = images()
    record(network(build()), data, ["1"], tmp_path)
    data.images[7, 0, 0, 0] ^= 1
    with pytest.raises(Mismatch, match=r"data\.images"):
        record(network(build()), data, ["1"], tmp_path)


def test_preprocessing_of_one_size_is_not_tried_on_another(tmp_path):
    (tmp_path / "m.py").write_text(
        "import torch\nfrom torch import nn\nMEAN = torch.full((3, 32, 32), 0.25)\n\ndef build():\n"
        "    return nn.Sequential(nn.Conv2d(3, 4, 3)), lambda image: image.float() / 255 - MEAN\n"
    )
    net = load_network(f"{tmp_path}/m.py:build", size=32)
    first = net.describe()["preprocess"]
    record(net, load_data("digits").balanced(20), None, tmp_path / "out")
    (tmp_path / "m.py").write_text((tmp_path / "m.py").read_text().replace("0.25", "0.5"))
    assert load_network(f"{tmp_path}/m.py:build", size=32).describe()["preprocess"] != first
