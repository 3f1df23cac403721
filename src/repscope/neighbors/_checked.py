"""Checked rows: exact lists of samples drawn at random, kept with an approximate graph."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.neighbors._recall import Recall, estimate_recall

LEAST = 100
"""Rows from which an interval can be made."""


@final
@dataclass(frozen=True, eq=False)
class Checked:
    """The exact neighbours of some samples.

    Attributes
    ----------
    rows : (c,) int64
        The samples, ascending, drawn at random without replacement.
    indices : (c, k) int64
    distances : (c, k) float64
        Their exact lists, as in `NeighborGraph`.
    """

    rows: Int[np.ndarray, " c"]
    indices: Int[np.ndarray, "c k"]
    distances: Float[np.ndarray, "c k"]

    def first(self, k: int) -> "Checked":
        """The first k neighbours of each."""
        return Checked(self.rows, self.indices[:, :k], self.distances[:, :k])

    def recall(self, distances: Float[np.ndarray, "n k"]) -> Recall:
        """Recall of the graph that has these distances; any neighbour as near as the last exact one counts.

        Examples
        --------
        >>> exact = Checked(np.arange(2), np.array([[1], [0]]), np.array([[1.0], [1.0]]))
        >>> exact.recall(np.array([[1.0], [2.0]])).value
        0.5
        """
        found = (distances[self.rows] <= self.distances[:, -1:]).mean(axis=1)
        return estimate_recall(found, *distances.shape)

    def put_into(
        self, indices: Int[np.ndarray, "n k"], distances: Float[np.ndarray, "n k"]
    ) -> tuple[Int[np.ndarray, "n k"], Float[np.ndarray, "n k"]]:
        """Copies of these lists of all samples, the checked ones exact."""
        indices, distances = indices.copy(), distances.copy()
        indices[self.rows], distances[self.rows] = self.indices, self.distances
        return indices, distances

    def as_arrays(self, name: str) -> dict[str, np.ndarray]:
        """As a file keeps them."""
        return {f"{name}_rows": self.rows, f"{name}_indices": self.indices, f"{name}_distances": self.distances}

    @staticmethod
    def from_arrays(name: str, arrays: dict[str, np.ndarray]) -> "Checked | None":
        """Taken out of a file's arrays; None where there are none."""
        if f"{name}_rows" not in arrays:
            return None
        return Checked(*(arrays.pop(f"{name}_{part}") for part in ("rows", "indices", "distances")))


def draw_rows(n: int, count: int, seed: int) -> Int[np.ndarray, " c"]:
    """`count` of n samples at random, all where there are no more; the same for the same n, count and seed.

    Raises
    ------
    BadInput
        If they are too few to say anything.

    Examples
    --------
    >>> draw_rows(5, 1000, seed=0).tolist()
    [0, 1, 2, 3, 4]
    """
    if count < LEAST:
        raise BadInput(
            f"checked = {count} rows to compare with exact ones; expected at least {LEAST}: from fewer neither the recall nor "
            "its effect can be told"
        )
    rows: Int[np.ndarray, " c"] = np.sort(np.random.default_rng(seed).choice(n, min(count, n), replace=False))
    return rows
