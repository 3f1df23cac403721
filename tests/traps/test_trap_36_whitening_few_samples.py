"""Trap 36: whitening by the inverse of a covariance of too few samples divides by rounding errors. Ours knows the rank."""

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.transfer import Whitening


def test_fewer_samples_than_dimensions():
    random = np.random.default_rng(0)
    few, new = random.normal(size=(20, 50)), random.normal(size=(500, 50))
    values, vectors = np.linalg.eigh(np.cov(few.T))
    naive = (new - few.mean(axis=0)) @ vectors / np.sqrt(np.abs(values))
    assert naive.std(axis=0).max() > 1e6  # the trap
    found = Whitening().fit(few)
    assert found.rank_ == 19
    white = found.transform(new)
    assert white.shape == (500, 19)
    assert white.std(axis=0).max() < 10
    np.testing.assert_allclose(np.cov(found.transform(few).T), np.eye(19), atol=1e-9)


def test_more_directions_than_there_are_are_refused():
    with pytest.raises(BadInput, match="20 samples of 50 features, which have 19 directions; expected 1 to 19"):
        Whitening(32).fit(np.random.default_rng(0).normal(size=(20, 50)))
