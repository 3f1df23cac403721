"""Every kind of map: scikit-learn's conventions, independent implementations, the identities of least squares and ridge."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.optimize import check_grad
from sklearn.cross_decomposition import CCA
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.linear_model import Ridge as Reference
from sklearn.model_selection import KFold
from sklearn.utils.estimator_checks import parametrize_with_checks

from repscope.core.errors import BadInput
from repscope.maps import (
    MAPS,
    Identity,
    LeastSquares,
    MapEstimator,
    Procrustes,
    ReducedRank,
    Ridge,
    UnitNorm,
    Whitened,
)
from repscope.maps._moments import Moments
from repscope.maps.ridge import STRENGTHS, generalised_errors, left_out_errors

KINDS = [
    LeastSquares(),
    Ridge(),
    Ridge("cv"),
    Ridge("gcv"),
    ReducedRank(),
    Procrustes(),
    Procrustes(True),
    Whitened(),
    UnitNorm(zeros="leave out"),
    Identity(),
]
LINEAR = [LeastSquares(), Ridge(0.1), ReducedRank(2), Procrustes(True), Whitened()]


def pairs(n=60, d=4, e=3, seed=0, noise=0.3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, d)) @ random.normal(size=(d, d)) + random.normal(size=d)
    return x, x @ random.normal(size=(d, e)) + noise * random.normal(size=(n, e)) + random.normal(size=e)


def name_of(kind: MapEstimator) -> str:
    return repr(kind)


@parametrize_with_checks(KINDS)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("unchecked")
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


def test_every_kind_is_found_by_its_name():
    assert {type(MAPS[name]).__name__ for name in MAPS} == {type(kind).__name__ for kind in KINDS}
    assert all(MAPS[name].title and MAPS[name].summary for name in MAPS)


def test_least_squares_is_that_of_scikit_learn():
    x, y = pairs()
    reference = LinearRegression().fit(x, y)
    found = LeastSquares().fit(x, y).map_
    np.testing.assert_allclose(found.weight, reference.coef_, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.bias, reference.intercept_, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e4])
def test_ridge_is_that_of_scikit_learn(alpha):
    x, y = pairs()
    reference = Reference(alpha=alpha, solver="svd").fit(x, y)
    found = Ridge(alpha).fit(x, y).map_
    np.testing.assert_allclose(found.weight, reference.coef_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.bias, reference.intercept_, rtol=1e-9)


def test_ridge_without_an_intercept_is_that_of_scikit_learn():
    x, y = pairs()
    reference = Reference(alpha=2.0, fit_intercept=False).fit(x, y)
    found = Ridge(2.0, intercept=False).fit(x, y).map_
    np.testing.assert_allclose(found.weight, reference.coef_, rtol=1e-9, atol=1e-12)
    assert not found.bias.any()
    folds = [rows for _, rows in KFold(5, shuffle=True, random_state=0).split(x)]
    parts = [Moments.of(x[rows], y[rows]).about_zero() for rows in folds]
    again = 0.0
    for rows in folds:
        rest = np.setdiff1d(np.arange(60), rows)
        one = Reference(alpha=0.1 * np.linalg.norm(x[rest]) ** 2 / 4, fit_intercept=False).fit(x[rest], y[rest])
        again += np.sum((y[rows] - one.predict(x[rows])) ** 2)
    assert left_out_errors(Moments.of(x, y).about_zero(), parts, [0.1])[0] == pytest.approx(again, rel=1e-9)


def test_ridge_by_generalised_cross_validation_chooses_what_scikit_learn_would():
    # one strength by the mean leverage instead of each row's own: they agree where rows are alike
    x, y = pairs(400, 30, 5, noise=20.0)
    size = np.linalg.norm(x - x.mean(axis=0)) ** 2 / 30
    reference = RidgeCV(alphas=size * np.array(STRENGTHS)).fit(x, y)
    assert Ridge("gcv").fit(x, y).map_.facts["alpha"] == pytest.approx(reference.alpha_)


@pytest.mark.parametrize("intercept", [True, False])
def test_generalised_errors_by_their_definition(intercept):
    x, y = pairs(40, 6, 3, noise=2.0)
    alpha = 0.3 * np.linalg.norm(x) ** 2
    moments = Moments.of(x, y) if intercept else Moments.of(x, y).about_zero()
    centre = np.full((40, 40), 1 / 40) if intercept else np.zeros((40, 40))
    x, y = x - centre @ x, y - centre @ y
    hat = x @ np.linalg.solve(x.T @ x + alpha * np.eye(6), x.T)
    expected = 40 * np.sum((y - hat @ y) ** 2) / (40 - np.trace(hat + centre)) ** 2
    assert generalised_errors(moments, [alpha], intercept)[0] == pytest.approx(expected)


def test_the_left_out_error_is_that_of_fitting_again():
    x, y = pairs(50, 6, 4)
    folds = [rows for _, rows in KFold(5, shuffle=True, random_state=0).split(x)]
    parts = [Moments.of(x[rows], y[rows]) for rows in folds]
    strengths = [1e-8, 1e-2, 1.0]
    found = left_out_errors(Moments.of(x, y), parts, strengths)
    for strength, error in zip(strengths, found, strict=True):
        again = 0.0
        for rows in folds:
            rest = np.setdiff1d(np.arange(50), rows)
            size = np.linalg.norm(x[rest] - x[rest].mean(axis=0)) ** 2 / 6
            again += np.sum((y[rows] - Reference(alpha=strength * size).fit(x[rest], y[rest]).predict(x[rows])) ** 2)
        assert error == pytest.approx(again, rel=1e-9)


def test_reduced_rank_is_the_projected_prediction_and_not_the_truncated_weight():
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 6)) * [1e-2, 1, 1, 1, 1, 30]
    y = x @ random.normal(size=(6, 5)) * [1, 1, 1, 1, 1] + x[:, :1] @ np.full((1, 5), 40.0)
    full = LeastSquares().fit(x, y)
    predicted = full.predict(x)
    middle = predicted.mean(axis=0)
    _, _, vt = np.linalg.svd(predicted - middle)
    expected = middle + (predicted - middle) @ vt[:2].T @ vt[:2]
    found = ReducedRank(2).fit(x, y)
    np.testing.assert_allclose(found.predict(x), expected, atol=1e-8)
    u, s, vt = np.linalg.svd(full.map_.weight)
    truncated = (u[:, :2] * s[:2]) @ vt[:2]
    lost = [np.linalg.norm((x - x.mean(axis=0)) @ w.T - (y - y.mean(axis=0))) for w in (found.map_.weight, truncated)]
    assert lost[0] < 0.5 * lost[1]


def test_reduced_rank_of_full_rank_is_least_squares():
    x, y = pairs()
    np.testing.assert_allclose(ReducedRank(3).fit(x, y).predict(x), LeastSquares().fit(x, y).predict(x), atol=1e-9)
    np.testing.assert_allclose(
        ReducedRank(3, alpha=0.1).fit(x, y).predict(x), Ridge(0.1, relative=True).fit(x, y).predict(x), atol=1e-9
    )


def test_procrustes_is_that_of_scipy():
    x, y = pairs(e=4)
    a, b = x - x.mean(axis=0), y - y.mean(axis=0)
    turn, total = orthogonal_procrustes(a, b)
    np.testing.assert_allclose(Procrustes().fit(x, y).map_.weight, turn.T, atol=1e-10)
    scaled = Procrustes(True).fit(x, y).map_
    assert scaled.facts["scale"] == pytest.approx(total / np.linalg.norm(a) ** 2)


def test_procrustes_into_more_dimensions_keeps_distances():
    x, y = pairs(d=3, e=5)
    mapped = Procrustes().fit(x, y).predict(x)
    np.testing.assert_allclose(mapped @ mapped.T - mapped @ mapped.T, 0)
    np.testing.assert_allclose(np.linalg.norm(mapped[0] - mapped[1:], axis=1), np.linalg.norm(x[0] - x[1:], axis=1))


def test_whitened_correlations_are_those_of_scikit_learn():
    x, y = pairs(500, noise=5.0)
    a, b = CCA(3, max_iter=5000, tol=1e-12).fit_transform(x, y)
    expected = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)]
    np.testing.assert_allclose(Whitened().fit(x, y).map_.facts["correlations"], expected, atol=1e-6)


def test_whitened_gives_the_targets_covariance_and_shrunk_to_all_directions_it_is_least_squares():
    x, y = pairs(noise=3.0)
    np.testing.assert_allclose(np.cov(Whitened().fit(x, y).predict(x).T), np.cov(y.T), rtol=1e-8)
    np.testing.assert_allclose(
        Whitened(shrink=True).fit(x, y).predict(x), LeastSquares().fit(x, y).predict(x), atol=1e-8
    )


def test_unit_norm_descends_below_least_squares_where_lengths_mislead():
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 5))
    y = (x @ random.normal(size=(5, 4)) + 0.2 * random.normal(size=(300, 4))) * np.exp(2 * random.normal(size=(300, 1)))

    def loss(mapped):
        u, v = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (mapped, y))
        return np.mean(np.sum((u - v) ** 2, axis=1))

    found = UnitNorm().fit(x, y)
    assert loss(found.predict(x)) == pytest.approx(found.map_.facts["loss"], rel=1e-9)
    assert loss(found.predict(x)) < 0.8 * loss(LeastSquares().fit(x, y).predict(x))

    def at(flat):  # no slope is left
        w = flat.reshape(4, 6)
        return loss(x @ w[:, :5].T + w[:, 5])

    best = np.concatenate([found.map_.weight, found.map_.bias[:, None]], axis=1).ravel()
    assert check_grad(at, lambda flat: np.zeros_like(flat), best, epsilon=1e-6) < 1e-3


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), n=st.integers(12, 60), d=st.integers(1, 6), e=st.integers(1, 6))
def test_least_squares_predictions_ignore_affine_changes_of_the_source_and_follow_those_of_the_target(seed, n, d, e):
    x, y = pairs(n, d, e, seed)
    random = np.random.default_rng(seed + 1)
    change, other = random.normal(size=(d, d)) + 3 * np.eye(d), random.normal(size=(e, e))
    shift, offset = 10 * random.normal(size=d), 10 * random.normal(size=e)
    plain = LeastSquares().fit(x, y).predict(x)
    changed = LeastSquares().fit(x @ change + shift, y).predict(x @ change + shift)
    followed = LeastSquares().fit(x, y @ other + offset).predict(x)
    np.testing.assert_allclose(changed, plain, atol=1e-6 * np.abs(y).max())
    np.testing.assert_allclose(followed, plain @ other + offset, atol=1e-8 * (1 + np.abs(plain @ other + offset).max()))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 40),
    d=st.integers(1, 12),
    alpha=st.floats(1e-3, 1e3),
    c=st.floats(0.1, 10),
)
def test_ridge_follows_turns_and_shifts_and_units_of_the_source(seed, n, d, alpha, c):
    x, y = pairs(n, d, 3, seed)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]
    shift = np.random.default_rng(seed + 1).normal(size=d)
    plain = Ridge(alpha).fit(x, y).predict(x)
    close = {"atol": 1e-7 * (1 + np.abs(y).max())}
    np.testing.assert_allclose(Ridge(alpha).fit(x @ turn + shift, y).predict(x @ turn + shift), plain, **close)
    np.testing.assert_allclose(Ridge(c * c * alpha).fit(c * x, y).predict(c * x), plain, **close)
    twice = Ridge(2 * alpha).fit(np.repeat(x, 2, axis=0), np.repeat(y, 2, axis=0)).predict(x)
    np.testing.assert_allclose(twice, plain, **close)
    relative = Ridge(alpha, relative=True)
    np.testing.assert_allclose(relative.fit(c * x, y).predict(c * x), relative.fit(x, y).predict(x), **close)


@pytest.mark.parametrize("kind", LINEAR, ids=name_of)
def test_shuffled_pairs_predict_nothing_new(kind):
    x, y = pairs(2000, 5, 4, noise=0.01)
    order = np.random.default_rng(1).permutation(1000)
    found = type(kind)(**kind.get_params()).fit(x[:1000], y[:1000][order])
    spread = np.sum((y[1000:] - y[1000:].mean(axis=0)) ** 2)
    share = 1 - np.sum((found.predict(x[1000:]) - y[1000:]) ** 2) / spread
    assert share < 0.05
    assert type(kind)(**kind.get_params()).fit(x[:1000], y[:1000]).score(x[1000:], y[1000:]) > share


@pytest.mark.parametrize("kind", [*LINEAR, Ridge("cv"), UnitNorm()], ids=name_of)
def test_tensors_and_float32_give_the_same_map(kind):
    x, y = pairs()
    whole = kind.fit(x, y).map_
    again = kind.fit(torch.from_numpy(x).float(), torch.from_numpy(y).float()).map_
    np.testing.assert_allclose(again.weight, whole.weight, atol=1e-4)


def test_far_from_the_origin_and_in_blocks(monkeypatch):
    x, y = pairs(3000)
    plain = LeastSquares().fit(x, y).map_.weight
    monkeypatch.setattr("repscope.maps._moments.BLOCK", 8)
    np.testing.assert_allclose(LeastSquares().fit(x, y).map_.weight, plain, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(LeastSquares().fit(x + 1e5, y - 1e5).map_.weight, plain, atol=1e-6)


def test_dead_units_and_copies_are_said():
    x, y = pairs()
    broken = np.concatenate([x, np.zeros((60, 1)), x[:, :2]], axis=1)
    found = LeastSquares().fit(broken, y)
    assert found.map_.rank == 4
    np.testing.assert_allclose(found.predict(broken), LeastSquares().fit(x, y).predict(x), atol=1e-8)


def test_a_unit_that_hardly_moves_is_not_taken_for_a_dead_one():
    x, _ = pairs()
    y = x[:, :1] * 1e7 + x[:, 1:2]
    small = x * [1e-7, 1, 1, 1]
    found = LeastSquares().fit(small, 1e14 * small[:, :1] + small[:, 1:2])
    assert found.map_.rank == 4
    np.testing.assert_allclose(found.predict(small), y, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            LeastSquares(),
            r"least squares got 5 pairs of n_features = 8 dimensions; expected more pairs than dimensions, or use Ridge",
        ),
        (ReducedRank(2), r"reduced rank got 5 pairs of n_features = 8 dimensions"),
        (Whitened(), r"whitening got 5 pairs of n_features = 8 and 3 dimensions; expected more pairs"),
        (ReducedRank(4), r"a map of rank 4 was asked for between 8 and 3 dimensions; expected 1 to 3"),
        (Whitened(rank=4), r"a map of rank 4 was asked for between 8 and 3 dimensions; expected 1 to 3"),
        (Ridge(0.0), r"ridge got alpha=0\.0; expected a number above 0, 'cv' or 'gcv'"),
        (Ridge("best"), r"ridge got alpha='best'; expected a number above 0, 'cv' or 'gcv'"),
    ],
    ids=name_of,
)
def test_refusals(kind, message):
    x, y = pairs(5, 8, 3)
    with pytest.raises(BadInput, match=message):
        kind.fit(x, y)


def test_ridge_takes_fewer_pairs_than_dimensions_and_says_so():
    x, y = pairs(5, 8, 3)
    assert Ridge(1.0).fit(x, y).map_.facts["notes"] == [
        "5 pairs for 8 dimensions: between pairs the map follows the penalty alone"
    ]


def test_few_pairs_are_divided_into_fewer_parts():
    x, y = pairs(5, 8, 3)
    assert np.isfinite(Ridge("cv").fit(x, y).map_.weight).all()
    with pytest.raises(
        BadInput, match=r"3 pairs cannot be divided to choose by; expected four or more, or give the strength"
    ):
        Ridge("cv").fit(x[:3], y[:3])


def test_procrustes_of_what_does_not_vary_is_refused():
    with pytest.raises(BadInput, match=r"Procrustes got pairs of which one side is constant or unrelated"):
        Procrustes().fit(np.ones((5, 2)), np.eye(5))


def test_a_target_that_points_nowhere_is_refused():
    x, y = pairs()
    y[7] = 0
    with pytest.raises(BadInput, match=r"1 of 60 targets are the zero vector, the first is row 7: they point nowhere"):
        UnitNorm().fit(x, y)
    found = UnitNorm(zeros="leave out").fit(x, y).map_
    assert found.facts["notes"] == ["1 pairs whose target is the zero vector were left out"]
    np.testing.assert_array_equal(found.weight, UnitNorm().fit(np.delete(x, 7, 0), np.delete(y, 7, 0)).map_.weight)
    with pytest.raises(BadInput, match=r"UnitNorm got zeros='keep'; expected 'refuse' or 'leave out'"):
        UnitNorm(zeros="keep").fit(x, y)


def test_unit_norm_cannot_be_solved_from_moments():
    with pytest.raises(BadInput, match=r"UnitNorm needs the pairs themselves, moments are not enough"):
        UnitNorm().solve(Moments.of(*pairs()))


def test_a_strength_needs_parts_to_be_chosen_by():
    with pytest.raises(BadInput, match=r"ridge got 0 parts of the pairs; expected two or more"):
        Ridge("cv").solve(Moments.of(*pairs()))


def test_moments_of_parts_add_up():
    x, y = pairs(40)
    whole, first, second = (Moments.of(x[rows], y[rows]) for rows in (slice(None), slice(15), slice(15, None)))
    for found in (first + second, whole):
        np.testing.assert_allclose(found.xy, whole.xy, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(found.x.gram, whole.x.gram, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(found.y.mean, whole.y.mean)
    rest = whole - second
    np.testing.assert_allclose(rest.x.gram, first.x.gram, rtol=1e-8, atol=1e-8)
    assert rest.n == 15
    weight, bias = torch.ones(3, 4, dtype=torch.float64), torch.arange(3.0).double()
    assert whole.error(weight, bias) == pytest.approx(np.sum((x @ np.ones((4, 3)) + np.arange(3) - y) ** 2))
    with pytest.raises(BadInput, match=r"0 pairs are left of 40; expected two or more"):
        whole - whole
