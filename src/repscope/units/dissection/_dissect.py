"""Network dissection: does a unit light up where a concept is?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import interpolate

from repscope.core.errors import BadInput
from repscope.units.dissection._dissection import Dissection
from repscope.units.dissection._thresholds import exact_thresholds

ROWS = 32
"""Images at a time."""


@final
@dataclass(frozen=True)
class Maps:
    """A layer's activations and the masks of concepts, some images at a time.

    Attributes
    ----------
    n : int
        Images.
    activations : callable
        From rows to float (rows, units, height, width).
    masks : callable
        From rows to bool (rows, concepts, height, width), of another size perhaps.
    """

    n: int
    activations: Callable[[Sequence[int]], Float[np.ndarray, "batch units h w"]]
    masks: Callable[[Sequence[int]], Bool[np.ndarray, "batch concepts height width"]]


def dissect(
    activations: Float[np.ndarray, "n units h w"],
    masks: Bool[np.ndarray, "n concepts height width"],
    quantile: float = 0.005,
    *,
    names: Sequence[str] = (),
    categories: Sequence[str] = (),
    permutations: int = 0,
    seed: int = 0,
) -> Dissection:
    """Units × concepts: the share of pixels that are in both a unit's mask and a concept's, of those that are in either.

    A unit's mask is where its activations, brought to the masks' size (bilinear), are strictly above the value that a share
    `quantile` of them is above, over all pixels of all images; that value is exact. Unions are of all pixels of all images: of those
    that a mask touches alone, unrelated units pass 0.04 half of the time.

    Parameters
    ----------
    activations : (n, units, height, width) array
    masks : (n, concepts, height, width) bool array
        Of another size than the activations perhaps.
    quantile : float
        0.005 in the paper; the lecture and the paper's second code have 0.05 and 0.01.
    names, categories : sequence of str, optional
        Of the concepts.
    permutations : int
        Times that masks are paired with the activations of other images, for what chance gives. To control false discoveries at
        a rate, units / rate of them let a single detector be found; where many units are detectors, fewer do.
    seed : int
        Of the permutations.

    Raises
    ------
    BadInput
        If images are not equally many, a mask is not of truth values, or an activation is NaN.

    References
    ----------
    D. Bau et al., Network dissection, CVPR 2017, equation 1.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> masks = random.random((50, 2, 16, 16)) < 0.1
    >>> found = dissect(np.stack([masks[:, 1], random.random((50, 16, 16))], 1).astype(np.float32), masks, 0.2)
    >>> float(found.iou[0, 1]), found.detectors(0.5).tolist()
    (1.0, [0])
    """
    if activations.ndim != 4 or masks.ndim != 4 or len(activations) != len(masks):
        raise BadInput(
            f"activations {activations.shape} and masks {masks.shape} came; expected (n, units, height, width) and (n, concepts, height, "
            "width) of the same images"
        )
    if masks.dtype != np.bool_:
        raise BadInput(f"masks of {masks.dtype} came; expected bool")
    maps = Maps(len(masks), lambda rows: activations[np.asarray(rows)], lambda rows: masks[np.asarray(rows)])
    return dissected(maps, quantile, names, categories, permutations, seed)


def dissected(
    maps: Maps,
    quantile: float,
    names: Sequence[str] = (),
    categories: Sequence[str] = (),
    permutations: int = 0,
    seed: int = 0,
) -> Dissection:
    """The same of maps that come some images at a time; see `dissect`."""
    count = maps.masks([0]).shape[1]
    size = maps.masks([0]).shape[2:]
    names = tuple(names) or tuple(f"concept {i}" for i in range(count))
    categories = tuple(categories) or ("concept",) * count
    if len(names) != count or len(categories) != count:
        raise BadInput(
            f"{len(names)} names and {len(categories)} categories came for {count} concepts; expected one of each"
        )
    if permutations < 0 or maps.n < 2:
        raise BadInput(f"permutations = {permutations}, {maps.n} images; expected none below zero, two images or more")

    def upsampled() -> Iterator[Float[np.ndarray, "units pixels"]]:
        for rows in _rows(maps.n):
            full = _upsampled(maps.activations(rows), size)
            yield full.transpose(0, 1).flatten(1).numpy()

    thresholds = exact_thresholds(upsampled, quantile)
    above, marked = _packed(maps, thresholds, size)
    dead = np.flatnonzero(~above.any((0, 2)))
    pixels = np.array([int(np.bitwise_count(above[:, u]).sum()) for u in range(above.shape[1])])
    covered = np.array([int(np.bitwise_count(marked[:, c]).sum()) for c in range(count)])
    iou = _iou(_intersections(above, marked, np.arange(maps.n)), pixels, covered)
    generator = np.random.default_rng(seed)
    null = np.empty((permutations, len(iou)))
    for number in range(permutations):
        paired = _iou(_intersections(above, marked, _derangement(maps.n, generator)), pixels, covered)
        null[number] = np.where(np.isnan(paired), -1, paired).max(1)
    return Dissection(iou, thresholds, quantile, null, dead, names, categories)


def _rows(n: int) -> Iterator[Sequence[int]]:
    return (range(start, min(start + ROWS, n)) for start in range(0, n, ROWS))


def _upsampled(
    activations: Float[np.ndarray, "batch units h w"], size: tuple[int, ...]
) -> Float[Tensor, "batch units height width"]:
    maps = torch.as_tensor(np.ascontiguousarray(activations), dtype=torch.float32)
    return maps if tuple(maps.shape[2:]) == size else interpolate(maps, size, mode="bilinear", align_corners=False)


def _packed(
    maps: Maps, thresholds: Float[np.ndarray, " units"], size: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Masks of units and of concepts, eight pixels a byte: (n, units or concepts, bytes)."""
    above, marked = [], []
    for rows in _rows(maps.n):
        full = _upsampled(maps.activations(rows), size).flatten(2).numpy()
        above.append(np.packbits(full > thresholds[:, None], axis=2))
        marked.append(np.packbits(maps.masks(rows).reshape(len(rows), -1, full.shape[2]), axis=2))
    return np.concatenate(above), np.concatenate(marked)


def _intersections(
    above: np.ndarray, marked: np.ndarray, partner: Int[np.ndarray, " n"]
) -> Int[np.ndarray, "units concepts"]:
    """Σ |M ∩ L| when the masks of image i are paired with the activations of image partner[i]; sums of ones are exact in float32
    up to 16 million, and each image has fewer pixels.
    """
    total = np.zeros((above.shape[1], marked.shape[1]), np.int64)
    for start in range(0, len(above), ROWS):
        ours = np.unpackbits(above[partner[start : start + ROWS]], axis=2).astype(np.float32)
        theirs = np.unpackbits(marked[start : start + ROWS], axis=2).astype(np.float32)
        products = torch.bmm(torch.from_numpy(ours), torch.from_numpy(theirs).transpose(1, 2))
        total += products.double().sum(0).numpy().astype(np.int64)
    return total


def _iou(
    both: Int[np.ndarray, "units concepts"], pixels: Int[np.ndarray, " units"], covered: Int[np.ndarray, " concepts"]
) -> Float[np.ndarray, "units concepts"]:
    either = pixels[:, None] + covered[None] - both
    out = np.full(both.shape, np.nan)
    np.divide(both, either, out=out, where=(covered[None] > 0) & (either > 0))
    return out


def _derangement(n: int, generator: np.random.Generator) -> Int[np.ndarray, " n"]:
    """A random cyclic order: every image is paired with another."""
    order = generator.permutation(n)
    partner = np.empty(n, np.int64)
    partner[order] = np.roll(order, 1)
    return partner
