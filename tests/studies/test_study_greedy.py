"""Windows by trial: each stage with every window that fits, the best being kept."""

import json

import pytest

from repscope import load_network
from repscope.core.errors import BadInput
from repscope.studies import STUDIES

SMALL = {
    "data_settings": {"classes": "AB", "per_class": 16},
    "network_settings": {"blocks": [1, 1, 1], "size": 16},
    "tried": [3, 4, 16, "global"],
    "recipe": {"epochs": 1, "batch": 8},
}


def test_the_best_window_of_each_stage_is_kept(tmp_path):
    study = STUDIES["greedy"].with_settings(SMALL)
    result = study.run(tmp_path / "a")
    rows = result.figure("accuracy").table.rows
    # 3 divides no map; 16 and global are one in the first stage, 4, 16 and global one in the last
    assert [(row.partition, row.layer) for row in rows] == [
        ("stage 1", "4"), ("stage 1", "16"), ("stage 2", "4"), ("stage 2", "16"), ("stage 3", "4"),
    ]  # fmt: skip
    kept: list = []
    for stage in (1, 2, 3):
        of = [row for row in rows if row.partition == f"stage {stage}"]
        best = max(of, key=lambda row: row.score.value).layer
        kept.append(int(best))
    assert [row[1] for row in result.table("windows").rows] == kept
    name = f"windows-{'-'.join(map(str, kept))}-0"
    network = load_network("repscope:resnet20", weights=str(tmp_path / "a" / "networks" / f"{name}.safetensors"))
    assert network.settings["window"] == kept
    record = json.loads((tmp_path / "a" / "networks" / f"{name}.json").read_text(encoding="utf8"))
    assert result.table("windows").rows[-1][2] == 100 * record["accuracies"]["validation"]
    assert "chosen between by chance" in result.sentences[1]
    before = (tmp_path / "a" / "result.json").read_bytes()
    (tmp_path / "a" / "result.json").unlink()
    study.run(tmp_path / "a")
    assert (tmp_path / "a" / "result.json").read_bytes() == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seeds": 0}, "seeds = 0; expected one or more"),
        ({"tried": [3, 5]}, r"none of the windows \[3, 5\] divides the maps of stage 1; expected one that does"),
        ({"network": "timm:resnet18"}, "designs of 'timm:resnet18' cannot be made; expected one of repscope:resnet20"),
    ],
)
def test_refusals(given, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        STUDIES["greedy"].with_settings(given).run(tmp_path / "a")
