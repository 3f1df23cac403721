"""The graph of some of the samples, read from the lists of all, is the graph of these samples alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope import neighbor_graph
from repscope.core.errors import BadInput
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.neighbors import Quantised


@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from(["gaussian", "grid", "copies"]))
@settings(max_examples=30)
def test_as_if_the_others_had_never_been_there(seed, k, kind):
    g = np.random.default_rng(seed)
    points = g.normal(size=(40, 2))
    if kind == "grid":
        points = g.permutation(64)[:40][:, None] // [8, 1] % 8 * 1.0  # ties, and no copies
    elif kind == "copies":
        points = points[g.integers(0, 25, 40)]
    rows = np.sort(g.permutation(40)[:18])
    whole, alone = neighbor_graph(points, 39), neighbor_graph(points[rows], k)
    made = whole.among(rows, k)
    for name in ("indices", "distances", "tied", "copy_of", "distinct_indices", "distinct_distances"):
        np.testing.assert_array_equal(getattr(made, name), getattr(alone, name), err_msg=name)


def test_short_lists_are_enough_where_the_neighbours_are_there():
    points = np.random.default_rng(0).normal(size=(900, 5))
    rows = np.arange(0, 900, 3)
    made, alone = neighbor_graph(points, 60).among(rows, 2), neighbor_graph(points[rows], 2)
    np.testing.assert_array_equal(made.indices, alone.indices)
    assert intrinsic_dimension(made).value == intrinsic_dimension(alone).value


def test_a_tie_at_the_end_of_the_list_is_counted():
    line = np.array([[0.0], [1.0], [-1.0], [5.0]])
    made = neighbor_graph(line, 1).among(np.array([0, 1]), 1)
    assert made.tied.tolist() == [1, 0]  # the other one is not among the chosen: at least what it would be


def test_refusals():
    points = np.random.default_rng(0).normal(size=(60, 3))
    with pytest.raises(
        BadInput, match=r"\d+ of 20 samples have fewer than 2 of their 3 listed neighbours among the chosen"
    ):
        neighbor_graph(points, 3).among(np.arange(20), 2)
    approximate = neighbor_graph(np.random.default_rng(0).normal(size=(2000, 8)), 5, Quantised())
    with pytest.raises(BadInput, match="the graph is approximate"):
        approximate.among(np.arange(1000), 2)
