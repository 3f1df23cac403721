"""Jaccard documented, overlap / k returned: the similarity is the one that its formula names."""

import numpy as np
import pytest

from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph


def graph(rows):
    indices = np.array(rows)
    n, k = indices.shape
    return NeighborGraph(indices, np.tile(np.arange(1.0, k + 1), (n, 1)), np.zeros(n, np.int64), np.arange(n))


def test_half_of_the_neighbours_kept_is_a_third():
    first = graph([[1, 2], [2, 3], [3, 4], [4, 0], [0, 1]])
    second = graph([[3, 2], [2, 4], [0, 4], [1, 0], [2, 1]])
    score = layer_similarity(first, second)
    assert score.per_sample.tolist() == [1 / 3] * 5
    assert score.value == pytest.approx(1 / 3)
    assert score.details["kept"] == 0.5  # the other measure, under its own name


def test_both_are_one_for_equal_sets_and_nought_for_disjoint_ones():
    first = graph([[1, 2], [2, 3], [3, 4], [4, 0], [0, 1]])
    same = layer_similarity(first, graph([[2, 1], [3, 2], [4, 3], [0, 4], [1, 0]]))
    apart = layer_similarity(first, graph([[3, 4], [4, 0], [0, 1], [1, 2], [2, 3]]))
    assert (same.value, same.details["kept"]) == (1, 1)
    assert (apart.value, apart.details["kept"]) == (0, 0)


def test_the_documentation_names_the_formula():
    assert "|A ∩ B| / |A ∪ B|" in layer_similarity.__doc__.splitlines()[0]
