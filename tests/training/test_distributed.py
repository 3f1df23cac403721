"""Several processes that train one network."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from repscope.core.errors import BadInput, Mismatch
from repscope.core.files import read_json
from repscope.data import load_data
from repscope.networks import load_network
from repscope.training import Recipe, is_first, train
from repscope.training import _distributed as module
from repscope.training._distributed import World, join

PLAIN = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.Conv2d(8, 16, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(64, 10)
    )
"""


def repscope(folder: Path, processes: int, *words: str) -> subprocess.CompletedProcess[str]:
    start = [sys.executable]
    if processes > 1:
        start += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "--no-python"]
        start += [sys.executable]
    line = [*start, "-c", "from repscope.cli import main; main()", "train", *words]
    return subprocess.run(
        line, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )


@pytest.mark.slow
def test_two_processes_train_what_one_does(tmp_path: Path) -> None:
    """Without batch norm the weights are those of one process up to the rounding of sums; so are the losses."""
    (tmp_path / "plain.py").write_text(PLAIN)
    how = [
        "plain.py:build",
        "digits",
        "--network-set",
        "size=32",
        "--epochs",
        "2",
        "--augmentation",
        "all",
        "--batch",
        "50",
    ]
    one = repscope(tmp_path, 1, *how, "--out", "one.safetensors")
    assert one.returncode == 0, one.stderr
    two = repscope(tmp_path, 2, *how, "--out", "two.safetensors")
    assert two.returncode == 0, two.stderr
    assert two.stdout.count("validation accuracy") == 1  # the first process prints, the other is silent
    a, b = (load_file(tmp_path / f"{name}.safetensors") for name in ("one", "two"))
    assert a.keys() == b.keys()
    for name, tensor in a.items():
        np.testing.assert_allclose(b[name], tensor, atol=2e-5, rtol=1e-4, err_msg=name)
    first, second = (read_json(tmp_path / f"{name}.json") for name in ("one", "two"))
    for x, y in zip(first["history"], second["history"], strict=True):
        assert y == pytest.approx(x, rel=1e-4, abs=1e-6)
    assert second["accuracies"] == pytest.approx(first["accuracies"], abs=2e-3)
    assert not list(tmp_path.glob("*.state.*"))


@pytest.mark.slow
def test_batch_norms_see_their_own_share(tmp_path: Path) -> None:
    """The running statistics are the first process's; the network is a good one all the same."""
    how = ["repscope:inception_v1", "digits", "--epochs", "4", "--batch", "32"]
    two = repscope(tmp_path, 2, *how, "--out", "two.safetensors")
    assert two.returncode == 0, two.stderr
    assert read_json(tmp_path / "two.json")["accuracies"]["validation"] > 0.8


@pytest.mark.parametrize("count", [1, 2, 7, 64])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_shares_are_all_of_it_once(count: int, size: int) -> None:
    rows = [row for rank in range(size) for row in range(count)[World("cpu", rank, size).share(count)]]
    assert rows == list(range(count))


def test_alone_unless_torchrun_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")  # other launchers set it too
    monkeypatch.setenv("RANK", "2")
    assert join("cpu", 2) == World("cpu")
    assert is_first()
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    assert not is_first()


def test_processes_that_see_different_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "as_the_first", lambda world, tensors: [tensor.fill_(3) for tensor in tensors])
    World("cpu", 1, 2).agree(3, "epochs")
    with pytest.raises(
        Mismatch, match="process 1 found 0 epochs in the state, and the first one 3; expected the same: let all"
    ):
        World("cpu", 1, 2).agree(0, "epochs in the state")


def test_what_processes_cannot_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(BadInput, match="batch=7 is too small for 4 processes; expected two images for each"):
        join("cpu", 7)
    monkeypatch.setattr("repscope.training._loop.join", lambda device, batch: World(device, 0, 2))
    with pytest.raises(
        BadInput, match="the loss 'centre' was asked of 2 processes; expected 'softmax', or one process"
    ):
        train(load_network("repscope:inception_v1"), load_data("digits").balanced(30), Recipe(epochs=1, loss="centre"))
    assert module.World("cpu", 1, 2).first is False
