"""Labels replaced on purpose: how many, by what, and from which seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repscope.training._label_noise import noisy_labels

LABELS = np.arange(6000) % 10


@given(st.floats(0, 1), st.integers(2, 10), st.integers(0, 5))
def test_wrong_labels_are_all_wrong_and_exactly_as_many_as_asked(share: float, classes: int, seed: int) -> None:
    labels = np.arange(100) % classes
    noisy = noisy_labels(labels, classes, share, "wrong", seed)
    assert (noisy != labels).sum() == round(share * 100)
    assert noisy.min() >= 0
    assert noisy.max() < classes


def test_random_labels_are_right_as_often_as_chance() -> None:
    noisy = noisy_labels(LABELS, 10, 1.0, "random", seed=1)
    assert (noisy == LABELS).mean() == pytest.approx(0.1, abs=0.015)
    assert np.bincount(noisy, minlength=10) == pytest.approx(600, abs=90)
    half = noisy_labels(LABELS, 10, 0.5, "random", seed=1)
    assert (half != LABELS).mean() == pytest.approx(0.45, abs=0.02)


def test_wrong_labels_are_of_all_other_classes_alike() -> None:
    noisy = noisy_labels(LABELS, 10, 1.0, "wrong", seed=1)
    away = np.bincount((noisy - LABELS) % 10, minlength=10)
    assert away[0] == 0
    assert away[1:] == pytest.approx(6000 / 9, rel=0.15)


def test_shuffled_labels_are_as_frequent_as_before() -> None:
    labels = np.repeat([0, 1, 2], [300, 200, 100])
    noisy = noisy_labels(labels, 3, 1.0, "shuffled", seed=1)
    assert np.bincount(noisy).tolist() == [300, 200, 100]
    assert (noisy == labels).mean() == pytest.approx((0.25 + 1 / 9 + 1 / 36), abs=0.05)
    half = noisy_labels(labels, 3, 0.5, "shuffled", seed=1)
    assert (half != labels).sum() <= 300
    assert np.bincount(half).tolist() == [300, 200, 100]


def test_the_seed_decides_and_what_was_given_stays() -> None:
    before = LABELS.copy()
    first, again, other = (noisy_labels(LABELS, 10, 0.3, "random", seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    np.testing.assert_array_equal(LABELS, before)
    np.testing.assert_array_equal(noisy_labels(LABELS, 10, 0.0, "wrong", 0), LABELS)
