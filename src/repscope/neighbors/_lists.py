"""Neighbour lists of differing length: un-directed graphs, and all pairs within a radius."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.points import as_points
from repscope.neighbors._graph import NeighborGraph
from repscope.neighbors._search import neighbor_graph

_FIRST = 64
"""Neighbours per sample that a search within a radius begins with."""


@final
@dataclass(frozen=True, eq=False)
class NeighborLists:
    """For n samples, a list of neighbours each, of any length, none included.

    The samples that a list names ascend, and never include the sample itself.

    Attributes
    ----------
    starts : (n + 1,) int64
        Where each sample's list starts in `indices`; it ends where the next one starts.
    indices : (e,) int64
        The lists, one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope.neighbors import neighbor_graph
    >>> graph = neighbor_graph(np.array([[0.0], [1.0], [1.9], [9.0]]), k=1)
    >>> for lists in (NeighborLists.directed(graph), NeighborLists.mutual(graph), NeighborLists.either(graph)):
    ...     print([lists.of(i).tolist() for i in range(4)])
    [[1], [2], [1], [2]]
    [[], [2], [1], []]
    [[1], [0, 2], [1, 3], [2]]
    """

    starts: Int[np.ndarray, " n_plus_1"]
    indices: Int[np.ndarray, " e"]

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.starts) - 1

    @property
    def counts(self) -> Int[np.ndarray, " n"]:
        """How many neighbours each sample has."""
        lengths: Int[np.ndarray, " n"] = np.diff(self.starts)
        return lengths

    @property
    def in_degrees(self) -> Int[np.ndarray, " n"]:
        """In how many lists each sample is; equal to `counts` if the graph is un-directed."""
        named: Int[np.ndarray, " n"] = np.bincount(self.indices, minlength=self.n)
        return named

    @property
    def rows(self) -> Int[np.ndarray, " e"]:
        """Whose list each entry of `indices` is in."""
        owners: Int[np.ndarray, " e"] = np.repeat(np.arange(self.n), self.counts)
        return owners

    @property
    def pairs(self) -> Int[np.ndarray, " e"]:
        """Every pair (i, j), j being in the list of i, as the number i · n + j; they ascend."""
        numbers: Int[np.ndarray, " e"] = self.rows * self.n + self.indices
        return numbers

    def of(self, sample: int) -> Int[np.ndarray, " c"]:
        """The list of one sample.

        Raises
        ------
        BadInput
            If there is no such sample.
        """
        if not 0 <= sample < self.n:
            raise BadInput(f"sample {sample} was asked for among {self.n}; expected 0 to {self.n - 1}")
        return self.indices[self.starts[sample] : self.starts[sample + 1]]

    @staticmethod
    def directed(graph: NeighborGraph) -> "NeighborLists":
        """The lists of the graph as they are, k long each."""
        return _lists(graph.n, _named(graph))

    @staticmethod
    def mutual(graph: NeighborGraph) -> "NeighborLists":
        """The un-directed graph by intersection: i and j are neighbours if each names the other.

        Who is named by none of those that he names is left without neighbours.
        """
        named = _named(graph)
        return _lists(graph.n, np.intersect1d(named, _turned(named, graph.n), assume_unique=True))

    @staticmethod
    def either(graph: NeighborGraph) -> "NeighborLists":
        """The un-directed graph by union: i and j are neighbours if either names the other.

        Every sample has k neighbours or more; who is named by many has many.
        """
        named = _named(graph)
        return _lists(graph.n, np.union1d(named, _turned(named, graph.n)))

    @staticmethod
    def within(points: Any, radius: float) -> "NeighborLists":
        """All pairs of samples that are at most `radius` apart.

        Parameters
        ----------
        points : (n, d) array or tensor, or Points
            What `neighbor_graph` takes.
        radius : float
            Euclidean distance, in the units of the features.

        Raises
        ------
        BadInput
            If the radius is negative or not finite, or points are not as `neighbor_graph` needs them.

        Notes
        -----
        Distances are those of `neighbor_graph`, computed from differences in float64. It is asked for more and more
        neighbours until every list reaches beyond the radius: memory grows with n times the longest list.

        Examples
        --------
        >>> lists = NeighborLists.within([[0.0], [1.0], [1.9], [9.0]], 1.0)
        >>> lists.counts.tolist(), lists.indices.tolist()
        ([1, 2, 1, 0], [1, 0, 2, 1])
        """
        if not (np.isfinite(radius) and radius >= 0):
            raise BadInput(f"radius = {radius}; expected a finite distance of 0 or more")
        given = as_points(points)
        k = min(_FIRST, given.n - 1)
        graph = neighbor_graph(given, k)
        while k < given.n - 1 and not (graph.distances[:, -1] > radius).all():
            k = min(4 * k, given.n - 1)
            graph = neighbor_graph(given, k)
        near = graph.distances <= radius
        pairs = (np.arange(graph.n)[:, None] * graph.n + graph.indices)[near]
        # A pair's two distances are sums of the same numbers, perhaps in another order: either of them decides.
        return _lists(graph.n, np.union1d(pairs, _turned(pairs, graph.n)))


def _named(graph: NeighborGraph) -> Int[np.ndarray, " e"]:
    """The pairs of a graph as numbers i · n + j, ascending."""
    return np.sort((np.arange(graph.n)[:, None] * graph.n + graph.indices).ravel())


def _turned(pairs: Int[np.ndarray, " e"], n: int) -> Int[np.ndarray, " e"]:
    """The same pairs the other way round, not in order."""
    turned: Int[np.ndarray, " e"] = pairs % n * n + pairs // n
    return turned


def _lists(n: int, pairs: Int[np.ndarray, " e"]) -> NeighborLists:
    """Lists from pairs that ascend."""
    return NeighborLists(np.searchsorted(pairs, np.arange(n + 1) * n), pairs % n)
