"""Every measure at every scale that float32 holds: the same value, or, of HSIC, the value times the scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope import cka, hsic
from repscope.core.errors import BadInput
from repscope.core.points import as_points
from repscope.core.scaling import exponent_of, in_range, rescale, scale_rows
from repscope.measures import MEASURES, ArrayLayer, PairMeasure
from tests.references import kernels as reference

N = 60
LABELS = np.arange(N) % 3
POWERS = st.integers(-120, 120)


def layers(features=6):
    g = np.random.default_rng(0)
    first = (g.normal(size=(N, features)) + 2 * g.normal(size=(3, features))[LABELS]).astype(np.float32)
    second = (np.tanh(first @ g.normal(size=(features, 4)) / 4) + 0.1 * g.normal(size=(N, 4))).astype(np.float32)
    return first, second


def score(measure, first, second):
    one = ArrayLayer(first, 5, "first", LABELS)
    return (
        measure.score(one, ArrayLayer(second, 5, "second", LABELS))
        if isinstance(measure, PairMeasure)
        else measure.score(one)
    )


USUAL = {}


def usual(name):
    if name not in USUAL:
        USUAL[name] = score(MEASURES[name], *layers()).value
    return USUAL[name]


@pytest.mark.parametrize("name", [name for name in MEASURES if "scale" in MEASURES[name].invariant_to])
@settings(max_examples=6)
@given(power=POWERS, other=POWERS)
def test_scale_invariant_measures_give_the_same(name, power, other):
    first, second = layers()
    scaled = score(MEASURES[name], np.ldexp(first, power), np.ldexp(second, other))
    assert scaled.value == pytest.approx(usual(name), rel=1e-6, abs=1e-9)
    assert np.isfinite(scaled.interval).all()
    assert scaled.interval[0] <= scaled.value <= scaled.interval[1]


@settings(max_examples=20)
@given(power=POWERS, other=POWERS)
def test_hsic_is_of_the_square_of_each_scale(power, other):
    first, second = layers()
    plain, scaled = hsic(first, second), hsic(np.ldexp(first, power), np.ldexp(second, other))
    factor = 2.0 ** (2 * (power + other))
    assert scaled.value == pytest.approx(plain.value * factor, rel=1e-5)
    assert scaled.interval == pytest.approx([x * factor for x in plain.interval], rel=1e-4)


def test_hsic_of_a_gaussian_kernel_has_no_scale():
    first, second = layers()
    plain, scaled = (hsic(x, second, kernel="rbf").value for x in (first, np.ldexp(first, 100)))
    assert scaled == pytest.approx(plain, rel=1e-9)


def test_hsic_beyond_float64_is_refused():
    first, second = (x.astype(np.float64) for x in layers())
    with pytest.raises(
        BadInput, match=r"hsic of these layers is .* which float64 does not hold; divide the activations"
    ):
        hsic(first * 2.0**500, second * 2.0**500)


@settings(max_examples=20)
@given(power=POWERS, debiased=st.booleans(), batch=st.sampled_from([None, 20]))
def test_cka_agrees_with_float64(power, debiased, batch):
    first, second = layers()
    found = cka(np.ldexp(first, power), second, debiased, batch=batch).value
    assert found == pytest.approx(
        cka(first.astype(np.float64), second.astype(np.float64), debiased, batch=batch).value, rel=1e-5
    )


@pytest.mark.parametrize("size", [3e8, 3e-12, 1e19, 1e-19])
def test_many_features_of_a_size(size):
    g = np.random.default_rng(1)
    first = (size * (1 + 0.1 * g.normal(size=(40, 16_384)))).astype(np.float32)
    second = (first + 0.01 * size * g.normal(size=first.shape)).astype(np.float32)
    expected = cka(first.astype(np.float64) / size, second.astype(np.float64) / size).value
    found = cka(first, second)
    assert found.value == pytest.approx(expected, rel=1e-5)
    assert found.interval[0] <= found.value <= found.interval[1]


def test_one_feature_far_larger_than_the_others():
    first, second = layers()
    first[:, 0] *= np.float32(1e20)
    grams = [np.asarray(x, np.longdouble) @ np.asarray(x, np.longdouble).T for x in (first[:12], second[:12])]
    grams = [gram / np.abs(gram).max() for gram in grams]
    expected = reference.cka_of(reference.unbiased_hsic, *grams)
    first, second = first[:12], second[:12]
    assert cka(first, second).value == pytest.approx(float(expected), rel=1e-5)


def test_subnormal_numbers():
    first, second = layers()
    tiny = np.ldexp(np.round(first * 64).astype(np.float32), -145)
    assert cka(tiny, second).value == pytest.approx(cka(np.round(first * 64), second).value, rel=1e-6)


def test_usual_scales_are_not_touched():
    points = as_points(layers()[0])
    scaled, exponent = in_range(points)
    assert scaled is points
    assert exponent == 0
    assert exponent_of(float("nan")) == exponent_of(float("inf")) == 0


def test_points_know_what_they_were_scaled_by():
    points, exponent = in_range(as_points(layers()[0] * np.float32(2.0**80)))
    assert points.exponent == exponent > 80
    np.testing.assert_array_equal(points.rows(slice(0, N)).numpy() * 2.0**exponent, layers()[0].astype(float) * 2.0**80)


def test_what_float64_cannot_hold_is_said():
    assert rescale(0.0, 5000, "nothing") == 0.0
    with pytest.raises(BadInput, match=r"a number is 1 times 2\^-5000, which float64 does not hold"):
        rescale(1.0, -5000, "a number")


def test_rows_without_a_direction_stay():
    rows = np.array([[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [2e-40, 0.0]], np.float32)
    scaled = scale_rows(rows)
    np.testing.assert_array_equal(scaled[:3], rows[:3])
    assert 0.5 <= scaled[3, 0] < 1
