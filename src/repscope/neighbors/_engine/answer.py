"""The answer of a search as it fills, row by row."""

from typing import final

import numpy as np
from jaxtyping import Float, Int


@final
class Answer:
    """The k nearest of every point, squared distances, and ties beyond the list.

    Attributes
    ----------
    indices : (m, k) int64
    squared : (m, k) float64
    beyond : (m,) int64
        How many of the others looked at lie exactly as far as the last.
    """

    def __init__(self, points: int, k: int) -> None:
        self.k = k
        self.indices: Int[np.ndarray, "m k"] = np.empty((points, k), np.int64)
        self.squared: Float[np.ndarray, "m k"] = np.empty((points, k))
        self.beyond: Int[np.ndarray, " m"] = np.zeros(points, np.int64)

    def keep(
        self, rows: Int[np.ndarray, " b"], others: Int[np.ndarray, "b c"], squared: Float[np.ndarray, "b c"]
    ) -> None:
        """Keep the nearest of these others for these rows: by distance, equal distances by index.

        `others` ascend in each row; entries that are none have an infinite distance and stand last.

        Examples
        --------
        >>> answer = Answer(1, k=1)
        >>> answer.keep(np.array([0]), np.array([[3, 5, 8]]), np.array([[4.0, 1.0, 1.0]]))
        >>> answer.indices.tolist(), answer.squared.tolist(), answer.beyond.tolist()
        ([[5]], [[1.0]], [1])
        """
        from repscope.neighbors._engine.loops import pack, unpack_nearest

        bits = int(squared.shape[1] - 1).bit_length()
        packed = np.empty(squared.shape, np.uint64)
        pack(squared, bits, packed)
        packed.sort(axis=1)  # an argument sort takes three times as long
        unpack_nearest(packed, squared, others, bits, rows, self.k, self.indices, self.squared, self.beyond)
