"""The figures of the papers are in the package, with their source."""

import numpy as np
import pytest

from repscope.core.errors import NotFound
from repscope.measures import Score
from repscope.studies import PUBLISHED_SOURCES, published
from repscope.studies._ab_findings import ID, NNCS
from repscope.studies._ab_published import published_table
from repscope.studies._published import beside_published
from repscope.studies._sampling_figures import published_table as sampling_table


@pytest.mark.parametrize("name", PUBLISHED_SOURCES)
def test_every_table_is_whole_and_has_a_source(name):
    rows = published(name)
    assert len(rows) >= 4
    assert all(set(row) == set(rows[0]) and None not in row for row in rows)
    assert any(author in PUBLISHED_SOURCES[name] for author in ("Hryniowski", "McNeely-White"))


def test_a_table_that_is_not_there():
    with pytest.raises(NotFound, match=r"there is no published table 'imagenet'; nearest of \d+: 'imagenet_networks'"):
        published("imagenet")


def test_figures_stand_beside_ours_and_say_whether_the_data_are_the_same():
    peak = {"quantity": "ID peak layer"}
    here, there = (beside_published([(peak, "6")], data).rows[0] for data in ("glyphs", "cifar10:/data"))
    assert here[1:] == ("4", "CIFAR10, 4.2", "6", "no")
    assert beside_published([(peak, "6")], "glyphs").title.endswith("found on glyphs: not the same data")
    assert there[-1] == "yes"
    imagenet = {"quantity": "NNCS at k = 2"}
    assert beside_published([(imagenet, "")], "imagenet64:/data").rows[0][-1] == "yes"
    for odd, count in (({"quantity": "NNLS"}, 4), ({"quantity": "R2"}, 0)):
        with pytest.raises(NotFound, match=f"^{count} published figures fit .* expected one"):
            beside_published([(odd, "")], "glyphs")


def test_two_families_beside_the_thesis():
    layers = [str(i) for i in range(13)]
    g = np.random.default_rng(0)
    values = {
        (name, partition, measure): g.uniform(size=13)
        for name in "ab"
        for partition in ("train", "validation")
        for measure in (ID, NNCS)
    }
    curves = {key: [Score("m", v, (v, v), "none") for v in of.tolist()] for key, of in values.items()}
    matrices = {(name, p): g.uniform(size=(13, 13)) for name in "ab" for p in ("train", "validation")}
    said = {"a": "99 | 90", "b": "95 | 93"}
    ratios = {"a": np.array([[0.9] * 12 + [1.1], [1.0] * 13]), "b": None}
    rows = published_table(layers, "a", "b", curves, matrices, said, ratios, "glyphs").rows
    here = {row[0]: row[3] for row in rows}
    assert len(here) == len(rows) == 15
    assert here["NNLS, layers 8 9, train, augmentation: none, n 15000 k 150"] == f"{matrices['a', 'train'][8, 9]:.2f}"
    assert (
        here["NNLS, layers 11 12, train, augmentation: all, n 15000 k 150"] == f"{matrices['b', 'train'][11, 12]:.2f}"
    )
    plateau = "NNCS plateau, layers 10-12, validation, augmentation: none, n 10000 k 100"
    assert here[plateau] == f"{values['a', 'validation', NNCS][10:].mean():.3g}"
    assert here["ID peak layer, train, augmentation: both"] == str(values["a", "train", ID].argmax())
    assert here["accuracy train | validation, augmentation: all, 8 seeds"] == "95 | 93"
    follows = "validation ID over training ID, layers most, augmentation: both"
    assert here[follows] == "0.95 to 1.05 times, at one n"
    other = published_table(layers, "b", "a", curves, matrices, said, ratios, "glyphs").rows
    assert {row[0]: row[3] for row in other}[follows] == ""
    alone = published_table(layers, "a", None, curves, matrices, said, ratios, "glyphs").rows
    assert {row[3] for row in alone if "augmentation: all" in row[0]} == {""}


def test_sampling_takes_the_size_nearest_to_the_thesis():
    score = Score("m", 0.5, (0.4, 0.6), "none").as_dict()
    found = {n: {"dimension": [score] * 13, "classes": [score] * 13, "over_k": {"5": [score] * 13}} for n in (200, 900)}
    rows = sampling_table([str(i) for i in range(13)], [200, 900], found, "digits").rows
    assert [row[3] for row in rows] == ["0.5 → 0.5 (n = 900)", "0.5 (n = 900, k = 5)"]
    assert {row[3] for row in sampling_table(["input"], [200, 900], found, "digits").rows} == {""}
