"""The study of transferability, small: the whole grid, what is frozen, what is refused, the same bytes after an interruption."""

import pytest

from repscope.core.errors import BadInput
from repscope.core.files import read_json
from repscope.networks._weights import read_weights
from repscope.studies import STUDIES
from repscope.studies._class_half import half_of_classes

SMALL = {
    "data_settings": {"classes": "ABCD", "per_class": 12}, "seeds": 2, "cuts": ["neck", "stage2"], "layers": ["neck", "pool"], "samples": 6,
    "recipe": {"epochs": 1, "batch": 10}, "network_settings": {"blocks": [1, 1, 1]},
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transfer") / "a"
    return STUDIES["transferability"].with_settings(SMALL).run(folder), folder


def test_the_grid_is_whole(done):
    result, folder = done
    rows = result.table("grid").rows
    assert [row[:2] for row in rows] == [("baseB", None)] + [
        (variant, cut) for variant in ("BnB", "BnB+", "AnB", "AnB+") for cut in ("neck", "stage2")
    ]
    assert len(list((folder / "networks").glob("*.safetensors"))) == 2 * (2 + 2 * 4)
    assert result.figure("accuracy").table.partitions == ("baseB", "BnB", "BnB+", "AnB", "AnB+")
    assert [figure.name for figure in result.figures] == ["accuracy", "moved_BnB-further", "moved_AnB-further"]
    assert len(result.sentences) == 5


def test_what_is_copied_and_frozen(done):
    _, folder = done

    def tensors(name):
        return read_weights(folder / "networks" / f"{name}.safetensors").tensors

    origin, frozen, further = tensors("baseA-0"), tensors("A2B-1000"), tensors("A2B-further-1000")
    first = "stage2.0.convolution1.weight"
    assert bool((frozen[first] == origin[first]).all())
    assert not bool((further[first] == origin[first]).all())
    last = "stage3.0.convolution1.weight"
    assert not bool((frozen[last] == origin[last]).all())
    recipe = read_json(folder / "networks" / "A2B-1000.json")["recipe"]
    assert recipe["frozen"] == "neck,stage2"
    assert read_json(folder / "networks" / "A2B-further-1000.json")["recipe"]["frozen"] == ""


def test_layers_that_were_frozen_are_their_origin(done):
    _, folder = done
    kept = read_json(folder / "steps" / "moved-AnB-2-0.json")["value"]
    assert kept["layers"] == ["neck", "pool"]
    assert kept["likeness"][0] == 1


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    for name in ("result.json", "steps/moved-BnB+-1-1.json"):
        (folder / name).unlink()
    for path in (folder / "networks").glob("A1B-1001*"):
        path.unlink()
    STUDIES["transferability"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_halves_share_no_class():
    first, second = (half_of_classes("glyphs", {"classes": "ABCDEFG", "per_class": 3}, half, 4) for half in "AB")
    assert (len(first.class_names), len(second.class_names)) == (4, 3)
    assert not set(first.class_names) & set(second.class_names)
    assert not set(first.ids) & set(second.ids)
    assert set(first.partitions) == set(second.partitions) == {"train", "validation"}
    with pytest.raises(BadInput, match="has 3 classes; expected four or more"):
        half_of_classes("glyphs", {"classes": "ABC", "per_class": 3}, "A", 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cuts": ["stage9"]}, "has no module 'stage9' to be cut after"),
        ({"cuts": []}, r"cuts = \[\]; expected one or more modules"),
        ({"cuts": ["stage2", "neck"]}, "in the order of the network"),
        ({"recipe": {"frozen": "neck"}}, "the common recipe has the settings frozen"),
    ],
)
def test_what_is_refused(settings, message, tmp_path):
    with pytest.raises(BadInput, match=message):
        STUDIES["transferability"].with_settings({**SMALL, **settings}).run(tmp_path / "x")
