"""Samples that have exactly the same features.

They are found first and the search runs over distinct points, so that a hundred equal rows cost what one
costs and no rounding decides between them. Then the copies are put back: each sample's neighbours are its
own copies at distance zero, then the copies of each neighbour, equal distances by sample index.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int, UInt64

from repscope.core.points import Points


@final
@dataclass(frozen=True, eq=False)
class Copies:
    """Which samples are copies of which.

    Attributes
    ----------
    group : (n,) int64
        Number of the distinct point that each sample shows, in the order of first copies.
    first : (m,) int64
        The first sample of each distinct point.
    """

    group: Int[np.ndarray, " n"]
    first: Int[np.ndarray, " m"]

    @property
    def copy_of(self) -> Int[np.ndarray, " n"]:
        """For each sample, the first one that equals it."""
        first_copies: Int[np.ndarray, " n"] = self.first[self.group]
        return first_copies

    def put_back(
        self,
        indices: Int[np.ndarray, "m l"],
        distances: Float[np.ndarray, "m l"],
        beyond: Int[np.ndarray, " m"],
        k: int,
    ) -> tuple[Int[np.ndarray, "n k"], Float[np.ndarray, "n k"], Int[np.ndarray, " n"]]:
        """The neighbours of all samples, from those of the distinct points: indices, distances, ties beyond the list.

        The list of a distinct point names its nearest distinct points; `beyond` more lie as far as the last. When
        such a tie reaches past the list, the copies of those unseen points are counted as one each: the count of
        ties is then a lower bound, and the row is counted as tied all the same.
        """
        members = np.split(np.argsort(self.group, kind="stable"), np.cumsum(np.bincount(self.group))[:-1])
        n = len(self.group)
        out_indices = np.empty((n, k), np.int64)
        out_distances = np.empty((n, k), np.float64)
        tied = np.empty(n, np.int64)
        for point, own in enumerate(members):
            near, far = indices[point], distances[point]
            sizes = np.array([len(members[j]) for j in near], np.int64)
            others = np.concatenate([members[j] for j in near]) if len(near) else np.empty(0, np.int64)
            other_distances = np.repeat(far, sizes)
            order = np.lexsort((others, other_distances))
            others, other_distances = others[order], other_distances[order]
            for sample in own:
                twins = own[own != sample]
                candidates = np.concatenate([twins, others])
                lengths = np.concatenate([np.zeros(len(twins)), other_distances])
                out_indices[sample] = candidates[:k]
                out_distances[sample] = lengths[:k]
                last = lengths[k - 1]
                tied[sample] = np.count_nonzero(lengths[k:] == last)
                if len(far) and last == far[-1]:
                    tied[sample] += beyond[point]
        return out_indices, out_distances, tied


def find_copies(points: Points, keys: UInt64[np.ndarray, " n"]) -> Copies | None:
    """Group equal rows; None when all are distinct.

    Parameters
    ----------
    points : Points
        Rows are equal when all their numbers are (so 0.0 equals -0.0).
    keys : (n,) uint64
        Numbers that equal rows share (`scan_rows`); rows that share one are compared.
    """
    n = points.n
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    if not same.any():
        return None
    copy_of = np.arange(n)
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    for start, stop in zip(starts, np.append(starts[1:], n), strict=True):
        if stop - start > 1:
            _compare(points, np.sort(order[start:stop]), copy_of)
    first, group = np.unique(copy_of, return_inverse=True)
    return None if len(first) == n else Copies(group.astype(np.int64), first.astype(np.int64))


def _compare(points: Points, members: Int[np.ndarray, " m"], copy_of: Int[np.ndarray, " n"]) -> None:
    """Among rows that share a key, point each at the first that equals it."""
    while len(members) > 1:
        head, rest = int(members[0]), members[1:]
        equal = np.empty(len(rest), bool)
        first = points.rows(members[:1])
        for start in range(0, len(rest), 256):
            same = points.rows(rest[start : start + 256]) == first
            equal[start : start + 256] = same.all(dim=1).cpu().numpy()
        copy_of[rest[equal]] = head
        members = rest[~equal]
