"""RSA beside rsatoolbox and scipy, and refused."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau, pearsonr, spearmanr

from repscope import rsa
from repscope.core.errors import BadInput

G = np.random.default_rng(0)
X = G.normal(size=(40, 12)) + np.repeat(G.normal(size=(4, 12)), 10, axis=0)
Y = np.tanh(X @ G.normal(size=(12, 7)))

NAMES = {"correlation": "correlation", "euclidean": "euclidean", "squared_euclidean": "sqeuclidean", "cosine": "cosine"}


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_dissimilarities_and_correlations_are_scipy_s(kind):
    a, b = pdist(X, NAMES[kind]), pdist(Y, NAMES[kind])
    assert rsa(X, Y, kind).value == pytest.approx(spearmanr(a, b).statistic, abs=1e-9)
    assert rsa(X, Y, kind, "pearson").value == pytest.approx(pearsonr(a, b).statistic, abs=1e-9)
    assert rsa(X, Y, kind, "kendall").value == pytest.approx(kendalltau(a, b).statistic, abs=1e-9)  # no ties
    assert rsa(X, Y, kind, "cosine").value == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)), abs=1e-9)


def test_as_rsatoolbox():
    rsatoolbox = pytest.importorskip("rsatoolbox")
    with pytest.warns() if False else np.errstate():
        rdms = [
            rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(p), method="correlation", descriptor=None) for p in (X, Y)
        ]
    for ours, theirs in (("spearman", "spearman"), ("kendall", "tau-a"), ("pearson", "corr"), ("cosine", "cosine")):
        reference = rsatoolbox.rdm.compare(*rdms, method=theirs)[0, 0]
        assert rsa(X, Y, correlation=ours).value == pytest.approx(float(reference), abs=1e-6)


def test_tau_a_counts_ties_as_neither():
    x = np.array([[0.0], [1.0], [2.0], [4.0], [4.0]])
    y = np.array([[0.0], [2.0], [1.0], [4.0], [8.0]])
    a, b = pdist(x), pdist(y)
    concordant = sum(np.sign((a[i] - a[j]) * (b[i] - b[j])) for i in range(10) for j in range(i))
    assert rsa(x, y, "euclidean", "kendall").value == pytest.approx(concordant / 45, abs=1e-12)


def test_interval_and_null():
    related, unrelated = rsa(X, Y), rsa(X, G.normal(size=(40, 5)))
    assert related.interval[0] > 0
    assert unrelated.interval[0] < 0 < unrelated.interval[1]
    assert rsa(X, Y, correlation="cosine").null is None
    assert rsa(X, 3 * X + 2).interval == (rsa(X, X).value,) * 2


def test_refusals():
    with pytest.raises(BadInput, match="RSA has no 'manhattan'; known: 'correlation', 'euclidean'"):
        rsa(X, Y, "manhattan")
    with pytest.raises(BadInput, match="RSA has no 'tau'; known: 'spearman'"):
        rsa(X, Y, correlation="tau")
    flat = X.copy()
    flat[[3, 5]] = 2.0
    with pytest.raises(
        BadInput, match=r"the first representation has 2 samples with equal features, the first: \[3, 5\]"
    ):
        rsa(flat, Y)
    with pytest.raises(BadInput, match="the second representation has all samples equally far"):
        rsa(X, np.eye(40), "euclidean")
    with pytest.raises(BadInput, match="the second representation has NaN or infinite features"):
        rsa(X, np.where(Y > 0.5, np.nan, Y), "cosine")
