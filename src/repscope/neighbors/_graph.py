"""The neighbour graph: for n samples, k neighbour indices and distances each, nearest first, never the sample itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput, Damaged
from repscope.core.files import read_tensors, write_tensors
from repscope.neighbors._checked import Checked
from repscope.neighbors._recall import Recall

FORMAT = "repscope.graph.1"

CHECKED = ("checked", "distinct_checked")
"""What only files of approximate graphs hold: each as three arrays, ``checked_rows``, ``checked_indices`` …"""


@final
@dataclass(frozen=True, eq=False)
class NeighborGraph:
    """The directed k-nearest-neighbour graph of n samples under Euclidean distance.

    Attributes
    ----------
    indices : (n, k) int64
        Neighbours of each sample, nearest first, equal distances by sample index; never the sample itself.
    distances : (n, k) float64
        Their distances, computed from differences in float64.
    tied : (n,) int64
        How many samples beyond the list lie exactly as far as the k-th neighbour: the list of such a row
        depends on the order of the samples.
    copy_of : (n,) int64
        The first sample with exactly the same features; the sample's own index if it is the first.
    distinct_indices, distinct_distances : (m, l)
        The same graph over the m distinct samples only (row and column numbers count distinct samples in
        the order of their first copies), from which the intrinsic dimension is read. None when all are distinct.
    metadata : mapping of str to str
        Where the graph comes from and how it was made: layer, partition, method, rows by way of proof.
    checked, distinct_checked : Checked or None
        Of an approximate graph: exact lists of samples drawn at random, and of those among the distinct samples where
        not all are distinct. None for an exact graph.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> graph = neighbor_graph(np.array([[0.0], [1.0], [3.0], [3.0]]), k=2)
    >>> graph.indices.tolist(), graph.duplicates, graph.ties
    ([[1, 2], [0, 2], [3, 1], [2, 1]], 1, 2)
    """

    indices: Int[np.ndarray, "n k"]
    distances: Float[np.ndarray, "n k"]
    tied: Int[np.ndarray, " n"]
    copy_of: Int[np.ndarray, " n"]
    distinct_indices: Int[np.ndarray, "m l"] | None = None
    distinct_distances: Float[np.ndarray, "m l"] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    checked: Checked | None = None
    distinct_checked: Checked | None = None

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.indices.shape[0])

    @property
    def k(self) -> int:
        """Neighbours per sample."""
        return int(self.indices.shape[1])

    @property
    def ties(self) -> int:
        """Rows whose list of neighbours depends on how equal distances are ordered."""
        return int(np.count_nonzero(self.tied))

    @property
    def duplicates(self) -> int:
        """Samples that have exactly the features of an earlier one."""
        return int(np.count_nonzero(self.copy_of != np.arange(self.n)))

    @property
    def constant(self) -> bool:
        """Whether all samples have exactly the same features, so that each is as near as any other.

        >>> from repscope import neighbor_graph
        >>> neighbor_graph(np.ones((5, 2)), k=2).constant
        True
        """
        return not self.copy_of.any()

    @property
    def density_ratio(self) -> float:
        """Neighbour density ratio (NDR), k / n (Hryniowski 2024)."""
        return self.k / self.n

    @property
    def recall(self) -> Recall | None:
        """Of an approximate graph, the share of the nearest neighbours that it has, with its interval; else None."""
        return None if self.checked is None else self.checked.recall(self.distances)

    def with_exact_rows(self) -> "NeighborGraph":
        """The graph with the checked rows as they should be; what that changes is what approximation does to a score."""
        if self.checked is None:
            return self
        indices, distances = self.checked.put_into(self.indices, self.distances)
        mended = replace(self, indices=indices, distances=distances, checked=None, distinct_checked=None)
        if self.distinct_checked is None or self.distinct_indices is None or self.distinct_distances is None:
            return mended
        indices, distances = self.distinct_checked.put_into(self.distinct_indices, self.distinct_distances)
        return replace(mended, distinct_indices=indices, distinct_distances=distances)

    def distinct(self) -> "NeighborGraph":
        """The graph over the distinct samples: itself when there are no duplicates."""
        if self.distinct_indices is None or self.distinct_distances is None:
            return self
        m = len(self.distinct_indices)
        return NeighborGraph(
            self.distinct_indices,
            self.distinct_distances,
            np.zeros(m, np.int64),
            np.arange(m),
            metadata=self.metadata,
            checked=self.distinct_checked,
        )

    def first(self, k: int) -> "NeighborGraph":
        """The graph of the first k neighbours of each sample.

        Raises
        ------
        BadInput
            If the graph has fewer than k.
        """
        if not 1 <= k <= self.k:
            raise BadInput(
                f"asked for the first {k} neighbours of a graph that has {self.k} per sample; expected 1 to {self.k}"
            )
        if k == self.k:
            return self
        beyond = self.distances[:, k:] == self.distances[:, k - 1 : k]
        tied = beyond.sum(axis=1) + np.where(beyond.all(axis=1), self.tied, 0)
        distances = self.distances[:, :k]
        checked = None if self.checked is None else self.checked.first(k)
        about = {} if checked is None else checked.recall(distances).as_metadata()
        return replace(
            self,
            indices=self.indices[:, :k],
            distances=distances,
            tied=tied,
            metadata={**self.metadata, "k": str(k), **about},
            checked=checked,
        )

    def among(self, rows: Int[np.ndarray, " m"], k: int) -> "NeighborGraph":
        """The graph of some of the samples alone, read from the lists of all: as if the others had never been there.

        Parameters
        ----------
        rows : (m,) int
            The samples, ascending.
        k : int
            Neighbours of each among them.

        Returns
        -------
        NeighborGraph
            Samples are numbered anew. `tied` is at least what it would be: samples beyond the lists of all are counted
            as if all were among the chosen.

        Raises
        ------
        BadInput
            If a sample has fewer than k of its listed neighbours among the chosen, or the graph is approximate.

        Examples
        --------
        >>> import numpy as np
        >>> from repscope import neighbor_graph
        >>> points = np.random.default_rng(0).normal(size=(300, 3))
        >>> rows = np.arange(0, 300, 3)
        >>> some, alone = neighbor_graph(points, k=40).among(rows, k=2), neighbor_graph(points[rows], k=2)
        >>> np.array_equal(some.indices, alone.indices), np.array_equal(some.distances, alone.distances)
        (True, True)
        """
        if self.checked is not None:
            raise BadInput(
                "the graph is approximate: what it overlooked would be missed; build one of these samples alone"
            )
        place = np.full(self.n, -1, np.int64)
        place[rows] = np.arange(len(rows))
        there = place[self.indices[rows]] >= 0
        short = int(np.count_nonzero(there.sum(axis=1) < k))
        if short:
            raise BadInput(
                f"{short} of {len(rows)} samples have fewer than {k} of their {self.k} listed neighbours among the chosen; "
                "build a graph of these samples alone, or begin with one of more neighbours"
            )
        order = np.argsort(~there, axis=1, kind="stable")
        distances = np.take_along_axis(self.distances[rows], order, axis=1)
        known = np.take_along_axis(there, order, axis=1)
        last = distances[:, k - 1 : k]
        beyond = np.count_nonzero(known[:, k:] & (distances[:, k:] == last), axis=1)
        at_end = last[:, 0] == self.distances[rows, -1]
        indices = place[np.take_along_axis(self.indices[rows], order[:, :k], axis=1)]
        _, first, group = np.unique(self.copy_of[rows], return_index=True, return_inverse=True)
        copy_of = first[group]
        made = NeighborGraph(
            indices,
            np.ascontiguousarray(distances[:, :k]),
            beyond + np.where(at_end, self.tied[rows], 0),
            copy_of,
            metadata={**self.metadata, "k": str(k)},
        )
        if not made.duplicates:
            return made
        number = np.cumsum(self.copy_of == np.arange(self.n)) - 1  # of each distinct sample, at its first copy
        distinct = number[self.copy_of[rows]][copy_of == np.arange(len(rows))]
        wide = min(k, len(distinct) - 1)
        inner = self.distinct()._in_order(distinct, wide)
        return replace(made, distinct_indices=inner.indices, distinct_distances=inner.distances)

    def _in_order(self, rows: Int[np.ndarray, " m"], k: int) -> "NeighborGraph":
        """`among` of rows in any order."""
        order = np.argsort(rows)
        made = self.among(rows[order], k)
        back = np.argsort(order)
        return replace(made, indices=order[made.indices][back], distances=made.distances[back])

    def save(self, path: str | Path) -> None:
        """Write the graph, whole or not at all, as safetensors with its metadata and a checksum."""
        import torch

        arrays = {"indices": self.indices, "distances": self.distances, "tied": self.tied, "copy_of": self.copy_of}
        if self.distinct_indices is not None and self.distinct_distances is not None:
            arrays |= {"distinct_indices": self.distinct_indices, "distinct_distances": self.distinct_distances}
        for name in CHECKED:
            arrays |= lists.as_arrays(name) if (lists := getattr(self, name)) is not None else {}
        tensors = {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in arrays.items()}
        write_tensors(Path(path), tensors, {**self.metadata, "format": FORMAT})

    @staticmethod
    def load(path: str | Path) -> "NeighborGraph":
        """Read a graph that `save` wrote.

        Raises
        ------
        Damaged
            If the file was changed, truncated, or is not a graph of this version.
        """
        tensors, metadata = read_tensors(Path(path))
        if metadata.get("format") != FORMAT:
            raise Damaged(
                f"{path} has the format {metadata.get('format')!r}; expected {FORMAT!r}: delete it and build the graph again"
            )
        arrays: dict[str, Any] = {name: t.numpy() for name, t in tensors.items()}
        del metadata["format"]
        arrays |= {name: Checked.from_arrays(name, arrays) for name in CHECKED}
        return NeighborGraph(**arrays, metadata=metadata)
