"""Trap 38: a probe whose many small products are shared by all BLAS threads is up to 300 times slower. Ours takes one thread."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info, threadpool_limits

from repscope.measures.linear_probe import linear_probe
from repscope.transfer import CLASSIFIERS


@pytest.mark.parametrize("way", ["probe", "logistic", "svm"])
def test_fits_take_one_thread_and_give_the_others_back(way, monkeypatch):
    seen = []
    for kind in (LogisticRegression, LinearSVC):
        fit = kind.fit

        def watched(self, *given, _fit=fit, **more):
            seen.extend(pool["num_threads"] for pool in threadpool_info())
            return _fit(self, *given, **more)

        monkeypatch.setattr(kind, "fit", watched)
    labels = np.arange(60) % 2
    x = np.random.default_rng(0).normal(size=(60, 4)) + labels[:, None]
    with threadpool_limits(2):
        before = [pool["num_threads"] for pool in threadpool_info()]
        if way == "probe":
            linear_probe(x, labels)
        else:
            CLASSIFIERS[way].estimator().fit(x, labels)
        assert [pool["num_threads"] for pool in threadpool_info()] == before
    assert seen
    assert set(seen) == {1}
