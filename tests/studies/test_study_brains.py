"""The study of brains: simulated neurons are told to be of their layer; recorded ones come from a file; the same bytes again."""

import numpy as np
import pytest

from repscope import load_data
from repscope.core.errors import BadInput
from repscope.studies import STUDIES
from repscope.transfer.brains import Responses

SMALL = {
    "samples": 120, "layers": ["input", "stage2.2", "stage3.2", "pool"], "simulated": "pool", "neurons": 12, "presentations": 4, "explained": 0.9,
    "reliability": 0.8, "units": [3, 10], "draws": 2, "network": "repscope:resnet20-digits", "data": "digits",
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brains") / "a"
    return STUDIES["brains"].with_settings(SMALL).run(folder), folder


def test_the_layer_that_neurons_were_made_of_predicts_them_best(done):
    result, _ = done
    rows = {row[0]: row for row in result.table("layers").rows}
    assert list(rows) == SMALL["layers"]
    assert rows["pool"][1] > rows["stage2.2"][1]
    assert rows["pool"][1] > rows["input"][1]
    assert rows["pool"][4] == pytest.approx(0.8, abs=0.08)
    assert rows["pool"][3] < rows["pool"][1]  # corrected
    assert "The neurons are simulated: 90 % of what repeats is linear in pool" in result.sentences[1]


def test_readouts_of_neurons_and_of_units_as_noisy(done):
    result, _ = done
    figure = result.figure("readout")
    assert figure.table.partitions == ("neurons", "units of the layer", "units of the layer, as noisy")
    assert figure.table.layers == ("3", "10")
    assert "% from 10 neurons" in result.sentences[2]


def test_recorded_responses_by_the_ids_of_images(tmp_path):
    data = load_data("digits").partition("validation").balanced(60)
    values = np.random.default_rng(0).normal(size=(60, 4)) + data.labels[:, None]
    path = Responses.of(values, data.ids).save(tmp_path / "v4.npz")
    settings = {**SMALL, "responses": str(path), "layers": ["pool"]}
    result = STUDIES["brains"].with_settings(settings).run(tmp_path / "out")
    (row,) = result.table("layers").rows
    assert row[4] is None
    assert row[1] == pytest.approx(row[3], abs=0.01)
    assert row[1] > 0.3
    assert result.figure("readout").table.partitions == ("neurons", "units of the layer")
    assert result.sentences[-1].startswith("Note: every image was shown once")
    strange = Responses.of(values, [f"x{i}" for i in range(60)]).save(tmp_path / "other.npz")
    with pytest.raises(BadInput, match=r"60 of 60 images of .* are not in 'digits', such as 'x0'"):
        STUDIES["brains"].with_settings({**settings, "responses": str(strange)}).run(tmp_path / "x")


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    for name in ("result.json", "steps/layer-pool.json", "steps/readout.json"):
        (folder / name).unlink()
    STUDIES["brains"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before
