"""Trap 54: two constant layers have the same neighbors, those that the order of samples gives. Ours: they have no similarity."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import layer_similarity, mutual_neighbors, neighbor_graph
from repscope.core.errors import BadInput
from repscope.report.findings import findings
from repscope.studies import analyze
from tests.activations.small import images, network


class Dead(nn.Module):
    """Two ReLUs that never fire."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.first, self.second = nn.ReLU(), nn.ReLU()

    def forward(self, x):
        maps = self.conv(x)
        return self.second(self.first(-maps.abs() - 1) - 1)


def test_constant_layers_say_nothing_about_each_other(tmp_path):
    run = analyze(network(Dead()), images(), ["conv", "first", "second"], tmp_path, k=3)
    scores = {(row.layer, row.other): row.score for row in run.scores("layer_similarity").rows}
    assert np.isnan(scores["first", "second"].value)
    assert any("all 20 samples are equal" in note for note in scores["first", "second"].notes)
    assert {f.kind for f in findings(run) if {"first", "second"} & set(f.layers)} == {"constant_layers"}


@pytest.mark.parametrize("measure", [layer_similarity, mutual_neighbors])
def test_the_measures_refuse_them(measure):
    constant, other = (neighbor_graph(np.full((20, 2), value), k=3) for value in (0.0, 5.0))
    varied = neighbor_graph(np.random.default_rng(0).normal(size=(20, 2)), k=3)
    for pair in ((constant, other), (constant, varied), (varied, constant)):
        with pytest.raises(BadInput, match=r"all 20 samples are equal in the (first|second) layer"):
            measure(*pair)
