"""Two parts of the data made comparable: equally many samples of each class, equally many neighbours.

Class similarity and intrinsic dimension depend on the number of samples, the number of neighbours and the shares
of the classes, so that two parts of different size differ although nothing is wrong. A random subset of m
samples of the larger part, however, has exactly the law of m samples, and its graph can be read off the graph
of all (`nearest_kept`) as long as lists are long enough. Each part is therefore replaced by the average over
random subsets that have, class by class, as many samples as the smaller of the two.
"""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Bool, Int
from scipy.special import bdtr

Subsets: TypeAlias = tuple[Bool[np.ndarray, " n"] | None, ...]
"""Random subsets of the samples; None stands for all of them."""

MOST_DRAWS = 5
"""Subsets that are averaged. More change little: the subsets of one part overlap."""
LARGE = 20_000
"""Beyond so many samples fewer subsets do, since each of them has a small error."""
SHORT = 0.05
"""Share of rows whose list may be too short for the subset; they are left out."""


@final
@dataclass(frozen=True, eq=False)
class Matched:
    """How to read two parts alike.

    Attributes
    ----------
    first, second : Subsets
        Subsets of the two parts.
    count : int
        Neighbours to read in both; below 2 when lists are too short for a comparison.
    """

    first: tuple[Bool[np.ndarray, " n"] | None, ...]
    second: tuple[Bool[np.ndarray, " m"] | None, ...]
    count: int


def match(first: Int[np.ndarray, " n"], second: Int[np.ndarray, " m"], k_first: int, k_second: int) -> Matched:
    """Subsets of two parts with equal counts of every class; without labels, give zeros.

    Examples
    --------
    >>> matched = match(np.zeros(1000, int), np.zeros(500, int), k_first=20, k_second=10)
    >>> [int(subset.sum()) for subset in matched.first], matched.second, matched.count
    ([500, 500, 500, 500, 500], (None,), 6)
    """
    classes = int(max(first.max(), second.max())) + 1
    counts = np.bincount(first, minlength=classes), np.bincount(second, minlength=classes)
    common = np.minimum(*counts)
    count = min(_readable(have, common, k) for have, k in zip(counts, (k_first, k_second), strict=True))
    return Matched(_subsets(first, common), _subsets(second, common), count)


def _readable(have: Int[np.ndarray, " c"], wanted: Int[np.ndarray, " c"], k: int) -> int:
    """The most neighbours that all but a few lists of k still hold in the subset."""
    there = wanted > 0
    if not there.any():
        return 0
    share = float((wanted[there] / have[there]).min())
    counts = np.arange(1, k + 1)
    enough = bdtr(counts - 1.0, k, share) <= SHORT
    return int(counts[enough].max(initial=0))


def _subsets(labels: Int[np.ndarray, " n"], wanted: Int[np.ndarray, " c"]) -> Subsets:
    """Random subsets with the wanted count of each class, from a fixed seed."""
    if int(wanted.sum()) == len(labels):
        return (None,)
    generator = np.random.default_rng(0)
    draws = max(1, min(MOST_DRAWS, LARGE // len(labels)))
    subsets = []
    for _ in range(draws):
        keep = np.zeros(len(labels), dtype=bool)
        for label in np.flatnonzero(wanted).tolist():
            members = np.flatnonzero(labels == label)
            keep[generator.permutation(members)[: wanted[label]]] = True
        subsets.append(keep)
    return tuple(subsets)
