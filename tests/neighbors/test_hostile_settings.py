"""What a user has set in torch, and what arrays look like, must not change a neighbour."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput
from repscope.neighbors import Exact, neighbor_graph
from tests.references.brute_force import brute_force

rng = np.random.default_rng(0)
TIGHT = (np.abs(rng.normal(size=(300, 200))) * 0.02 + rng.normal(size=(300, 1)) * 10).astype("f4")


def test_autocast_does_not_reach_the_product():
    expected, _ = brute_force(TIGHT, 5)
    with torch.autocast("cpu", torch.bfloat16):
        assert (neighbor_graph(TIGHT, 5).indices == expected).all()
        assert (neighbor_graph(TIGHT, 5, Exact(overfetch=0)).indices == expected).all()


def test_the_newer_precision_settings():
    code = """
import numpy as np, torch
torch.backends.cuda.matmul.fp32_precision = "tf32"
from repscope.neighbors import neighbor_graph
graph = neighbor_graph(np.random.default_rng(0).normal(size=(60, 5)).astype("f4"), 3)
print(graph.n, torch.backends.cuda.matmul.fp32_precision)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.returncode) == (["60", "tf32"], 0), done.stderr


@pytest.mark.parametrize("kind", ["reversed", "big-endian", "read-only", "fortran", "grad"])
def test_any_layout(kind):
    x = rng.normal(size=(40, 3))
    expected, _ = brute_force(x, 4)
    frozen = x.copy()
    frozen.flags.writeable = False
    made = {
        "reversed": lambda: x[::-1].copy()[::-1],
        "big-endian": lambda: x.astype(">f8"),
        "read-only": lambda: frozen,
        "fortran": lambda: np.asfortranarray(x),
        "grad": lambda: torch.tensor(x, requires_grad=True),
    }
    assert (neighbor_graph(made[kind](), 4).indices == expected).all()


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (np.array([[2**53], [2**53 + 2], [2**53 + 4]]), "whole numbers beyond 2\\^53"),
        (np.zeros((3, 2), np.longdouble), r"expected float64 or less: points.astype\(float\)"),
        (torch.eye(3).to_sparse(), r"expected a dense one with values: points.to_dense\(\)"),
        (np.c_[np.full(5, 1e200), np.arange(5.0)], "the features differ so much in size that distances"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_refused(points, text):
    with pytest.raises(BadInput, match=text):
        neighbor_graph(points, 1)


def test_squares_decide_and_not_their_rounded_roots():
    points = np.array([[0, 0], [67108864, 1], [67108864, 0], [-3e8, 0]])
    graph = neighbor_graph(points, 1)
    assert graph.indices[0, 0] == 2
    assert graph.tied[0] == 0
