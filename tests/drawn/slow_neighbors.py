"""Neighbor graphs by differences in long double, and what is read from neighbor lists, by loops and fractions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np

from tests.drawn.slow_kernels import LONG, UNIT64, widened


@dataclass(frozen=True)
class Distances:
    """Of all pairs, in long double, in units of 2^exponent; infinite on the diagonal."""

    matrix: np.ndarray
    exponent: int
    relative: float
    """By how much a distance in float64 may differ."""


def distances(x: np.ndarray) -> Distances:
    """Of all pairs of points."""
    wide, exponent = widened(x.reshape(len(x), -1))
    matrix = np.array([np.sqrt(((wide - row) ** 2).sum(axis=1)) for row in wide], dtype=LONG)
    np.fill_diagonal(matrix, np.inf)
    # a difference is rounded once, a square twice, the sum of d of them d times; the root halves that and is rounded
    return Distances(matrix, exponent, (wide.shape[1] + 6) * UNIT64)


def first_copies(x: np.ndarray) -> np.ndarray:
    """The first sample with the same features, of each."""
    flat = x.reshape(len(x), -1)
    return np.array([next(j for j in range(i + 1) if (flat[j] == flat[i]).all()) for i in range(len(x))])


def two_nn(x: np.ndarray) -> tuple[float, float] | None:
    """(m − 1) / Σ ln(r2 / r1) over distinct samples, and its rounding; None where it is not defined."""
    distinct = x.reshape(len(x), -1)[np.unique(first_copies(x))]
    if len(distinct) < 3:
        return None
    found = distances(distinct)
    near = np.sort(found.matrix, axis=1)[:, :2]
    total = np.log(near[:, 1] / near[:, 0]).sum()
    wrong = 4 * len(distinct) * found.relative
    if total <= 10 * wrong:
        return None
    value = (len(distinct) - 1) / total
    return float(value), float(2 * value * wrong / total + 1e-14 * value)


def class_share(indices: np.ndarray, labels: list) -> Fraction:
    """Share of (sample, neighbor) pairs of one class."""
    hits = sum(labels[j] == labels[i] for i, row in enumerate(indices.tolist()) for j in row)
    return Fraction(hits, indices.size)


def class_chance(labels: list) -> Fraction:
    """Mean of (n_c − 1) / (n − 1)."""
    n = len(labels)
    return sum((Fraction(c * (c - 1), n * (n - 1)) for c in Counter(labels).values()), Fraction(0))


def overlap(a: np.ndarray, b: np.ndarray) -> tuple[Fraction, Fraction]:
    """Means of |A ∩ B| / |A ∪ B| and of |A ∩ B| / k."""
    n, k = a.shape
    both = [len(set(p) & set(q)) for p, q in zip(a.tolist(), b.tolist(), strict=True)]
    return sum((Fraction(h, 2 * k - h) for h in both), Fraction(0)) / n, Fraction(sum(both), n * k)


def overlap_chance(n: int, k: int) -> tuple[Fraction, Fraction]:
    """The same of lists drawn at random."""
    jaccard = sum(
        (Fraction(comb(k, h) * comb(n - 1 - k, k - h), comb(n - 1, k)) * Fraction(h, 2 * k - h) for h in range(k + 1)),
        Fraction(0),
    )
    return jaccard, Fraction(k, n - 1)


def skewness(indices: np.ndarray) -> float:
    """Of the numbers of lists that samples are in."""
    n = len(indices)
    count = Counter(indices.ravel().tolist())
    degrees = [Fraction(count[i]) for i in range(n)]
    mean = sum(degrees) / n
    second, third = (sum((x - mean) ** p for x in degrees) / n for p in (2, 3))
    return float(third) / float(second) ** 1.5 if second else 0.0


def vote_chance(labels: list, k: int) -> float:
    """How often a vote of k others drawn at random names a sample's class, draws decided by chance; by enumeration."""
    sizes = list(Counter(labels).values())
    n, right = len(labels), Fraction(0)
    for own, size in enumerate(sizes):
        others = [s - (c == own) for c, s in enumerate(sizes)]
        for counts in _compositions(k, others):
            best = max(counts)
            if counts[own] == best:
                ways = 1
                for count, s in zip(counts, others, strict=True):
                    ways *= comb(s, count)
                right += Fraction(size * ways, n * comb(n - 1, k) * counts.count(best))
    return float(right)


def _compositions(total: int, most: list[int]) -> Iterator[tuple[int, ...]]:
    """All ways to write a total as a sum of numbers up to these."""
    if len(most) == 1:
        if total <= most[0]:
            yield (total,)
        return
    for first in range(min(total, most[0]) + 1):
        for rest in _compositions(total - first, most[1:]):
            yield (first, *rest)
