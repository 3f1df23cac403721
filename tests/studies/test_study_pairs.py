"""The study of pairs: counts by layer, none where there is no layer before or after, and what is said of them."""

from itertools import pairwise

import numpy as np
import pytest

from repscope.neighbors import neighbor_graph
from repscope.studies import STUDIES
from repscope.studies.pairs import _followed

LAYERS = ("input", "neck", "stage1", "pool")


@pytest.fixture(scope="module")
def found():
    generator = np.random.default_rng(0)
    points = [generator.normal(size=(40, 3))]
    for _ in LAYERS[1:]:
        points.append(points[-1] + 0.6 * generator.normal(size=(40, 3)))
    return _followed([neighbor_graph(x, 3) for x in points], np.arange(40) % 2)


def result(found, layers):
    return STUDIES["pairs"]._result(layers, {key: values[: len(layers)] for key, values in found.items()})


def test_there_is_no_number_where_there_is_no_layer_before_or_after(found):
    table = result(found, LAYERS).table("pairs")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    missing = [{name for name, value in row.items() if value is None} for row in rows]
    assert missing == [
        {"born", "born, parted again", "born of one class"},
        set(),
        set(),
        {"lost before the next", "born, parted again", "lost of one class"},
    ]
    for before, after in pairwise(rows):
        assert before["lost before the next"] == after["born"]  # every layer has n · k pairs


def test_with_three_layers_one_is_named_once(found):
    told = result(found, LAYERS[:3]).sentences[1]
    assert told.startswith("Of what neck brings together later layers part ")
    assert told.count("neck") == 1
    assert told.endswith(" % again.")


def test_with_more_layers_the_most_and_the_least_are_named(found):
    told = result(found, LAYERS).sentences[1]
    assert told.count("brings together") == 2
    assert "neck" in told
    assert "stage1" in told


def test_layers_that_are_alike_are_not_named_against_each_other(found):
    alike = {key: [values[0], values[1], values[1], values[3]] for key, values in found.items()}
    told = result(alike, LAYERS).sentences[1]
    assert told.startswith("Of what any layer brings together later layers part ")
    assert told.count("brings together") == 1
