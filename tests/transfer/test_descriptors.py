"""Descriptors: closed forms, invariances, what every one of them has in common, what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput, NotFound
from repscope.transfer import DESCRIPTORS, Descriptor, gem, rmac, spoc
from repscope.transfer.descriptors.rmac import regions
from repscope.transfer.descriptors.spoc import center_weights


def maps(n=3, c=4, h=5, w=6, seed=0, dtype=np.float32):
    return np.abs(np.random.default_rng(seed).normal(size=(n, c, h, w))).astype(dtype)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_sums_do_not_see_where(seed):
    given_maps = maps(seed=seed, dtype=np.float64)
    order = np.random.default_rng(seed).permutation(30)
    moved = given_maps.reshape(3, 4, 30)[:, :, order].reshape(3, 4, 5, 6)
    np.testing.assert_allclose(spoc(moved), spoc(given_maps), rtol=1e-12)
    assert not np.allclose(spoc(moved, center_prior=True), spoc(given_maps, center_prior=True))


def test_sums_are_means_times_positions():
    np.testing.assert_allclose(spoc(maps()), 30 * DESCRIPTORS["average"].describe(maps()), rtol=1e-6)


def test_the_center_counts_most_and_both_sides_alike():
    weights = center_weights(6, 9)
    np.testing.assert_allclose(weights, weights[::-1, ::-1])
    assert np.unravel_index(weights.argmax(), weights.shape) in [(2, 4), (3, 4)]
    # σ is a third of the way to the nearest border, which is 3 rows away: the middle of row 4 is 1.5 rows from the middle
    assert weights[4, 4] == pytest.approx(np.exp(-(1.5**2) / 2))


def test_generalised_means_lie_between_the_mean_and_the_maximum():
    given_maps = maps(dtype=np.float64)
    np.testing.assert_allclose(gem(given_maps, 1), DESCRIPTORS["average"].describe(given_maps))
    np.testing.assert_allclose(gem(given_maps, 400), DESCRIPTORS["maximum"].describe(given_maps), rtol=0.02)
    rising = np.stack([gem(given_maps, p) for p in (1, 2, 3, 5, 9)])
    assert (np.diff(rising, axis=0) > 0).all()
    # as torch's norm has it
    expected = torch.linalg.vector_norm(torch.from_numpy(given_maps), ord=3, dim=(2, 3)) / 30 ** (1 / 3)
    np.testing.assert_allclose(gem(given_maps, 3), expected)


def test_generalised_means_of_large_numbers_do_not_overflow():
    assert np.isfinite(gem(1e30 * maps(), 9)).all()
    assert gem(-maps()).max() == pytest.approx(1e-6)


def test_regional_maxima_of_a_square_of_one_level_are_the_maxima():
    given_maps = maps(h=6, w=6, dtype=np.float64)
    most = DESCRIPTORS["maximum"].describe(given_maps)
    np.testing.assert_allclose(rmac(given_maps, 1), most / np.linalg.norm(most, axis=1, keepdims=True))


def test_regional_maxima_by_hand():
    given_maps = np.zeros((1, 2, 2, 2))
    given_maps[0, 0, 0, 0], given_maps[0, 1, 1, 1] = 3.0, 4.0
    # one region of side 2: (3, 4) / 5; level 2 has four of side 1: (1, 0), nothing, nothing, (0, 1)
    expected = np.array([3 / 5 + 1, 4 / 5 + 1])
    np.testing.assert_allclose(rmac(given_maps, 2)[0], expected / np.linalg.norm(expected))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 7), (7, 2), (8, 8), (13, 20), (30, 5)])
@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_regions_lie_in_the_map_and_cover_its_ends(height, width, levels):
    found = list(regions(height, width, levels))
    assert found
    assert all(t >= 0 and t + s <= height and a >= 0 and a + s <= width and s > 0 for t, a, s in found)
    largest = [(t, a, s) for t, a, s in found if s == min(height, width)]
    assert {(0, 0)} <= {(t, a) for t, a, _ in largest}
    assert max(t + s for t, _, s in largest) == height
    assert max(a + s for _, a, s in largest) == width


def test_an_image_of_nothing_stays_nothing():
    assert not rmac(np.zeros((1, 3, 4, 4))).any()


@pytest.mark.parametrize("name", list(DESCRIPTORS))
def test_every_image_is_described_by_itself_in_its_own_precision(name):
    found = DESCRIPTORS[name]
    assert isinstance(found, Descriptor)
    assert found.title
    assert found.summary.endswith(".")
    for dtype in (np.float32, np.float64):
        whole = found.describe(maps(dtype=dtype))
        assert whole.dtype == dtype
        np.testing.assert_array_equal(
            np.concatenate([found.describe(maps(dtype=dtype)[i : i + 1]) for i in range(3)]), whole
        )


def test_tensors_and_other_numbers_will_do():
    given_maps = maps()
    for way in (torch.from_numpy(given_maps), torch.from_numpy(given_maps).requires_grad_()):
        np.testing.assert_array_equal(spoc(way), spoc(given_maps))
    assert spoc(np.ones((1, 1, 2, 2), dtype=np.uint8)).tolist() == [[4.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spoc(np.ones((3, 4))), r"spoc got float64 of shape \(3, 4\); expected maps .* take 'flat'"),
        (lambda: gem(np.full((1, 1, 2, 2), np.inf)), "gem got maps with NaN or infinite numbers"),
        (lambda: gem(maps(), 0), "gem got p = 0; expected a positive number"),
        (lambda: rmac(maps(), 0), "rmac got levels = 0; expected 1 or more"),
        (lambda: rmac(np.zeros((0, 1, 2, 2))), r"rmac got float64 of shape \(0, 1, 2, 2\)"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_refused(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_names_that_are_none():
    with pytest.raises(NotFound, match="there is no 'mac' among the descriptors"):
        DESCRIPTORS["mac"]
