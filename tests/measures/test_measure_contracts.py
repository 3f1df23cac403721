"""Every measure of ours passes the contract tests that plug-ins inherit."""

import pytest

from repscope.core.errors import NotFound
from repscope.measures import MEASURES, measure
from repscope.testing import MeasureTests


class TestIntrinsicDimension(MeasureTests):
    measure = MEASURES["intrinsic_dimension"]


class TestClassSimilarity(MeasureTests):
    measure = MEASURES["class_similarity"]


class TestNeighborAccuracy(MeasureTests):
    measure = MEASURES["neighbor_accuracy"]


class TestLayerSimilarity(MeasureTests):
    measure = MEASURES["layer_similarity"]


class TestNeighborDensityRatio(MeasureTests):
    measure = MEASURES["neighbor_density_ratio"]


class TestCKA(MeasureTests):
    measure = MEASURES["cka"]


class TestRbfCKA(MeasureTests):
    measure = MEASURES["rbf_cka"]


class TestHSIC(MeasureTests):
    measure = MEASURES["hsic"]


class TestCCA(MeasureTests):
    measure = MEASURES["cca"]


class TestSVCCA(MeasureTests):
    measure = MEASURES["svcca"]


class TestPWCCA(MeasureTests):
    measure = MEASURES["pwcca"]


class TestProcrustes(MeasureTests):
    measure = MEASURES["procrustes"]


class TestRSA(MeasureTests):
    measure = MEASURES["rsa"]


class TestMutualNeighbors(MeasureTests):
    measure = MEASURES["mutual_neighbors"]


class TestLinearPredictivity(MeasureTests):
    measure = MEASURES["linear_predictivity"]


class TestLinearProbe(MeasureTests):
    measure = MEASURES["linear_probe"]


class TestHubness(MeasureTests):
    measure = MEASURES["hubness"]


class TestPersistentHomology(MeasureTests):
    measure = MEASURES["persistent_homology"]


def test_all_of_ours_are_tested_here():
    tested = {c.measure.name for c in MeasureTests.__subclasses__() if c.__module__ == __name__}
    assert tested == set(MEASURES._files())
    for name in tested:
        assert MEASURES[name].name == name
        assert measure(name) is MEASURES[name]


def test_unknown_measure():
    with pytest.raises(
        NotFound, match=r"there is no 'class_similarty' among the measures; nearest of \d+: 'class_similarity'"
    ):
        measure("class_similarty")
