"""A measure that another package adds by entry point is found without an edit, and held to the contract."""

import subprocess
import sys

import pytest

from tests.plugin.plugin_fixture import NAME, write_plugin

FIND = """
import sys
from types import SimpleNamespace
from repscope.measures import MEASURES, measure
from repscope.neighbors import NeighborGraph
names = MEASURES.names()
assert "mean_distance" in names, names
assert names[-1] == "mean_distance", "our own come first"
assert "mean_distance_package" not in sys.modules, "listing the names imports nothing"
import numpy as np
indices, distances = np.array([[1], [0], [1]]), np.array([[1.0], [1.0], [2.0]])
graph = NeighborGraph(indices, distances, np.zeros(3, int), np.arange(3))
score = measure("mean_distance").score(SimpleNamespace(graph=graph))
print(measure("mean_distance").symbol, score.measure, score.per_sample.tolist())
"""


@pytest.fixture
def environment(tmp_path):
    return write_plugin(tmp_path / "site")


def test_is_listed_and_found(environment):
    done = subprocess.run([sys.executable, "-c", FIND], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"MND {NAME} [1.0, 1.0, 2.0]\n"


def test_passes_the_contract_tests_it_inherits(environment, tmp_path):
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-W", "error"]
    command += ["--rootdir", str(tmp_path), "--import-mode", "importlib"]
    command += [str(tmp_path / "site" / "mean_distance_package" / "test_mean_distance.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_rotation_changes_nothing PASSED" in done.stdout
    assert "test_scale_changes_nothing" not in done.stdout  # it does not claim that
    assert "test_missing_labels_are_named" not in done.stdout
