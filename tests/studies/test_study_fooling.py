"""The study of fooling, small: what a network has learnt as patterns, and the same bytes after an interruption."""

import numpy as np
import pytest
import torch

from repscope import load_data
from repscope.core.errors import BadInput, Damaged
from repscope.core.files import write_tensors
from repscope.studies import STUDIES
from repscope.studies._with_patterns import with_patterns

SMALL = {
    "data_settings": {"classes": "AB", "per_class": 8}, "seeds": 2, "recipe": {"epochs": 1}, "rounds": 2, "patterns": 2, "generations": 2, "sure": 0.4,
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fooling") / "a"
    return STUDIES["fooling"].with_settings(SMALL).run(folder), folder


def test_every_round_is_there(done):
    result, folder = done
    assert result.figure("fooled").table.partitions == (
        "patterns before evolution",
        "patterns evolved for it",
        "patterns of the networks before it",
    )
    rows = result.table("networks").rows
    assert [row[:2] for row in rows] == [
        (name, seed) for name in ("as it was", "trained anew", "trained anew, 2nd time") for seed in (0, 1)
    ]
    assert all(row[3] >= row[5] for row in rows)  # evolution loses nothing
    assert [row[6] is None for row in rows] == [True, True, False, False, False, False]
    assert sorted(path.name for path in (folder / "patterns").iterdir()) == [
        f"round-{number}-seed-{seed}.safetensors" for number in range(3) for seed in range(2)
    ]


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    for name in ("result.json", "steps/fooled-1-1.json", "patterns/round-1-seed-1.safetensors"):
        (folder / name).unlink()
    for path in (folder / "networks").glob("round-2-1*"):
        path.unlink()
    STUDIES["fooling"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_patterns_are_one_class_more(tmp_path):
    drawn = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    write_tensors(tmp_path / "a.safetensors", {"images": torch.from_numpy(drawn[:3])}, {})
    write_tensors(tmp_path / "b.safetensors", {"images": torch.from_numpy(drawn[3:])}, {})
    base = load_data("glyphs", per_class=4)
    data = with_patterns("glyphs", {"per_class": 4}, [str(tmp_path / "a.safetensors"), str(tmp_path / "b.safetensors")])
    assert data.class_names == (*base.class_names, "patterns")
    assert len(data) == len(base) + 5
    assert (data.labels[-5:] == 10).all()
    for i in range(5):
        np.testing.assert_array_equal(data.image(len(base) + i).numpy(), drawn[i].transpose(2, 0, 1))
    for part, own in (("train", 3), ("validation", 2)):
        here = data.partition(part)
        assert (here.labels == 10).sum() == own
        assert len(here) == len(base.partition(part)) + own
        torch.testing.assert_close(here.image(0), base.partition(part).image(0))


def test_changed_patterns_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    write_tensors(path, {"images": torch.zeros(2, 32, 32, 3, dtype=torch.uint8)}, {})
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(Damaged, match="does not agree with its checksum"):
        with_patterns("glyphs", {"per_class": 4}, [str(path)])


@pytest.mark.parametrize("given", [{"rounds": 0}, {"patterns": 1}, {"generations": 0}, {"sure": 1.0}])
def test_refusals(given, tmp_path):
    with pytest.raises(BadInput, match="expected a round, two patterns of each class"):
        STUDIES["fooling"].with_settings(given).run(tmp_path / "a")


def test_what_the_study_chooses(tmp_path):
    with pytest.raises(BadInput, match="the common recipe has data_settings, which the study chooses"):
        STUDIES["fooling"].with_settings({"recipe": {"data_settings": {}}}).run(tmp_path / "a")
