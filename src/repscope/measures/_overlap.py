"""Which entries of one layer's neighbour lists are also in another's."""

import numpy as np
from jaxtyping import Bool, Int

_ROWS = 32
"""Rows looked at together: their marks (n bytes each) stay in the processor's cache."""


def shared_entries(first: Int[np.ndarray, "m k"], second: Int[np.ndarray, "m k"], n: int) -> Bool[np.ndarray, "m k"]:
    """For each entry of `second`, whether the same row of `first` has it too.

    Entries are samples 0 … n − 1, each at most once per row. Memory grows with n, not n².

    >>> shared_entries(np.array([[1, 2], [2, 0]]), np.array([[2, 3], [0, 2]]), 4).tolist()
    [[True, False], [True, True]]
    """
    found = np.empty(second.shape, bool)
    marks = np.zeros(_ROWS * n, np.uint8)
    offsets = (np.arange(_ROWS) * n)[:, None]
    stamp = 0
    for start in range(0, len(first), _ROWS):
        # Each block writes another number, so that the marks of the last one need not be wiped out.
        stamp += 1
        if stamp == 256:
            marks[:] = 0
            stamp = 1
        rows = slice(start, start + _ROWS)
        here = offsets[: len(first[rows])]
        marks[first[rows] + here] = stamp
        np.equal(marks.take(second[rows] + here, mode="clip"), stamp, out=found[rows])
    return found
