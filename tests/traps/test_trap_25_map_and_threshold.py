"""Trap 25: a threshold chosen on the pairs that the map was fitted to is too small for new ones."""

import numpy as np

from repscope.maps import Ridge, verify


def test_the_cross_fitted_threshold_is_that_of_unseen_pairs():
    random = np.random.default_rng(0)
    people, d = 400, 256
    faces = random.normal(size=(people, d))
    first = np.repeat(np.arange(people), 2)
    same = np.tile([True, False], people)
    second = np.where(same, first, first // 40 * 40 + (first + 1) % 40)
    x1, x2 = (faces[who] + 0.5 * random.normal(size=(2 * people, d)) for who in (first, second))
    x1 = x1 @ np.linalg.qr(random.normal(size=(d, d)))[0]
    paper, crossed = (
        verify(x1, x2, same, first // 40, map=Ridge(1e-3), protocol=protocol) for protocol in ("paper", "cross-fitted")
    )
    np.testing.assert_array_equal(paper.distances, crossed.distances)  # the maps are the same
    assert (paper.thresholds < crossed.thresholds).all()
    assert paper.accuracy < crossed.accuracy - 0.03  # the trap
