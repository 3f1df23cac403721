"""Analyses of a network while it is trained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.data import load_data
from repscope.networks import load_network
from repscope.studies import AnalysesWhileTraining, Run
from repscope.training import Recipe, train


def test_runs_of_epochs_and_their_time(tmp_path: Path) -> None:
    letters = load_data("glyphs", classes="AB", per_class=40)
    network, out = load_network("repscope:inception_v1", classes=2), tmp_path / "w.safetensors"
    recipe = Recipe(epochs=3, batch=20)
    analyses = AnalysesWhileTraining(letters, every=2, samples=20)
    done = train(network, letters, recipe, out, each=analyses.of(out))
    assert [run.path for run in analyses.runs] == [tmp_path / "w-runs" / "epoch-002"]
    assert Run(tmp_path / "w-runs" / "epoch-002").partitions == ("validation",)
    assert analyses.runs[0].recording("validation").n == 20
    assert np.isfinite([s.value for s in analyses.runs[0].scores("class_similarity").curve()]).all()
    assert analyses.seconds > 0
    plain = train(network, letters, recipe)
    assert plain.network.digest == done.network.digest  # the analysis left the training alone
    with pytest.raises(BadInput, match=r"w-runs holds analyses of another training; move them away, .* --fresh"):
        analyses.of(out)
    analyses.of(out, fresh=True)
    assert not (tmp_path / "w-runs").exists()


def test_what_cannot_be_analysed() -> None:
    digits = load_data("digits")
    with pytest.raises(BadInput, match="an analysis every 0 epochs cannot be made; expected 1 or more"):
        AnalysesWhileTraining(digits, 0)
    with pytest.raises(
        BadInput, match="'digits' has no partition 'validation' to be analysed while training; it has none"
    ):
        AnalysesWhileTraining(replace(digits, partitions={}), 1)
