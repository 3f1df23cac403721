"""Trap 13: minibatch CKA as the mean of the batches' ratios, or as a ratio of sums of biased terms."""

import numpy as np

from repscope import cka

BATCH = 5


def test_terms_are_summed_unbiased():
    ours, ratios, biased = [], [], []
    for seed in range(2):
        g = np.random.default_rng(seed)
        x = g.normal(size=(800, 40))
        y = x + 0.6 * g.normal(size=x.shape)
        whole = cka(x, y).value
        score = cka(x, y, batch=BATCH)
        assert score.interval[0] <= whole <= score.interval[1]
        ours.append(score.value - whole)
        batches = g.permutation(800).reshape(-1, BATCH)
        ratios.append(np.mean([cka(x[b], y[b]).value for b in batches]) - whole)
        biased.append(cka(x, y, batch=BATCH, debiased=False).value - whole)
    assert abs(np.mean(ours)) < 0.012
    assert np.mean(biased) > 0.2  # the traps
    assert np.mean(ratios) < -0.02
