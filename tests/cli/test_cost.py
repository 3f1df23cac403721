"""repscope cost and repscope networks."""

import json

import pytest

from repscope.networks import NETWORK_SOURCES
from repscope.studies import complexity_table, published
from tests.cli.test_commands import run


def test_cost_has_a_row_for_each_layer(capsys):
    code, out, _ = run(capsys, "cost", "repscope:resnet20", "--network-set", "attention=stac")
    assert code == 0
    assert "stage1.0.attention.attend.0" in out
    assert out.splitlines()[-1].split() == ["all", "563,450", "41,476,736", "42,480,256"]


def test_cost_at_another_size(capsys):
    code, out, _ = run(capsys, "cost", "repscope:resnet20", "--input", "3x64x64", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["parameters"], told["input_shape"]) == (272_474, [3, 64, 64])
    assert told["multiply_adds"] == 4 * (40_813_184 - 640) + 640


def test_cost_beside_the_paper(capsys, monkeypatch):
    rows = published("attention_modules_complexity")  # all take ten seconds
    some = [row for row in rows if (row["network"], row["attention"]) == ("ResNet20", "STAC")]
    monkeypatch.setattr("repscope.studies._complexity.published", lambda _: some)
    monkeypatch.setattr("repscope.studies.complexity_table", complexity_table.__wrapped__)  # which keeps what it found
    code, out, _ = run(capsys, "cost", "--published", "--json")
    assert code == 0
    told = json.loads(out)
    assert [row[0] for row in told["rows"]] == [row["network"] for row in some]
    code, out, _ = run(capsys, "cost", "--published")
    assert "STAC standard" in out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "which network? expected an address, such as repscope:resnet20, or --published"),
        (("repscope:resnet20", "--published"), "--published is a table of its own; leave out 'repscope:resnet20'"),
        (
            ("repscope:resnet20", "--input", "32x32"),
            "--input '32x32' is no shape; expected CHANNELSxHEIGHTxWIDTH, such as 3x32x32",
        ),
    ],
)
def test_cost_says_what_it_needs(capsys, words, text):
    code, _, err = run(capsys, "cost", *words)
    assert code == 1
    assert text in err


def test_networks_are_listed_with_what_they_cost(capsys, monkeypatch):
    some = ("resnet20", "resnet20-glyphs", "nasnet")  # all take ten seconds
    assert set(some) <= set(NETWORK_SOURCES["repscope"].names())
    monkeypatch.setattr(type(NETWORK_SOURCES["repscope"]), "names", lambda _: some)
    code, out, _ = run(capsys, "networks", "--json")
    assert code == 0
    told = {x["network"]: x for x in json.loads(out)["networks"]}
    assert told["repscope:resnet20"]["flops"] == 41_816_704
    assert told["repscope:resnet20-glyphs"]["trained"]
    assert not told["repscope:nasnet"]["trained"]
    assert "stac" in json.loads(out)["attention"]
    code, out, _ = run(capsys, "networks")
    assert "repscope:resnet20-glyphs" in out
    assert "squeeze-and-excitation" in out
