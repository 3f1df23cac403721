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
        ({"tried": 0}, "tried = 0 queries; expected one or more"),
        ({"k": 31}, "the 31 best of 30 were asked for"),
        ({"metric": "manhattan"}, "the metric 'manhattan' is not known"),
    ],
)
def test_what_is_refused(words, message):
    points = np.random.default_rng(0).normal(size=(30, 4))
    with pytest.raises(BadInput, match=message):
        approximate_best(points, points, **{"k": 3, **words})
