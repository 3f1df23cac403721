"""The study of units, small: every question has its curves, tables and sentence; interrupted, the same bytes."""

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.studies import STUDIES, _detectors
from repscope.studies._unit_questions import _known_by_others

SMALL = {
    "layers": ("stage1.0", "stage2.2"), "samples": 80, "few": 4, "patches": 4, "steps": 4, "permutations": 19,
    "concept_settings": {"per_class": 3},
    "concept_layers": ("stage1.0", "stage3.0"), "data_settings": {"per_class": 10}, "methods": ("saliency", "guided_backprop"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def few_twins():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_detectors, "TWINS", 4)
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("units")
    return STUDIES["units"].with_settings(SMALL).run(folder / "a"), folder / "a"


def test_every_question_is_answered(done):
    result, _ = done
    assert [figure.name for figure in result.figures] == [
        "coherence",
        "redundancy",
        "inversion",
        "metamers",
        "psnr",
        "attack",
        "detectors",
    ]
    assert result.figure("coherence").table.partitions == (
        "units",
        "random directions",
        "principal directions",
        "canonical directions",
    )
    assert result.figure("attack").table.partitions == ("attacked", "noise")
    assert len(result.sentences) == 6
    assert [sentence.split("?")[0] for sentence in result.sentences[:3]] == [
        "Units or space",
        "Redundant",
        "Invertible",
    ]


def test_guided_backpropagation_fails_the_check(done):
    rows = {row[0]: row for row in done[0].table("attributions").rows}
    assert len(rows) == 2
    assert rows["Guided backpropagation"][-1] == "no"
    assert rows["Gradient"][-1] == "yes"
    assert "Guided backpropagation" in done[0].sentences[3]


def test_detectors_beside_random_weights(done):
    assert done[0].figure("detectors").table.partitions == (
        "trained",
        "trained, beyond random weights",
        "random weights",
        "random weights, beyond random weights",
    )
    rows = [row for row in done[0].table("detectors").rows if row[0] == "random weights"]
    assert [row[1] for row in rows] == ["stage1.0", "stage3.0"]
    assert sum(row[4] for row in rows) == 0
    assert "reach more than units of other random weights do, of the twin 0." in done[0].sentences[5]


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    (folder / "result.json").unlink()
    (folder / "steps" / "attack.json").unlink()
    STUDIES["units"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_what_others_know():
    random = np.random.default_rng(0)
    free = random.normal(size=(800, 3))
    rows = np.column_stack([free, free[:, 0] + free[:, 1], random.normal(size=800), np.full(800, 2.0)])
    known = _known_by_others(rows[::2], rows[1::2])
    assert len(known) == 5  # the constant one is left out
    assert (known[[0, 1, 3]] > 0.95).all()
    assert (known[[2, 4]] < 0.05).all()


@pytest.mark.parametrize("given", [{"patches": 1}, {"few": 3}, {"samples": 10}])
def test_refusals(given, tmp_path):
    with pytest.raises(BadInput, match="expected two patches, four images and twice as many samples, or more"):
        STUDIES["units"].with_settings(given).run(tmp_path / "a")


def test_the_other_network_has_the_same_layers(tmp_path):
    with pytest.raises(
        BadInput, match=r"'repscope:nasnet-glyphs' has no layer 'stage1.0'; canonical directions need the same layers"
    ):
        STUDIES["units"].with_settings({**SMALL, "other": "repscope:nasnet-glyphs"}).run(tmp_path / "b")
