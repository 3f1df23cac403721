"""The study of fine-tuning, small: both ways, layers and retrieval before and after, units; the same bytes after an interruption."""

import pytest

from repscope.core.errors import BadInput
from repscope.core.files import read_json
from repscope.data.concepts import load_concepts
from repscope.networks._weights import read_weights
from repscope.studies import STUDIES
from repscope.studies._subjects import opened_network
from repscope.units import dissect_network

SMALL = {
    "data_settings": {"classes": "ABCD", "per_class": 16}, "seeds": 2, "layers": ["input", "stage1.0", "pool"], "samples": 8, "units": 3, "patches": 2,
    "recipe": {"epochs": 1, "batch": 10}, "further": {"epochs": 1, "batch": 10, "learning_rate": 0.01}, "unit_layer": "stage2.0",
    "network_settings": {"blocks": [1, 1, 1]},
    "concepts": "scenes", "concept_settings": {"per_class": 3},
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuning") / "a"
    return STUDIES["fine_tuning"].with_settings(SMALL).run(folder), folder


def test_both_ways(done):
    result, folder = done
    rows = result.table("ways").rows
    assert [row[0] for row in rows] == ["A to B", "B to A"]
    assert result.figure("likeness").table.partitions == ("A to B", "B to A")
    assert result.figure("precision").table.partitions == (
        "A to B, before",
        "A to B, after",
        "B to A, before",
        "B to A, after",
    )
    assert len(list((folder / "networks").glob("*.safetensors"))) == 8
    assert result.sentences[0].startswith("A to B: fine-tuned it is right on ")
    # the pixels are the same, before and after
    by_curve = {(row.partition, row.layer): row.score.value for row in result.figure("precision").table.rows}
    assert by_curve["A to B, before", "input"] == by_curve["A to B, after", "input"]
    assert {row.layer: row.score.value for row in result.figure("likeness").table.rows}["input"] == 1


def test_fine_tuning_begins_where_the_other_ended(done):
    _, folder = done
    recipe = read_json(folder / "networks" / "A-to-B-0.json")
    assert "--copied 'neck,stage*'" in recipe["command"]
    base, tuned = (
        read_weights(folder / "networks" / f"{name}.safetensors").tensors for name in ("baseA-0", "A-to-B-0")
    )
    other = read_weights(folder / "networks" / "baseB-0.safetensors").tensors
    name = "stage1.0.convolution1.weight"
    near, far = (float((tuned[name] - start[name]).norm()) for start in (base, other))
    assert 0 < near < far


def test_units_are_shown_before_and_after(done):
    result, _ = done
    drawing, back = result.drawings
    assert (drawing[0], drawing[1], back[0]) == ("Units of stage2.0, A to B", "strips", "Units of stage2.0, B to A")
    assert [row["name"] for row in drawing[2]["rows"]][:2] == ["unit 0, before", "unit 0, after"]
    assert len(drawing[2]["rows"]) == 6
    assert all(len(row["tiles"]) == 2 for row in drawing[2]["rows"])


def test_units_are_dissected_before_and_after(done):
    result, _ = done
    table = result.figure("detectors").table
    assert table.partitions == tuple(f"{way}, {when}" for way in ("A to B", "B to A") for when in ("before", "after"))
    shown = {(row.partition, row.layer): row.score.value for row in table.rows}
    network = opened_network("repscope:resnet20", str(done[1] / "networks" / "baseA-0.safetensors"))
    one = dissect_network(network, load_concepts("scenes", per_class=3), "stage3.0")["stage3.0"]
    assert shown["A to B, before", "stage3.0"] == len(one.detectors()) / 64
    assert {shown[key] for key in shown if key[1] == "stage3.0"} != {shown["A to B, before", "stage3.0"]}


def test_an_interrupted_study_has_the_same_bytes(done):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    for name in ("result.json", "steps/changed-B-to-A-1.json"):
        (folder / name).unlink()
    for path in (folder / "networks").glob("B-to-A-1*"):
        path.unlink()
    STUDIES["fine_tuning"].with_settings(SMALL).run(folder)
    assert (folder / "result.json").read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unit_layer": "stage9"}, "has no layer 'stage9' whose units could be looked at"),
        ({"concepts": "broden:nowhere"}, "nowhere"),
        ({"further": {"epoch": 3}}, "the further recipe has the settings epoch"),
    ],
)
def test_what_is_refused(settings, message, tmp_path):
    with pytest.raises(BadInput, match=message):
        STUDIES["fine_tuning"].with_settings({**SMALL, **settings}).run(tmp_path / "x")
