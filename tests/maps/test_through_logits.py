"""Maps from two classifiers: exact where they can be, honest where not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput, Mismatch
from repscope.maps import LeastSquares, LinearMap, Space, logit_exact, through_logits


def classifiers(classes, da, db, seed=0):
    random = np.random.default_rng(seed)
    return (
        random.normal(size=(classes, da)),
        random.normal(size=classes),
        random.normal(size=(classes, db)),
        random.normal(size=classes),
    )


def logits(c, b, f):
    return f @ c.T + b


def without_mean(m):
    return m - m.mean(axis=1, keepdims=True)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    classes=st.integers(2, 12),
    da=st.integers(1, 20),
    db=st.integers(1, 20),
    centred=st.booleans(),
)
def test_exact_when_it_should_be_and_says_so_when_it_is_not(seed, classes, da, db, centred):
    ca, ba, cb, bb = classifiers(classes, da, db, seed)
    found = through_logits(ca, ba, cb, bb, centred=centred)
    enough = db >= classes - centred
    assert found.exact == (enough or (centred and classes == 1))
    f = np.random.default_rng(seed + 1).normal(size=(30, da))
    wanted, got = logits(ca, ba, f), logits(cb, bb, found.apply(f))
    if centred:
        wanted, got = without_mean(wanted), without_mean(got)
    difference = np.abs(got - wanted).max()
    assert (difference < 1e-10 * np.linalg.cond(cb) * (1 + np.abs(wanted).max())) == enough
    assert found.rank == min(classes - centred, db)
    assert (found.facts["missing"] < 1e-10) == found.exact


def test_exact_to_1e_10_in_logits():
    ca, ba, cb, bb = classifiers(10, 64, 48)
    f = np.random.default_rng(1).normal(size=(100, 64))
    plain = through_logits(ca, ba, cb, bb, centred=False)
    assert np.abs(logits(cb, bb, plain.apply(f)) - logits(ca, ba, f)).max() < 1e-10
    centred = through_logits(ca, ba, cb, bb)
    assert np.abs(without_mean(logits(cb, bb, centred.apply(f)) - logits(ca, ba, f))).max() < 1e-10


def test_too_few_dimensions_leave_the_stated_residual():
    ca, ba, cb, bb = classifiers(10, 16, 6)
    found = through_logits(ca, ba, cb, bb, centred=False)
    f = np.random.default_rng(1).normal(size=(20, 16))
    onto = np.eye(10) - cb @ np.linalg.pinv(cb)
    expected = (logits(ca, ba, f) - bb) @ onto.T
    np.testing.assert_allclose(logits(ca, ba, f) - logits(cb, bb, found.apply(f)), expected, atol=1e-10)
    assert not found.exact
    assert found.facts["missing"] > 0.1
    assert found.smallest_singular_value == pytest.approx(np.linalg.svd(cb)[1][-1])


def test_the_nearest_map_that_keeps_the_logits():
    random = np.random.default_rng(0)
    ca, ba, cb, bb = classifiers(5, 8, 12)
    x = random.normal(size=(200, 8))
    y = np.tanh(x @ random.normal(size=(8, 12)))
    fitted = LeastSquares().fit(x, y).map_
    for centred in (False, True):
        analytic = through_logits(ca, ba, cb, bb, centred)
        exact = logit_exact(fitted, ca, ba, cb, bb, centred)
        assert exact.exact
        difference = logits(cb, bb, exact.apply(x)) - logits(ca, ba, x)
        assert np.abs(without_mean(difference) if centred else difference).max() < 1e-10
        errors = [np.linalg.norm(m.apply(x) - y) for m in (fitted, exact, analytic)]
        assert errors[0] < errors[1] < errors[2]
        # any other map that keeps them is farther from the fitted one
        null = np.linalg.svd(cb)[2][5:]
        other = exact.weight + null.T @ random.normal(size=(7, 8))
        assert np.linalg.norm(exact.weight - fitted.weight) < np.linalg.norm(other - fitted.weight)


def test_other_numbers_of_classes_are_refused():
    ca, ba, _, _ = classifiers(10, 4, 4)
    _, _, cb, bb = classifiers(11, 4, 4)
    with pytest.raises(
        Mismatch, match=r"the classifier of A has 10 classes and that of B 11, one of them with a background class\?"
    ):
        through_logits(ca, ba, cb, bb)


def test_what_is_no_classifier_is_refused():
    ca, ba, cb, bb = classifiers(4, 3, 3)
    with pytest.raises(BadInput, match=r"the classifier of A has weights for 4 classes and 3 biases; expected as many"):
        through_logits(ca, ba[:3], cb, bb)
    with pytest.raises(
        BadInput, match=r"the classifier of B gives all classes the same logits; no map can go through it"
    ):
        through_logits(ca, ba, np.ones((4, 3)), bb)
    with pytest.raises(
        BadInput, match=r"the weights of the classifier of B hold NaN or infinite numbers in 1 of 4 rows"
    ):
        through_logits(ca, ba, np.where(np.eye(4, 3) * cb == cb[2, 2], np.nan, cb), bb)
    fitted = LinearMap(np.eye(5), np.zeros(5), Space("A", 5), Space("B", 5))
    with pytest.raises(
        Mismatch, match=r"the classifiers take 3 and 3 dimensions; the map goes from 'A' \(5 dimensions\)"
    ):
        logit_exact(fitted, ca, ba, cb, bb)
