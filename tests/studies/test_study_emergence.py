"""The study of emergence, small: detectors at every checkpoint, and the same bytes after an interruption."""

import pytest

from repscope.core.errors import BadInput
from repscope.studies import STUDIES, _detectors

SMALL = {
    "data_settings": {"per_class": 8}, "epochs": 2, "at": (0, 2), "layers": ("stage1.0", "stage2.0"),
    "concept_settings": {"per_class": 3}, "quantile": 0.05,
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def few_twins():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_detectors, "TWINS", 3)
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emergence") / "a"
    return STUDIES["emergence"].with_settings(SMALL).run(folder), folder


def test_every_checkpoint_and_layer_has_its_share(done):
    result, folder = done
    table = result.figure("detectors").table
    assert table.partitions == ("epoch 0", "epoch 2")
    assert table.layers == ("stage1.0", "stage2.0")
    for row in result.table("checkpoints").rows:
        (score,) = [x.score for x in table.rows if (x.partition, x.layer) == row[:2]]
        assert score.value == row[3] / row[2]
        assert sum(row[5:]) == row[3]  # every detector is of one kind
        assert row[4] <= row[3]
    assert sorted(path.name for path in (folder / "networks").iterdir()) == [
        "epoch-0.safetensors",
        "epoch-2.safetensors",
    ]
    assert result.sentences[0].startswith("Of 48 units ")


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    (folder / "result.json").unlink()
    (folder / "steps" / "epoch 2.json").unlink()
    STUDIES["emergence"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_checkpoints_of_another_training(done, tmp_path):
    _, folder = done
    files = [str(folder / "networks" / f"epoch-{number}.safetensors") for number in (0, 2)]
    given = {**SMALL, "checkpoints": files}
    again = STUDIES["emergence"].with_settings(given).run(tmp_path / "b")
    theirs = done[0].table("checkpoints").rows
    assert [row[1:] for row in again.table("checkpoints").rows] == [row[1:] for row in theirs]
    assert not (tmp_path / "b" / "networks").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"checkpoints": ["a.safetensors"]}, "one checkpoint shows no change"),
        ({"at": (0, 3)}, r"at = \[0, 3\] names epochs that the training does not have; expected 0 to 2"),
        ({"checkpoints": ["a", "b"], "weights": "c"}, "weights = 'c' begin a training, and checkpoints are of one that is done"),
    ],
)  # fmt: skip
def test_refusals(given, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        STUDIES["emergence"].with_settings({**SMALL, **given}).run(tmp_path / "a")
