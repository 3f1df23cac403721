"""Retrieval: ranks, junk, recall, intervals, what chance gives, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from repscope.core.errors import BadInput
from repscope.transfer import average_precision, retrieve, retrieve_by_dimension, same_label


def classes(n=60, d=5, apart=2.0, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    return random.normal(size=(n, d)) + apart * random.normal(size=(4, d))[labels], labels


def test_every_query_is_judged_as_scikit_learn_judges_its_scores():
    points, labels = classes()
    queries, gallery = points[:20], points[20:]
    relevant, junk = same_label(labels[:20], labels[20:])
    found = retrieve(queries, gallery, relevant, junk)
    scores = cosine_similarity(queries, gallery)
    expected = [average_precision_score(r, s) for r, s in zip(relevant, scores, strict=True)]
    np.testing.assert_allclose(found.precision, expected)
    assert found.map == pytest.approx(np.mean(expected))
    low, high = found.interval
    assert low < found.map < high


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from(["step", "trapezoid"]))
def test_junk_is_as_if_it_were_not_there(seed, definition):
    random = np.random.default_rng(seed)
    gallery, query = random.normal(size=(25, 3)), random.normal(size=(1, 3))
    kind = random.integers(3, size=25)  # 0 relevant, 1 junk, 2 neither
    kind[:2] = [0, 2]
    with_junk = retrieve(
        query, gallery, [np.flatnonzero(kind == 0)], [np.flatnonzero(kind == 1)], definition=definition
    )
    kept = np.flatnonzero(kind != 1)
    without = retrieve(query, gallery[kept], [np.flatnonzero(kind[kept] == 0)], definition=definition)
    assert with_junk.map == pytest.approx(without.map)
    assert with_junk.ranks[0].tolist() == without.ranks[0].tolist()
    assert kept[without.first[0]].tolist() == with_junk.first[0][: len(without.first[0])].tolist()
    assert with_junk.score.null == pytest.approx(without.score.null)


def test_queries_in_the_gallery_do_not_find_themselves():
    points, labels = classes()
    relevant, junk = same_label(labels)
    found = retrieve(points, points, relevant, junk)
    assert not (found.first == np.arange(len(points))[:, None]).any()
    assert found.ranked.tolist() == [len(points) - 1] * len(points)


def test_unrelated_descriptors_score_what_chance_gives():
    labels = np.arange(300) % 5
    points = np.random.default_rng(0).normal(size=(300, 20))
    for definition in ("step", "trapezoid"):
        score = retrieve(points, points, *same_label(labels), definition=definition).score
        assert score.interval[0] - 0.01 < score.null < score.interval[1] + 0.01
    recall = retrieve(points, points, *same_label(labels)).recall_score(30)
    assert recall.value == pytest.approx(recall.null, abs=0.02)


def test_recall_is_a_share_of_the_relevant_and_hits_one_of_the_queries():
    gallery = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 0.2], [0.0, 1.0]])
    found = retrieve(np.array([[1.0, 0.0], [0.0, 1.0]]), gallery, [[0, 3], [0]])
    assert [found.recall(k) for k in (1, 3, 4)] == [0.25, 0.25, 1.0]
    assert [found.hits(k) for k in (1, 4)] == [0.5, 1.0]
    assert found.frame()["first_rank"].tolist() == [1, 4]


def test_equal_scores_are_ranked_by_row():
    gallery = np.array([[2.0, 0.0], [1.0, 0.0], [3.0, 0.0], [0.0, 1.0]])
    assert retrieve(np.array([[1.0, 0.0]]), gallery, [[2]]).first.tolist() == [[0, 1, 2, 3]]


def test_metrics_order_differently():
    gallery = np.array([[10.0, 0.0], [1.0, 0.4]])
    query = np.array([[1.0, 0.3]])
    firsts = {m: retrieve(query, gallery, [[0]], metric=m).first[0, 0] for m in ("cosine", "euclidean", "dot")}
    assert firsts == {"cosine": 1, "euclidean": 1, "dot": 0}


def test_one_query_has_no_interval():
    assert np.isnan(retrieve(np.eye(2)[:1], np.eye(2), [[0]]).interval).all()


def test_definitions_are_named_in_the_score():
    found = retrieve(np.eye(3), np.eye(3), [[1], [2], [0]], definition="trapezoid")
    assert str(found).startswith("mAP (trapezoid) ")
    by_hand = [
        average_precision(line, definition="trapezoid") for line in ([False, True], [False, False, True], [False, True])
    ]
    assert found.map == pytest.approx(np.mean(by_hand))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"queries": np.eye(3)[:, :2]}, "the queries have 2 dimensions and the gallery 3"),
        ({"gallery": np.ones((3, 3))}, "all 3 descriptors of the gallery are the same"),
        ({"relevant": [[0], [1], []]}, "1 of 3 queries have no relevant item, the first is row 2; leave them out"),
        ({"relevant": [[0]]}, "relevant has 1 entries for 3 queries"),
        ({"relevant": np.ones((2, 3), bool)}, r"relevant has the shape \(2, 3\); expected \(3, 3\)"),
        ({"relevant": [[0], [1], [3]]}, r"relevant of query 2 is \[3\]…; expected rows of the gallery, 0 to 2"),
        ({"relevant": [[0], [1, 1], [2]]}, "relevant of query 1 names a row twice"),
        ({"junk": [[0], [], []]}, "row 0 of the gallery is relevant and junk at once for query 0"),
        ({"definition": "area"}, "definition = 'area'"),
        ({"metric": "manhattan"}, "the metric 'manhattan' is not known"),
        ({"gallery": np.diag([1.0, 1.0, np.nan])}, "the gallery hold NaN or infinite numbers in 1 of 3 rows"),
        ({"gallery": np.diag([1.0, 1.0, 0.0])}, "1 of 3 vectors of the gallery are zero, the first is row 2"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_refused(change, message):
    given = {"queries": np.eye(3), "gallery": np.eye(3), "relevant": [[0], [1], [2]]} | change
    with pytest.raises(BadInput, match=message):
        retrieve(**given)


def test_the_first_none_items_are_refused():
    found = retrieve(np.eye(3), np.eye(3), [[1], [2], [0]])
    for ask in (found.recall, found.hits):
        with pytest.raises(BadInput, match="the first 0 items were asked for"):
            ask(0)


@pytest.mark.parametrize("definition", ["step", "trapezoid"])
def test_every_number_of_dimensions_is_a_search_of_its_own(definition):
    points, labels = classes(d=12)
    relevant, junk = same_label(labels)
    found = retrieve_by_dimension(points, points, relevant, junk, (2, 3, 8, 100), definition=definition, keep=5)
    assert list(found) == [2, 3, 8, 12]
    for size, one in found.items():
        alone = retrieve(points[:, :size], points[:, :size], relevant, junk, definition=definition, keep=5)
        np.testing.assert_allclose(one.precision, alone.precision)
        np.testing.assert_array_equal(one.first, alone.first)


@pytest.mark.parametrize(
    ("gallery", "sizes", "message"),
    [
        (np.eye(3), (0,), r"sizes = \[0\]; expected numbers of dimensions"),
        (np.eye(3)[:, :2], (2,), "the queries have 3 dimensions and the gallery 2"),
        (np.eye(3), (1, 3), "2 of 3 vectors of the gallery are zero in their first 1 dimensions, the first is row 1"),
    ],
)
def test_dimensions_that_are_refused(gallery, sizes, message):
    with pytest.raises(BadInput, match=message):
        retrieve_by_dimension(np.eye(3), gallery, [[0], [1], [2]], sizes=sizes)
