"""What equal distances leave open: which entries of a list another order of the samples could exchange."""

import numpy as np
from jaxtyping import Bool

from repscope.neighbors import NeighborGraph


def exchangeable(graph: NeighborGraph) -> Bool[np.ndarray, "n k"]:
    """Entries as far as the k-th neighbour in rows where samples outside the list are exactly as far.

    >>> from repscope import neighbor_graph
    >>> exchangeable(neighbor_graph(np.array([[0.0], [1.0], [-1.0], [5.0]]), k=1)).ravel().tolist()
    [True, False, False, False]
    """
    if not graph.ties:
        return np.zeros(graph.distances.shape, bool)
    last: Bool[np.ndarray, "n k"] = graph.distances == graph.distances[:, -1:]
    return last & (graph.tied > 0)[:, None]


def tie_note(rows: int, n: int, low: float, high: float) -> tuple[str, ...]:
    """A sentence on the rows whose list depends on the order of the samples; nothing when there are none.

    >>> tie_note(5, 10, 0.0, 0.25)
    ('5 of 10 samples (50 %) have neighbours at exactly equal distances, among which the order of the samples
    decided; in another order the value could be 0 lower or 0.25 higher, the interval includes that',)
    """
    if rows == 0:
        return ()
    return (
        f"{rows:,} of {n:,} samples ({100 * rows / n:.3g} %) have neighbours at exactly equal distances, among which the order "
        f"of the samples decided; in another order the value could be {low:.2g} lower or {high:.2g} higher, the interval includes that",
    )
