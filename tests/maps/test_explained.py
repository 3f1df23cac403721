"""What a source explains of a target, and what all share."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from repscope.core.errors import BadInput
from repscope.maps import GramAtlas
from repscope.maps._explained import chance_correlation, explained
from repscope.maps._moments import Moments
from repscope.maps._shared_space import _largest, shared_space


def spaces(n=600, noise=0.1, seed=0) -> dict[str, np.ndarray]:
    """Three spaces of which two directions are shared by all, and one by two."""
    random = np.random.default_rng(seed)
    common, pair = random.normal(size=(n, 2)), random.normal(size=(n, 1))
    out = {}
    for name, d in (("a", 4), ("b", 5), ("c", 6)):
        own = random.normal(size=(n, d))
        hidden = np.concatenate([common, pair if name != "c" else own[:, :1]], axis=1)
        out[name] = hidden @ random.normal(size=(3, d)) + noise * own
    return out


def test_explained_is_what_least_squares_explains():
    data = spaces()
    x, y = data["c"], data["b"]
    found = explained(Moments.of(x, y))
    left = y - LinearRegression().fit(x, y).predict(x)
    spread = np.sum((y - y.mean(axis=0)) ** 2)
    assert found.share == pytest.approx(1 - np.sum(left**2) / spread)
    np.testing.assert_allclose(found.units, 1 - np.sum(left**2, axis=0) / np.sum((y - y.mean(axis=0)) ** 2, axis=0))
    np.testing.assert_allclose(found.unexplained, np.sum((left @ found.directions) ** 2, axis=0) / spread, atol=1e-12)
    assert (np.diff(found.unexplained) <= 0).all()
    np.testing.assert_allclose(found.directions.T @ found.directions, np.eye(5), atol=1e-12)
    qx, qy = (np.linalg.qr(m - m.mean(axis=0))[0] for m in (x, y))
    np.testing.assert_allclose(found.correlations, np.linalg.svd(qx.T @ qy, compute_uv=False), atol=1e-9)


def test_what_chance_gives():
    random = np.random.default_rng(0)
    found = explained(Moments.of(random.normal(size=(2000, 150)), random.normal(size=(2000, 250))))
    assert found.correlations[0] == pytest.approx(found.by_chance, abs=0.02)
    assert chance_correlation(100, 50, 60) == 1.0


def test_the_map_is_least_squares():
    data = spaces()
    found, fitted = explained(Moments.of(data["c"], data["b"])), LinearRegression().fit(data["c"], data["b"])
    np.testing.assert_allclose(found.weight, fitted.coef_, atol=1e-9)
    np.testing.assert_allclose(found.bias, fitted.intercept_, atol=1e-9)


def test_a_constant_unit_has_no_share():
    data = spaces()
    found = explained(Moments.of(data["a"], np.concatenate([data["b"], np.ones((600, 1))], axis=1)))
    assert np.isnan(found.units[-1])
    assert not np.isnan(found.units[:-1]).any()


def test_too_little_is_refused():
    data = spaces(8)
    with pytest.raises(
        BadInput, match=r"8 pairs cannot tell what 4 dimensions explain from what they merely fit; expected more than 8"
    ):
        explained(Moments.of(data["a"], data["b"]))
    with pytest.raises(BadInput, match=r"the target does not vary: there is nothing to explain"):
        explained(Moments.of(spaces()["a"], np.ones((600, 2))))


def atlas_of(data) -> GramAtlas:
    atlas = GramAtlas({name: x.shape[1] for name, x in data.items()})
    atlas.update(data, [str(i) for i in range(len(data["a"]))])
    return atlas


def test_the_shared_space_is_that_of_the_projections():
    data = spaces()
    found = shared_space(atlas_of(data), 3, alpha=0)
    together = np.zeros((600, 600))
    for x in data.values():
        q = np.linalg.qr(x - x.mean(axis=0))[0]
        together += q @ q.T / 3
    values, vectors = np.linalg.eigh(together)
    np.testing.assert_allclose(found.agreement, values[::-1][:3], rtol=1e-9)
    assert found.agreement[1] > 0.95
    assert 0.6 < found.agreement[2] < 0.75  # two of three
    mean = np.mean([found.maps[name].apply(x) for name, x in data.items()], axis=0)
    for i in range(3):
        assert abs(np.corrcoef(mean[:, i], vectors[:, -1 - i])[0, 1]) > 1 - 1e-9
    np.testing.assert_allclose(mean.std(axis=0)[:2], 1, atol=0.05)
    again = shared_space(atlas_of(data), 3, alpha=0)
    np.testing.assert_array_equal(again.maps["b"].weight, found.maps["b"].weight)


def test_lanczos_finds_the_same(monkeypatch):
    import torch

    random = np.random.default_rng(0)
    x = random.normal(size=(4100, 40)) * np.geomspace(10, 1, 40)
    matrix = torch.from_numpy(x @ x.T)
    values, vectors = _largest(matrix, 3)
    np.testing.assert_allclose(values, np.linalg.svd(x, compute_uv=False)[:3] ** 2)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-6)


def test_shared_spaces_that_cannot_be_are_refused():
    with pytest.raises(
        BadInput, match=r"a shared space of 5 dimensions was asked for; expected 1 to 4, the smallest space"
    ):
        shared_space(atlas_of(spaces()), 5)
    with pytest.raises(BadInput, match=r"6 samples cannot tell what spaces of 6 dimensions share"):
        shared_space(atlas_of(spaces(6)), 2)
