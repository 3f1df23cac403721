"""Whitening, powers, and pipelines written as text: closed forms, scikit-learn's conventions, ranks, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize
from sklearn.utils.estimator_checks import parametrize_with_checks

from repscope.core.errors import BadInput
from repscope.transfer import SignedPower, Whitening, postprocessing


@parametrize_with_checks([Whitening(), Whitening(power=0.5), SignedPower(), SignedPower(1.0)])
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("unchecked")
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


def points(n=40, d=6, seed=0, dtype=np.float64):
    random = np.random.default_rng(seed)
    return (random.normal(size=(n, d)) @ random.normal(size=(d, d)) + random.normal(size=d)).astype(dtype)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(1, 30))
def test_the_covariance_of_what_is_whitened_is_the_identity(seed, n, d):
    found = Whitening().fit(points(n, d, seed))
    white = found.transform(points(n, d, seed))
    assert found.rank_ == min(n - 1, d)
    np.testing.assert_allclose(np.cov(white.T).reshape(found.rank_, found.rank_), np.eye(found.rank_), atol=1e-6)


def test_with_other_powers_it_is_between_pca_and_whitening():
    x = points()
    for power in (0.0, 0.3, 1.0):
        found = Whitening(power=power).fit(x)
        np.testing.assert_allclose(
            np.cov(found.transform(x).T), np.diag(found.deviations_ ** (2 - 2 * power)), atol=1e-9
        )


@pytest.mark.parametrize("whiten", [False, True])
def test_it_is_scikit_learns_pca(whiten):
    x = points()
    expected = PCA(3, whiten=whiten, svd_solver="full").fit(x)
    found = Whitening(3, 1.0 if whiten else 0.0).fit(x)
    ours, theirs = found.transform(points(seed=1)), expected.transform(points(seed=1))
    signs = np.sign((found.directions_ * expected.components_).sum(axis=1))
    np.testing.assert_allclose(ours, theirs * signs, atol=1e-9)


def test_directions_do_not_turn_with_the_order_of_the_samples():
    x = points()
    np.testing.assert_allclose(Whitening().fit(x).directions_, Whitening().fit(x[::-1]).directions_, atol=1e-9)


def test_single_precision_stays_and_does_not_count_its_rounding_as_directions():
    x = points(200, 4) @ np.random.default_rng(3).normal(size=(4, 32))
    found = Whitening().fit(x.astype(np.float32))
    assert found.rank_ == 4
    assert found.transform(x.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "x", "message"),
    [
        (
            Whitening(20),
            points(10, 64),
            "components = 20 and 10 samples of 64 features, which have 9 directions; expected 1 to 9",
        ),
        (Whitening(0), points(), "components = 0"),
        (Whitening(), np.ones((5, 3)), "all 5 samples are the same, so there are no directions"),
        (Whitening(power=-1), points(), "power = -1; expected 0"),
        (SignedPower(2), points(), "exponent = 2; expected more than 0, at most 1"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_fitted(kind, x, message):
    with pytest.raises(BadInput, match=message):
        kind.fit(x)


def test_a_line_of_text_is_a_pipeline():
    x = points()
    found = postprocessing("l2, power:0.5, whiten:3, l2").fit_transform(x)
    rooted = normalize(x)
    rooted = np.sign(rooted) * np.sqrt(np.abs(rooted))
    np.testing.assert_allclose(found, normalize(Whitening(3).fit_transform(rooted)))
    np.testing.assert_array_equal(postprocessing("none").fit_transform(x), x)
    np.testing.assert_allclose(postprocessing("pca").fit_transform(x), Whitening(power=0.0).fit_transform(x))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("l2, witen", "has a step 'witen'; known: 'l2', 'power', 'pca', 'whiten'"),
        ("l2,,l2", "has an empty step"),
        ("", "has an empty step"),
        ("l2:3", "the step 'l2' of 'l2:3' takes no number"),
        ("pca:half", "the step 'pca' of 'pca:half' has 'half' for a number"),
        ("whiten:2.5", "has 2.5; expected a whole number of components"),
        ("whiten:0", "has 0; expected a whole number of components"),
    ],
)
def test_lines_that_are_none(text, message):
    with pytest.raises(BadInput, match=message):
        postprocessing(text)
