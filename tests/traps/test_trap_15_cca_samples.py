"""Trap 15: CCA with no more samples than features is 1 on noise."""

import numpy as np
import pytest

from repscope import cca, pwcca, svcca
from repscope.core.errors import BadInput


@pytest.mark.parametrize("function", [cca, pwcca, svcca])
def test_refused(function):
    x, y = np.random.default_rng(0).normal(size=(2, 50, 60))
    qx, qy = (np.linalg.svd(p - p.mean(axis=0), full_matrices=False)[0][:, :49] for p in (x, y))
    assert np.linalg.svd(qx.T @ qy, compute_uv=False).mean() > 0.999  # the trap
    with pytest.raises(BadInput, match="correlations of 1 mean nothing"):
        function(x, y)


@pytest.mark.parametrize("function", [cca, pwcca, svcca])
def test_few_more_samples_are_answered_with_their_chance(function):
    x, y = np.random.default_rng(0).normal(size=(2, 150, 60))
    score = function(x, y)
    assert score.interval[0] <= score.null <= score.interval[1]
    assert any("unrelated layers would read" in note for note in score.notes)
