"""Dissection: thresholds against a full sort, IoU against loops, planted and unrelated units, chance."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from repscope.core.errors import BadInput
from repscope.units.dissection import Dissection, discoveries, dissect
from repscope.units.dissection._thresholds import exact_thresholds

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0])


@settings(max_examples=60)
@given(st.lists(FLOATS, min_size=2, max_size=60), st.floats(0.01, 0.99), st.integers(1, 20))
def test_thresholds_are_those_of_a_full_sort(numbers, share, step):
    values = np.array([numbers, numbers[::-1]], np.float32)
    found = exact_thresholds(lambda: [values[:, i : i + step] for i in range(0, values.shape[1], step)], share)
    above = int(share * len(numbers) * (1 + 1e-12))
    np.testing.assert_array_equal(found, np.sort(values, axis=1)[:, -1 - above])
    assert ((values > found[:, None]).sum(1) <= above).all()


def blobs(n: int, count: int, seed: int, side: int = 24, share: float = 0.1) -> np.ndarray:
    """Smooth random fields, thresholded: masks with shapes."""
    noise = torch.randn(n, count, side // 4, side // 4, generator=torch.Generator().manual_seed(seed))
    fields = interpolate(noise, (side, side), mode="bicubic").numpy()
    return fields > np.quantile(fields, 1 - share, axis=(0, 2, 3), keepdims=True)


def fields(n: int, count: int, seed: int, side: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, count, side, side)).astype(np.float32)


def by_loops(activations: np.ndarray, masks: np.ndarray, quantile: float) -> np.ndarray:
    full = interpolate(torch.from_numpy(activations), masks.shape[2:], mode="bilinear").numpy()
    out = np.full((full.shape[1], masks.shape[1]), np.nan)
    for unit in range(full.shape[1]):
        ordered = np.sort(full[:, unit].ravel())
        above = full[:, unit] > ordered[-1 - int(quantile * len(ordered))]
        for concept in range(masks.shape[1]):
            if masks[:, concept].any():
                out[unit, concept] = (above & masks[:, concept]).sum() / (above | masks[:, concept]).sum()
    return out


@pytest.mark.parametrize("quantile", [0.005, 0.05, 0.3])
def test_iou_is_that_of_loops(quantile):
    activations, masks = fields(45, 5, 0), blobs(45, 3, 1)
    masks[:, 1] = False  # a concept that never occurs
    found = dissect(activations, masks, quantile)
    np.testing.assert_allclose(found.iou, by_loops(activations, masks, quantile), rtol=1e-12)
    assert np.isnan(found.iou[:, 1]).all()
    assert 1 not in found.unique(0.0)


@settings(max_examples=10)
@given(st.integers(0, 2**20), st.floats(0.02, 0.3))
def test_an_indicator_has_iou_one(seed, share):
    masks = blobs(20, 2, seed, share=share)
    planted = np.stack([masks[:, 0], ~masks[:, 1]], 1).astype(np.float32)
    both = dissect(planted, masks, masks[:, 0].mean())
    assert both.iou[0, 0] == 1
    assert both.best[0] == 0
    assert both.iou[1, 1] == 0 or np.isnan(both.iou[1, 1])


@settings(max_examples=5)
@given(st.integers(0, 2**20))
def test_independent_masks_have_the_iou_of_their_shares(seed):
    random = np.random.default_rng(seed)
    masks = random.random((60, 1, 20, 20)) < 0.2
    found = dissect(random.random((60, 4, 20, 20)).astype(np.float32), masks, 0.1)
    p, q = 0.1, masks.mean()
    np.testing.assert_allclose(found.iou[:, 0], p * q / (p + q - p * q), atol=0.015)


def test_planted_detectors_are_found_and_unrelated_units_are_not():
    masks = blobs(80, 4, 0)
    activations = fields(80, 40, 1)
    small = interpolate(torch.from_numpy(masks[:, :3].astype(np.float32)), (6, 6), mode="area").numpy()
    activations[:, :3] = small + 0.1 * activations[:, :3]
    found = dissect(
        activations, masks, 0.1, permutations=499, names=("a", "b", "c", "d"), categories=("x", "x", "y", "y")
    )
    assert found.detectors(0.04, rate=0.1)[:3].tolist() == [0, 1, 2]
    assert len(found.detectors(0.04, rate=0.1)) <= 4
    assert found.best[:3].tolist() == [0, 1, 2]
    assert found.by_category(0.3) == {"x": (2, 2), "y": (1, 1)}
    assert found.unique(0.3).tolist() == [0, 1, 2]
    frame = found.frame()
    assert frame["concept"][:3].tolist() == ["a", "b", "c"]
    assert (frame["iou"][:3] > frame["chance"][:3]).all()


def test_too_few_permutations_cannot_discover_anything():
    found = dissect(fields(20, 3, 0), blobs(20, 2, 1), 0.1, permutations=4)
    with pytest.raises(
        BadInput,
        match=r"p is 0.2 or more with 4 permutations; .* at a rate of 0.05 take 19 or more, about 59 for one of 3 units",
    ):
        found.detectors(rate=0.05)


def test_false_discoveries_keep_their_rate():
    # half of the units follow a concept weakly, half do not; over many simulations the share of false ones among those found
    shares, found_some = [], 0
    for seed in range(40):
        masks, activations = blobs(40, 3, seed, side=16), fields(40, 24, 1000 + seed, side=4)
        small = interpolate(torch.from_numpy(masks.astype(np.float32)), (4, 4), mode="area").numpy()
        for unit in range(12):
            activations[:, unit] += 1.2 * small[:, unit % 3]
        found = dissect(activations, masks, 0.1, permutations=99, seed=seed).detectors(0.0, rate=0.2)
        found_some += len(found) > 0
        shares.append(float(np.mean(found >= 12)) if len(found) else 0.0)
    assert found_some > 30
    assert np.mean(shares) < 0.2 * 0.5 + 0.06  # the rate times the share of true nulls, and three standard errors


def test_p_of_unrelated_units_is_even():
    p = np.concatenate(
        [dissect(fields(30, 20, s), blobs(30, 2, 50 + s, side=16), 0.1, permutations=49).p for s in range(6)]
    )
    for level in (0.1, 0.3, 0.5):
        assert abs(np.mean(p <= level) - level) < 0.13


def of_values(values):
    empty = np.empty((0, len(values)))
    return Dissection(np.array(values)[:, None], np.zeros(len(values)), 0.005, empty, np.empty(0, int), ("a",), ("x",))


def test_units_like_those_of_other_networks_are_seldom_beyond_them():
    random = np.random.default_rng(0)
    false = [
        len(of_values(random.gamma(2, size=16)).beyond([of_values(random.gamma(2, size=16)) for _ in range(5)], 0.2))
        > 0
        for _ in range(600)
    ]
    assert np.mean(false) < 0.2 + 0.05  # three standard errors


def test_units_that_learnt_something_are_beyond_those_of_random_weights():
    masks = blobs(60, 3, 0)
    activations = fields(60, 16, 1)
    small = interpolate(torch.from_numpy(masks.astype(np.float32)), (6, 6), mode="area").numpy()
    activations[:, 4:7] = small
    random = [dissect(fields(60, 16, 2 + seed), masks, 0.1) for seed in range(12)]
    found = dissect(activations, masks, 0.1)
    assert found.beyond(random).tolist() == [4, 5, 6]
    assert random[0].beyond(random[1:]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.01, 0.5))
def test_discoveries_are_those_of_scipy(p, rate):
    from scipy.stats import false_discovery_control

    corrected = false_discovery_control(p)
    found = discoveries(p, rate)
    clear = np.abs(corrected - rate) > 1e-12
    np.testing.assert_array_equal(found[clear], (corrected <= rate)[clear])


def test_the_same_bytes():
    activations, masks = fields(40, 6, 0), blobs(40, 3, 1)
    first, second = (dissect(activations, masks, 0.05, permutations=5, seed=2) for _ in range(2))
    np.testing.assert_array_equal(first.null, second.null)
    assert not np.array_equal(first.null, dissect(activations, masks, 0.05, permutations=5, seed=3).null)


def test_dead_units_have_no_mask():
    activations = fields(20, 3, 0)
    activations[:, 1] = 0.7
    found = dissect(activations, blobs(20, 2, 1), 0.05)
    assert found.dead.tolist() == [1]
    assert found.highest[1] == 0


MASKS = blobs(4, 2, 0)
REFUSED = [
    (lambda: dissect(fields(5, 2, 0), MASKS), r"activations \(5, 2, 6, 6\) and masks \(4, 2, 24, 24\) came; expected \(n, units"),
    (lambda: dissect(fields(4, 2, 0)[:, :, 0], MASKS), "expected \\(n, units, height, width\\)"),
    (lambda: dissect(fields(4, 2, 0), MASKS.astype(np.uint8)), "masks of uint8 came; expected bool"),
    (lambda: of_values([0.1]).beyond([]), "0 dissections came to compare with; expected one or more, by the same concepts"),
    (lambda: of_values([0.1]).beyond([dissect(fields(4, 2, 0), MASKS)]), "1 dissections came to compare with; expected one or more, by the same"),
    (lambda: of_values([0.1]).beyond([of_values([0.2] * 8)]), "8 units came to compare with; expected 19 or more for a rate of 0.05"),
    (lambda: dissect(fields(4, 2, 0), MASKS, 0.0), "quantile = 0.0; expected the share of values that are to lie above"),
    (lambda: dissect(fields(4, 2, 0) * np.nan, MASKS), "an activation is NaN; thresholds cannot be found"),
    (lambda: dissect(fields(4, 2, 0), MASKS, names=("a",)), "1 names and 2 categories came for 2 concepts"),
    (lambda: dissect(fields(4, 2, 0), MASKS, permutations=-1), "permutations = -1, 4 images; expected none below zero"),
    (lambda: dissect(fields(1, 2, 0), MASKS[:1]), "permutations = 0, 1 images; expected none below zero, two images or more"),
    (lambda: dissect(fields(4, 2, 0), MASKS).detectors(rate=0.1), "false discoveries cannot be controlled without permutations"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.usefixtures("unchecked")
def test_refusals(call, words):
    with pytest.raises(BadInput, match=words):
        call()
