"""The public names are these, and importing them loads nothing heavy."""

import subprocess
import sys

import pytest

import repscope

NAMES = [
    "Advice",
    "Comparison",
    "Comparisons",
    "Cost",
    "DataSet",
    "Exact",
    "NeighborGraph",
    "Network",
    "Recording",
    "RepscopeError",
    "Run",
    "Score",
    "__version__",
    "advise",
    "analyze",
    "cca",
    "cka",
    "class_similarity",
    "compare",
    "cost",
    "hsic",
    "hubness",
    "intrinsic_dimension",
    "layer_similarity",
    "linear_predictivity",
    "linear_probe",
    "load_data",
    "load_network",
    "matrix_divergence",
    "measure",
    "mutual_neighbors",
    "neighbor_graph",
    "persistent_homology",
    "procrustes",
    "pwcca",
    "record",
    "rsa",
    "svcca",
    "verify",
]


def test_the_list_is_pinned():
    assert sorted(repscope.__all__) == sorted(NAMES)
    assert sorted(dir(repscope)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name):
    assert getattr(repscope, name) is not None


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="module 'repscope' has no attribute 'ckaa'; public names: "):
        _ = repscope.ckaa


@pytest.mark.parametrize(
    ("what", "heavy"),
    [
        ("import repscope", ["numpy", "torch", "matplotlib", "sklearn", "typer", "PIL"]),
        ("import repscope.cli", ["torch", "matplotlib", "sklearn"]),
        ("from repscope import load_data, load_network, neighbor_graph, Score", ["torch", "matplotlib", "sklearn"]),
        ("from repscope.cli._app import build_app; build_app()", ["torch", "matplotlib", "sklearn", "PIL"]),
    ],
)
def test_light(what, heavy):
    code = f"{what}\nimport sys\nprint([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
