"""Verification by folds: thresholds, protocols, rates, intervals, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

import repscope
from repscope.core.errors import BadInput, Mismatch
from repscope.maps import Identity, LinearMap, Ridge, Space, _verification, verify
from repscope.maps._verification import best_threshold


def pairs(people=400, d=16, noise=0.6, seed=0, folds=10):
    """Each person in two matched pairs, and in two with a neighbour of the same fold; two networks of one world."""
    random = np.random.default_rng(seed)
    per = people // folds
    faces = random.normal(size=(people, d))
    first = np.repeat(np.arange(people), 2)
    same = np.tile([True, False], people)
    second = np.where(same, first, first // per * per + (first + 1) % per)
    x1, x2 = (faces[who] + noise * random.normal(size=(2 * people, d)) for who in (first, second))
    return x1, x2, same, first // per, np.stack([first, second], axis=1)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=30))
def test_the_best_threshold_is_that_of_trying_all(rows):
    distances, same = np.array([d for d, _ in rows]) / 4, np.array([s for _, s in rows])
    tried = np.concatenate([[-1.0], np.arange(0, 13) / 4 + 0.125])
    best = max(np.mean((distances < t) == same) for t in tried)
    assert np.mean((distances < best_threshold(distances, same)) == same) == pytest.approx(best)


def test_one_space_by_hand():
    x1, x2, same, folds, who = pairs()
    found = verify(x1, x2, same, folds, identities=who)
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (x1, x2))
    distance = 1 - (u * v).sum(axis=1)
    np.testing.assert_allclose(found.distances, distance, atol=1e-12)
    accuracies = []
    for fold in range(10):
        rest = folds != fold
        grid = np.sort(distance[rest])
        accuracies.append(max(((distance[rest] < t) == same[rest]).mean() for t in grid))
        assert np.mean((distance[rest] < found.thresholds[fold]) == same[rest]) >= accuracies[-1]
    assert found.accuracy == pytest.approx(found.fold_accuracies.mean())
    assert found.deviation == pytest.approx(found.fold_accuracies.std(ddof=1))
    assert found.interval[0] < found.accuracy < found.interval[1]
    assert "identities, 1000 draws" in found.interval_method
    assert verify(x1, x2, same, folds, identities=who).interval == found.interval


def test_rates_are_those_of_scikit_learn():
    x1, x2, same, folds, _ = pairs()
    found = verify(x1, x2, same, folds)
    far, tar, _ = roc_curve(same, -found.distances, drop_intermediate=False)
    mine = found.roc()
    np.testing.assert_allclose(mine[0], far)
    np.testing.assert_allclose(mine[1], tar)
    assert found.tar_at_far(0.01) == tar[far <= 0.01].max()
    low, high = found.tar_interval(0.01)
    assert low <= found.tar_at_far(0.01) <= high
    rate = found.equal_error_rate
    assert abs(np.interp(rate, far, tar) - (1 - rate)) < 0.01
    assert found.equal_error_interval[0] < rate < found.equal_error_interval[1]
    with pytest.raises(BadInput, match=r"400 pairs of different identities can tell rates from 0.0025 on"):
        found.tar_at_far(1e-3)


def turned(x, seed=1, d=20):
    return x @ np.random.default_rng(seed).normal(size=(x.shape[1], d)) + 3


def test_a_map_makes_two_spaces_comparable_and_no_map_is_chance():
    x1, x2, same, folds, who = pairs(1000)
    own = verify(x1, x2, same, folds, identities=who)
    across = verify(turned(x1), x2, same, folds, map=Ridge(1.0), identities=who)
    assert across.accuracy > own.accuracy - 0.03
    nothing = verify(turned(x1), x2, same, folds, map=Identity(), identities=who)
    assert abs(nothing.accuracy - 0.5) < 0.05
    ready = LinearMap(
        np.linalg.pinv(np.random.default_rng(1).normal(size=(16, 20))).T, np.zeros(16), Space("a", 20), Space("b", 16)
    )
    assert verify(turned(x1) - 3, x2, same, folds, map=ready).accuracy > 0.9


def test_every_fold_is_measured_by_a_map_that_has_not_seen_it():
    x1, x2, same, folds, _ = pairs(200)
    found = verify(turned(x1), x2, same, folds, map=Ridge(1.0))
    changed = np.where((folds == 3)[:, None] & same[:, None], np.random.default_rng(5).normal(size=x2.shape), x2)
    again = verify(turned(x1), changed, same, folds, map=Ridge(1.0))
    u = turned(x1) / np.linalg.norm(turned(x1), axis=1, keepdims=True)
    v = x2 / np.linalg.norm(x2, axis=1, keepdims=True)
    rest = (folds != 3) & same
    mapped = Ridge(1.0).fit(u[rest], v[rest]).predict(u[folds == 3])
    distance = 1 - (mapped * v[folds == 3]).sum(axis=1) / np.linalg.norm(mapped, axis=1)
    np.testing.assert_allclose(found.distances[folds == 3], distance)
    others = (folds == 3) & ~same
    np.testing.assert_allclose(again.distances[others], found.distances[others])


def test_lengths_do_not_count():
    x1, x2, same, folds, _ = pairs(100)
    lengths = np.random.default_rng(0).uniform(0.1, 9, size=(len(x1), 1))
    np.testing.assert_allclose(verify(x1 * lengths, x2, same, folds).distances, verify(x1, x2, same, folds).distances)


def test_the_interval_covers(monkeypatch):
    """Of 60 worlds, the interval misses the accuracy of the whole world in few."""
    monkeypatch.setattr(_verification, "DRAWS", 1)
    truth = np.mean([verify(*pairs(200, 6, 0.9, seed)[:4]).accuracy for seed in range(100, 160)])
    monkeypatch.setattr(_verification, "DRAWS", 300)
    inside = 0
    for seed in range(60):
        x1, x2, same, folds, who = pairs(200, 6, 0.9, seed)
        low, high = verify(x1, x2, same, folds, identities=who).interval
        inside += low <= truth <= high
    assert inside >= 53


@pytest.mark.usefixtures("unchecked")
def test_refusals():
    x1, x2, same, folds, who = pairs(40)
    with pytest.raises(BadInput, match=r"the protocol 'theirs' was asked for; expected 'paper' or 'cross-fitted'"):
        verify(x1, x2, same, folds, protocol="theirs")
    with pytest.raises(Mismatch, match=r"there are \(80, 79, 80, 80\) first and second embeddings, same and folds"):
        verify(x1, x2[1:], same, folds)
    with pytest.raises(
        Mismatch, match=r"have 16 dimensions and the second 9; without a map .* for example map=Ridge\(1\.0\)"
    ):
        verify(x1, x2[:, :9], same, folds)
    with pytest.raises(BadInput, match=r"fold 0 has pairs of one kind only; expected two or more folds"):
        verify(x1, x2, same | (folds == 0), folds)
    with pytest.raises(BadInput, match=r"there is 1 fold; expected two or more"):
        verify(x1, x2, same, folds * 0)
    with pytest.raises(
        BadInput, match=r"1 of 80 vectors of x2 are zero, the first is row 4: they cannot be normalised"
    ):
        verify(x1, x2 * (np.arange(80) != 4)[:, None], same, folds)
    with pytest.raises(
        BadInput, match=r"1 of 39 identities are in several folds, such as '0' in 0 and 9: what is learnt"
    ):
        verify(x1, x2, same, folds, identities=np.where(who == who[-1, 0], 0, who))
    with pytest.raises(Mismatch, match=r"identities have the shape \(80,\); expected \(80, 2\), those of both images"):
        verify(x1, x2, same, folds, identities=who[:, 0])


def test_few_pairs_are_said():
    x1, x2, same, folds, _ = pairs(20)
    found = verify(turned(x1), x2, same, folds, map=Ridge(1.0))
    assert found.notes == ("18 pairs for 20 dimensions: between pairs the map follows the penalty alone",)


def test_it_is_a_public_name():
    assert repscope.verify is verify
