"""Rankings, and what a change of the embedding model would do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from repscope.core.errors import BadInput, Mismatch
from repscope.maps import Embeddings, check_migration
from repscope.maps._migration import MigrationRow, _verdict
from repscope.maps._ranking import best, ndcg_at, recall_at


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), metric=st.sampled_from(["cosine", "euclidean", "dot"]), k=st.integers(1, 20))
def test_the_best_are_those_of_brute_force(seed, metric, k):
    random = np.random.default_rng(seed)
    q, g = random.normal(size=(7, 4)), random.normal(size=(20, 4))
    score = {
        "cosine": (q / np.linalg.norm(q, axis=1, keepdims=True)) @ (g / np.linalg.norm(g, axis=1, keepdims=True)).T,
        "euclidean": -np.square(q[:, None] - g[None]).sum(axis=-1),
        "dot": q @ g.T,
    }[metric]
    np.testing.assert_array_equal(best(q, g, k, metric), np.argsort(-score, axis=1, kind="stable")[:, :k])


def test_blocks_of_queries(monkeypatch):
    random = np.random.default_rng(0)
    q, g = random.normal(size=(50, 4)), random.normal(size=(30, 4))
    whole = best(q, g, 5)
    monkeypatch.setattr("repscope.maps._ranking._BUDGET", 1)
    np.testing.assert_array_equal(best(q, g, 5), whole)


def test_ndcg_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    for _ in range(20):
        relevant = set(random.choice(30, random.integers(1, 15), replace=False).tolist())
        order = random.permutation(30)
        truth, score = np.isin(np.arange(30), list(relevant)).astype(float), np.empty(30)
        score[order] = np.arange(30, 0, -1)
        for k in (1, 5, 10):
            assert ndcg_at(order[None, :k], [relevant])[0] == pytest.approx(ndcg_score([truth], [score], k=k))


def test_recall_is_capped():
    assert recall_at(np.array([[0, 1, 2]]), [{0, 1, 2, 3, 4}]).tolist() == [1.0]
    assert recall_at(np.array([[0, 1, 2]]), [{0, 9}]).tolist() == [0.5]


def world(noise=0.3, old_noise=0.3, seed=0, index=600, queries=120, pairs=900, d=24, e=20):
    """Samples of classes; the relevant are those of the query's class. The new model sees with less noise, or with more."""
    random = np.random.default_rng(seed)
    classes = 2.0 * random.normal(size=(60, 10))
    n = index + queries + pairs
    label = random.integers(0, 60, n)
    hidden = classes[label] + 0.8 * random.normal(size=(n, 10))
    a, b = random.normal(size=(10, d)), random.normal(size=(10, e))
    old = np.tanh((hidden + old_noise * random.normal(size=hidden.shape)) @ a / 4)
    new = np.tanh((hidden + noise * random.normal(size=hidden.shape)) @ b / 4)
    ids = [f"i{k}" for k in range(n)]
    edges = [0, index, index + queries, n]
    parts = [
        (Embeddings.of(old[i:j], "old", ids[i:j]), Embeddings.of(new[i:j], "new", ids[i:j])) for i, j in pairwise(edges)
    ]
    relevance = {ids[k]: [ids[m] for m in range(index) if label[m] == label[k]] for k in range(index, index + queries)}
    return parts, {name: rows or [ids[0]] for name, rows in relevance.items()}


def test_four_rows_always():
    parts, relevance = world()
    found = check_migration(*parts, relevance=relevance, sizes=(100, 400))
    assert [(row.way, row.pairs) for row in found.rows] == [
        ("status quo", None),
        ("naive swap", None),
        *((way, n) for n in (100, 400, 900) for way in (
            "mapped, queries into the index", "mapped, index to the queries", "mapped, best 60 re-scored")),
        ("re-indexed", None),
    ]  # fmt: skip
    assert found.row("status quo").against_status_quo == (0, 0, 0)
    for row in found.rows:
        assert row.recall[1] <= row.recall[0] <= row.recall[2]
        assert row.recall[0] == pytest.approx(row.per_query.mean())
    assert found.row("naive swap").recall[0] < 0.5 * found.row("mapped, index").recall[0]
    assert abs(found.row("mapped, best").recall[0] - found.row("re-indexed").recall[0]) < 0.05
    assert found.judged
    assert len(found.frame()) == len(found.rows)


