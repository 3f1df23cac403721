"""A package that adds a measure to repscope from outside, as it lies in site-packages once installed."""

import os
from pathlib import Path

NAME = "mean_distance"

MEASURE = '''
"""How far a sample's neighbours are, on average."""

import numpy as np

from repscope.measures import LayerMeasure, Score


class MeanDistance(LayerMeasure):
    name = "mean_distance"
    title = "Mean neighbour distance"
    symbol = "MND"
    summary = "How far a sample's neighbours are, on average: small where a layer packs samples densely."
    needs = frozenset({"graph"})
    bounds = (0.0, float("inf"))
    invariant_to = frozenset({"translation", "rotation", "permutation"})
    reference = "an example"

    def score(self, layer):
        each = layer.graph.distances.mean(axis=1)
        half = 1.96 * each.std() / np.sqrt(len(each))
        value = float(each.mean())
        return Score("mean_distance", value, (max(0.0, value - half), value + half), "analytic, normal", per_sample=each)


measure = MeanDistance()
'''

TESTS = """
from repscope.testing import MeasureTests

from mean_distance_package.mean_distance import measure


class TestMeanDistance(MeasureTests):
    measure = measure
"""

METADATA = "Metadata-Version: 2.1\nName: mean-distance-package\nVersion: 1.0\n"
ENTRY_POINTS = "[repscope.measures]\nmean_distance = mean_distance_package.mean_distance:measure\n"


def write_plugin(folder: Path) -> dict[str, str]:
    """Write the package, installed, into a folder, and say with which environment a process sees it.

    `measure("mean_distance")` then finds the measure, which `analyze` computes unasked.
    """
    package, info = folder / "mean_distance_package", folder / "mean_distance_package-1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "mean_distance.py").write_text(MEASURE)
    (package / "test_mean_distance.py").write_text(TESTS)
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
