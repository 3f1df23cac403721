"""Approximate search: beside the exact one, in every metric, the same whatever the threads, its recall measured."""

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput
from repscope.maps._ranking import best
from repscope.transfer import approximate_best

pytest.importorskip("faiss", reason="faiss is not installed; pip install 'repscope[ann]'")


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_it_finds_what_exact_search_finds(metric):
    random = np.random.default_rng(0)
    gallery, queries = random.normal(size=(3000, 12)) + 0.3, random.normal(size=(150, 12)) + 0.3
    rows, recall = approximate_best(queries, gallery, 7, metric, tried=150)
    exact = best(queries, gallery, 7, metric)
    share = np.mean([len(set(a) & set(b)) / 7 for a, b in zip(rows.tolist(), exact.tolist(), strict=True)])
    assert share == pytest.approx(recall.value)
    assert share > 0.97
    whole = [a == b for a, b in zip(rows.tolist(), exact.tolist(), strict=True) if set(a) == set(b)]
    assert all(whole)  # where all were found, they are in the exact order


def test_recall_is_low_where_little_is_found(monkeypatch):
    """A walk that sees nearly nothing is not believed."""
    monkeypatch.setattr("repscope.transfer._approximate.LINKS", 2)
    monkeypatch.setattr("repscope.transfer._approximate.IN_VIEW", 1)
    monkeypatch.setattr("repscope.transfer._approximate.OVERFETCH", 0)
    points = np.random.default_rng(0).normal(size=(4000, 64))
    _, recall = approximate_best(points[:200], points, 5, tried=100)
    assert recall.value < 0.6
    assert recall.low < recall.value < recall.high


def test_a_query_is_not_its_own_answer_nor_counted_as_found():
    points = np.random.default_rng(0).normal(size=(800, 40))
    itself = np.arange(800)
    rows, recall = approximate_best(points, points, 1, without=itself, tried=800)
    nearest = best(points, points, 2)
    expected = np.where(nearest[:, 0] == itself, nearest[:, 1], nearest[:, 0])
    assert np.mean(rows[:, 0] == expected) == pytest.approx(recall.value)
    assert not (rows[:, 0] == itself).any()
    some = np.where(itself % 2, itself, -1)
    rows, _ = approximate_best(points, points, 2, without=some)
    assert (rows[::2, 0] == itself[::2]).all()
    assert not (rows[1::2] == itself[1::2, None]).any()


def test_far_from_zero_distances_are_as_near_it():
    points = np.random.default_rng(0).normal(size=(1500, 8))
    _, recall = approximate_best(points[:100] + 1e7, points + 1e7, 5, "euclidean", tried=100)
    assert recall.value > 0.95


def test_a_query_without_direction_is_refused():
    points = np.random.default_rng(0).normal(size=(50, 4))
    with pytest.raises(BadInput, match="1 of 50 vectors of the queries are zero, the first is row 7"):
        approximate_best(np.where(np.arange(50)[:, None] == 7, 0.0, points), points, 3, tried=2)


def test_threads_and_runs_change_nothing():
    points = np.random.default_rng(0).normal(size=(2000, 16))
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(approximate_best(points[:50], points, 4)[0])
    torch.set_num_threads(before)
    np.testing.assert_array_equal(*found)


def test_as_many_as_there_are():
    points = np.random.default_rng(0).normal(size=(30, 4))
    rows, recall = approximate_best(points, points, 30)
    np.testing.assert_array_equal(rows, best(points, points, 30))
    assert recall.value == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"tried": 1}, "tried = 1 queries; expected two or more"),
        ({"k": 30, "without": np.arange(30)}, "the 30 best of 29 were asked for"),
        ({"k": 31}, "the 31 best of 30 were asked for"),
        ({"metric": "manhattan"}, "the metric 'manhattan' is not known"),
    ],
)
def test_what_is_refused(words, message):
    points = np.random.default_rng(0).normal(size=(30, 4))
    with pytest.raises(BadInput, match=message):
        approximate_best(points, points, **{"k": 3, **words})