def rows_of(mapped: float, rescored: float, whole: float) -> list[MigrationRow]:
    """Rows with these differences from a status quo of one half, each with an interval of two hundredths about it."""

    def row(way: str, pairs: int | None, away: float) -> MigrationRow:
        value = 0.5 + away
        recall = (value, value - 0.02, value + 0.02)
        return MigrationRow(way, pairs, recall, recall, (away, away - 0.02, away + 0.02), np.full(20, value))

    return [
        row("status quo", None, 0.0),
        row("naive swap", None, -0.4),
        row("mapped, queries into the index", 9, mapped - 0.1),
        row("mapped, index to the queries", 9, mapped),
        row("mapped, best 200 re-scored", 9, rescored),
        row("re-indexed", None, whole),
    ]


@pytest.mark.parametrize(
    ("away", "says"),
    [
        ((0.05, 0.1, 0.1), "The map alone is better than keeping the old model: use it until the index is made anew."),
        ((0.01, 0.1, 0.1), "as a generator of candidates that the new model re-scores it is: use it so, or re-index."),
        (
            (-0.1, 0.01, 0.1),
            "No map is shown to be better than keeping the old model: keep it until the index is made anew.",
        ),
        ((-0.1, 0.0, 0.01), "No change is shown to be better than keeping the old model on these queries."),
        ((-0.3, -0.2, -0.1), "Keep the old model: even a full re-index would be worse on these queries."),
    ],
)
def test_verdicts_agree_with_the_rows(away, says):
    said = _verdict(rows_of(*away), 10, judged=True)
    assert says in said
    assert f"re-indexed {50 + 100 * away[2]:.1f} %" in said
    assert "Judge with relevance before you migrate" in _verdict(rows_of(*away), 10, judged=False)


def test_a_better_model_and_a_worse_one():
    better, relevance = world(noise=0.1, old_noise=2.0)
    assert check_migration(*better, relevance=relevance).row("re-indexed").against_status_quo[1] > 0
    worse, relevance = world(noise=3.0, old_noise=0.1)
    assert "even a full re-index would be worse" in check_migration(*worse, relevance=relevance).verdict


def test_without_judgements_it_says_what_it_cannot_say():
    parts, _ = world()
    found = check_migration(*parts)
    assert found.row("re-indexed").recall == (1, 1, 1)
    assert not found.judged
    assert "The new model's own neighbours are taken for the truth" in found.verdict
    assert any("Without relevance judgements the status quo looks as bad" in line for line in found.limits)


def test_few_pairs_are_said():
    parts, relevance = world(pairs=60)
    found = check_migration(*parts, relevance=relevance)
    assert any("60 pairs are few for 20 dimensions" in line for line in found.limits)


def test_refusals():
    (index, queries, pairs), relevance = world()
    swapped = (queries[1], queries[0])
    with pytest.raises(
        Mismatch, match=r"the index is of 'old' .* and the queries of 'new' .*: was old taken for new\?"
    ):
        check_migration(index, swapped, pairs)
    with pytest.raises(BadInput, match=r"5 queries came; expected 20 or more"):
        check_migration(index, tuple(q.at(q.ids[:5]) for q in queries), pairs)
    with pytest.raises(BadInput, match=r"the query 'i600' has no judgements; leave it out"):
        check_migration(index, queries, pairs, relevance={})
    with pytest.raises(BadInput, match=r"the query 'i600' is answered by 'x', which is not in the index"):
        check_migration(index, queries, pairs, relevance={**relevance, "i600": ["x"]})
    with pytest.raises(BadInput, match=r"k=0 of an index of 600; expected 1 to as many"):
        check_migration(index, queries, pairs, k=0)
    with pytest.raises(BadInput, match=r"the metric 'l1' is not known; expected one of cosine, euclidean, dot"):
        check_migration(index, queries, pairs, metric="l1")
    zero = Embeddings.of(np.zeros((2, 24)), "old")
    with pytest.raises(
        BadInput, match=r"2 of 2 vectors of the queries are zero, the first is row 0: they have no direction"
    ):
        best(zero.vectors, index[0].vectors, 3)
    with pytest.raises(BadInput, match=r"the 700 best of 600 were asked for"):
        best(queries[0].vectors, index[0].vectors, 700)
    with pytest.raises(BadInput, match=r"there is no row 'swapped'; there are status quo, naive swap"):
        check_migration(index, queries, pairs, relevance=relevance).row("swapped")
