"""CCA, SVCCA, PWCCA and Procrustes beside scipy and scikit-learn, and refused."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes, subspace_angles
from sklearn.decomposition import PCA

from repscope import cca, measure, procrustes, pwcca, svcca
from repscope.core.errors import BadInput, Mismatch
from repscope.measures import ArrayLayer

G = np.random.default_rng(0)
X = G.normal(size=(200, 6)) * [5, 3, 2, 1, 0.5, 0.1] + 7
Y = np.tanh(X @ G.normal(size=(6, 4)) / 5) + 0.3 * G.normal(size=(200, 4))
NOISE = G.normal(size=(200, 30))


def correlations(x, y):
    """Cosines of the angles between the column spaces, by scipy."""
    return np.sort(np.cos(subspace_angles(x - x.mean(axis=0), y - y.mean(axis=0))))[::-1]


def test_cca_is_the_mean_of_scipy_s_cosines():
    score = cca(X, Y)
    assert score.value == pytest.approx(correlations(X, Y).mean(), abs=1e-9)
    assert score.details["mean_squared"] == pytest.approx((correlations(X, Y) ** 2).mean(), abs=1e-9)
    assert cca(Y, X).value == pytest.approx(score.value, abs=1e-12)


def test_dependent_features_are_no_directions():
    doubled = np.hstack([X, X[:, :2], np.ones((200, 1))])
    score = cca(doubled, Y)
    assert score.details["directions_x"] == 6
    assert score.value == pytest.approx(cca(X, Y).value, abs=1e-9)


def test_svcca_is_cca_after_scikit_learn_s_pca():
    for variance in (0.8, 0.95, 0.99):
        reduced = [PCA(variance, svd_solver="full").fit_transform(p) for p in (X, Y)]
        score = svcca(X, Y, variance)
        assert (score.details["directions_x"], score.details["directions_y"]) == tuple(r.shape[1] for r in reduced)
        assert score.value == pytest.approx(correlations(*reduced).mean(), abs=1e-9)


def test_pwcca_from_the_paper_s_formula():
    x, y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    qx, qy = np.linalg.qr(x)[0], np.linalg.qr(y)[0]
    left, rho, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
    variates = qx @ left
    weights = np.abs(variates.T @ x).sum(axis=1)
    assert pwcca(X, Y).value == pytest.approx((weights * rho).sum() / weights.sum(), abs=1e-9)


def test_procrustes_is_what_scipy_s_rotation_leaves():
    x, y = (p - p.mean(axis=0) for p in (X, np.hstack([Y, np.zeros((200, 2))])))
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    rotation, _ = orthogonal_procrustes(x, y)
    assert procrustes(X, Y).value == pytest.approx(np.sum((x @ rotation - y) ** 2), abs=1e-9)


def test_procrustes_is_a_metric_as_an_angle():
    g = np.random.default_rng(4)
    for _ in range(20):
        a, b, c = (g.normal(size=(30, 4)) @ g.normal(size=(4, 4)) for _ in range(3))
        ab, bc, ac = (procrustes(p, q).details["angle"] for p, q in ((a, b), (b, c), (a, c)))
        assert ac <= ab + bc + 1e-12


@pytest.mark.parametrize("function", [cca, svcca, pwcca, procrustes])
def test_the_interval_and_chance(function):
    unrelated = function(X[:, :3], NOISE[:, :3])
    assert unrelated.interval[0] < unrelated.null < unrelated.interval[1]
    related = function(X, Y)
    assert related.interval[0] < related.value < related.interval[1]
    assert not related.interval[0] <= related.null <= related.interval[1]
    assert function(X, X).interval == pytest.approx((function(X, X).value,) * 2)


def test_the_group_left_out_is_left_out():
    from repscope.core.points import as_points
    from repscope.measures._canonical import Basis, moments
    from repscope.measures._correlating import _mean
    from repscope.measures.procrustes import _shared

    out = np.arange(0, 200, 7)
    x, y = (Basis.of(as_points(p)) for p in (X, Y))
    left = moments(x, y, out)
    fewer = [np.delete(p, out, axis=0) for p in (X, Y)]
    assert _mean(x, left, False) == pytest.approx(cca(*fewer).value, abs=1e-9)
    assert _mean(x, left, True) == pytest.approx(pwcca(*fewer).value, abs=1e-9)
    assert 2 - 2 * _shared(x, y, left) == pytest.approx(procrustes(*fewer).value, abs=1e-9)


def test_few_samples_are_said():
    score = cca(X[:60], NOISE[:60])
    assert score.null > 0.5
    assert f"unrelated layers would read {score.null:.2f}" in score.notes[0]
    assert score.details["chance_removed"] < 0.3


def test_layers_that_cannot_be_compared_have_no_value():
    layers = [ArrayLayer(p, 5, name) for name, p in (("x", X), ("flat", np.ones((200, 2))), ("y", Y))]
    for name in ("cca", "procrustes"):
        values = [s.value for s in measure(name).scores(layers, layers[:1])]
        assert np.isnan(values).tolist() == [False, True, False]
    wide = ArrayLayer(G.normal(size=(200, 300)), 5, "wide")
    (score,) = measure("cca").scores([wide], [layers[0]])
    assert "expected more samples than" in score.notes[0]


def test_large_layers_are_sampled_and_it_is_said():
    x = np.random.default_rng(0).normal(size=(1200, 3))
    layers = [ArrayLayer(x, 5), ArrayLayer(2 * x, 5)]
    score = measure("procrustes").score(*layers)
    assert score.details["n"] == 1000
    assert "from 1000 of 1200 samples" in score.notes[0]


def test_refusals():
    with pytest.raises(Mismatch, match="svcca got representations of 200 and 100 samples"):
        svcca(X, Y[:100])
    with pytest.raises(
        BadInput, match=r"cca got 20 samples and representations of 6 and 19 directions; expected more samples than 26"
    ):
        cca(X[:20], NOISE[:20])
    with pytest.raises(BadInput, match="pwcca got 20 samples and representations"):
        pwcca(X[:20], NOISE[:20])
    with pytest.raises(BadInput, match="the first representation is constant"):
        procrustes(np.full((200, 3), 0.1), Y)
    with pytest.raises(BadInput, match=r"variance = 99; expected a share"):
        svcca(X, Y, variance=99)
