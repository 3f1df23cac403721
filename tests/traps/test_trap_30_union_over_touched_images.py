"""Trap 30: the union over images that a mask touches alone makes half of unrelated units detectors. Ours counts all pixels."""

import numpy as np
import torch
from torch.nn.functional import interpolate

from repscope.units.dissection import dissect

SIDE = 28


def blobs(n: int, count: int, seed: int, share: float, rare: float) -> np.ndarray:
    """Shapes of a concept that is in few of the images."""
    random = np.random.default_rng(seed)
    noise = torch.from_numpy(random.normal(size=(n, count, 4, 4)).astype(np.float32))
    fields = interpolate(noise, (SIDE, SIDE), mode="bicubic").numpy()
    masks = fields > np.quantile(fields, 1 - share, axis=(0, 2, 3), keepdims=True)
    return masks & (random.random((n, count, 1, 1)) < rare)


def test_unrelated_units():
    masks = blobs(300, 20, 0, share=0.2, rare=0.03)
    activations = np.random.default_rng(1).normal(size=(300, 40, 4, 4)).astype(np.float32)
    found = dissect(activations, masks, 0.05, permutations=99)
    full = interpolate(torch.from_numpy(activations), (SIDE, SIDE), mode="bilinear").numpy()
    above = full > found.thresholds[:, None, None]
    trapped = np.zeros((40, 20))
    for concept in range(20):
        touched = masks[:, concept].any((1, 2))
        both = (above[touched] & masks[touched, concept, None]).sum((0, 2, 3))
        trapped[:, concept] = both / (above[touched] | masks[touched, concept, None]).sum((0, 2, 3))
    assert (trapped.max(1) > 0.04).mean() > 0.4  # the trap
    assert (found.highest > 0.04).mean() < 0.15
    assert len(found.detectors(0.0, rate=0.05)) <= 2
