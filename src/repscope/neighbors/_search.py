"""neighbor_graph(points, k, method): from points to their graph, whatever the method."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.digests import digest
from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.points import ChosenPoints, Points, as_points
from repscope.core.registry import Registry
from repscope.neighbors._checked import Checked, draw_rows
from repscope.neighbors._duplicates import find_copies
from repscope.neighbors._engine.rows import scan_rows
from repscope.neighbors._exact_rows import exact_rows
from repscope.neighbors._graph import NeighborGraph


@final
@dataclass(frozen=True, eq=False)
class Neighbors:
    """What a method finds among distinct points: for each, its nearest others, by distance and then by index.

    `squared` are the squared distances times 4^-exponent: rounding a root could make two different ones equal.
    `beyond` counts, per row, the points outside the list that lie exactly as far as its last entry.
    """

    indices: Int[np.ndarray, "m l"]
    squared: Float[np.ndarray, "m l"]
    beyond: Int[np.ndarray, " m"]
    exponent: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)


class Method(ABC):
    """How neighbours are found. A file of this folder defines one instance under the name `method`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    summary: ClassVar[str]
    """One line that says what it is and how sure its answer is."""
    checked: int = 0
    """Samples whose lists are compared with exact ones; none for a method that proves every row."""
    seed: int = 0
    """Of the choice of these samples, and of what else a method draws."""

    @property
    def address(self) -> str:
        """Its name, and the parameters that are not as by default: what `load_method` makes the method from."""
        changed = [
            f"{field.name}={getattr(self, field.name)}"
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        ]
        name = type(self).__module__.rpartition(".")[2]
        return f"{name}:{','.join(changed)}" if changed else name

    @property
    def in_flight(self) -> int:
        """Searches that are worth running at the same time: while one is on a GPU, the processor is free for another."""
        return 1

    @abstractmethod
    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        """The k nearest others of each point; the points are finite and distinct, and 1 ≤ k < m."""


METHODS: Registry[Method] = Registry("repscope.neighbors", "method", Method)  # type: ignore[type-abstract]


def suggest_k(n: int, classes: int) -> int:
    """Neighbours per sample by the rule k = n / (10 · classes) (Hryniowski 2024), at least 2 and below n.

    Without labels, ten classes are assumed.

    >>> suggest_k(15000, 10), suggest_k(40, 10)
    (150, 2)
    """
    return max(1, min(n - 1, max(2, round(n / (10 * (classes or 10))))))


def neighbor_graph(
    points: Any,
    k: int,
    method: Method | None = None,
    *,
    metadata: Mapping[str, str] | None = None,
    job: Job | None = None,
) -> NeighborGraph:
    """The directed k-nearest-neighbour graph of points under Euclidean distance.

    Parameters
    ----------
    points : (n, d) or (n, …) array or tensor, or Points
        One sample per row; further axes are flattened. Any real type; a memory map is read where it lies, a tensor
        on a GPU is searched there.
    k : int
        Neighbours per sample, 1 to n − 1.
    method : Method, optional
        `Exact()` by default.
    metadata : mapping of str to str, optional
        Kept with the graph.
    job : Job, optional
        Whom to tell how far the search is, and where to keep what is done, so that an interrupted search goes on
        where it was.

    Returns
    -------
    NeighborGraph

    Raises
    ------
    BadInput
        If k does not fit, points are not numbers, or some are NaN or infinite.
    Mismatch
        If the job's state is of other points or options.
    OutOfSpace
        If the method's memory does not hold one tile; the message says how much would.

    Notes
    -----
    Distances are computed from differences in float64. A sample is never its own neighbour, whatever its
    distance to its copies: it is left out by index. Equal distances are ordered by sample index and counted.

    Examples
    --------
    >>> import numpy as np
    >>> graph = neighbor_graph(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), k=2)
    >>> graph.indices.tolist()
    [[2, 1], [2, 0], [0, 1]]
    >>> graph.distances[0].tolist()
    [1.0, 5.0]
    """
    from repscope.neighbors.exact import Exact

    distinct = Distinct(points, k)
    chosen = method if method is not None else Exact()
    if distinct.points.n < 2:
        return distinct.graph(alone(), metadata)
    found = chosen.search(distinct.points, distinct.k, distinct.job(job))
    return distinct.checked(found, distinct.graph(found, metadata), chosen)


@final
class Distinct:
    """Points without their copies: what a method searches, and how its answer becomes a graph of all points.

    Attributes
    ----------
    points : Points
        The distinct ones.
    k : int
        Neighbours of each that are asked for: k, or all others where there are fewer.
    """

    def __init__(self, points: Any, k: int) -> None:
        rows = as_points(points)
        n = rows.n
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k < n:
            raise BadInput(
                f"k = {k!r} neighbours asked for among {n} samples; expected a whole number from 1 to n - 1 = {n - 1}"
            )
        keys, finite = scan_rows(rows)
        _check_finite(finite)
        self._n, self._k, self._keys = n, int(k), keys
        self._copies = find_copies(rows, keys)
        self.points = rows if self._copies is None else ChosenPoints(rows, self._copies.first)
        self.k = min(self._k, self.points.n - 1)

    def job(self, given: Job | None) -> Job:
        """The job, with the identity of what is searched."""
        return dataclasses.replace(given or Job(), identity=digest([self._keys.tobytes(), f"{self._k}".encode()]))

    def graph(self, found: Neighbors, metadata: Mapping[str, str] | None) -> NeighborGraph:
        """The graph of all points: the copies put back."""
        about = {**found.metadata, **(metadata or {}), "k": str(self._k), "n": str(self._n)}

        def lengths(squared: Float[np.ndarray, "m l"]) -> Float[np.ndarray, "m l"]:
            return np.asarray(np.ldexp(np.sqrt(squared), found.exponent))

        if self._copies is None:
            return NeighborGraph(
                found.indices, lengths(found.squared), found.beyond, np.arange(self._n), metadata=about
            )
        indices, squared, tied = self._copies.put_back(found.indices, found.squared, found.beyond, self._k)
        return NeighborGraph(
            indices, lengths(squared), tied, self._copies.copy_of, found.indices, lengths(found.squared), metadata=about
        )

    def checked(self, found: Neighbors, graph: NeighborGraph, method: Method) -> NeighborGraph:
        """The graph with the exact lists of some samples, unless the method proves all rows."""
        if not method.checked:
            return graph
        samples = draw_rows(self._n, method.checked, method.seed)
        points = samples if self._copies is None else np.unique(self._copies.group[samples])
        exact = exact_rows(self.points, self.k, points)
        squared, indices = found.squared.copy(), found.indices.copy()
        indices[points], squared[points] = exact.indices, np.ldexp(exact.squared, 2 * (exact.exponent - found.exponent))
        mended = self.graph(dataclasses.replace(found, indices=indices, squared=squared), None)
        checked = Checked(samples, mended.indices[samples], mended.distances[samples])
        distinct_checked = None
        if self._copies is not None:
            firsts = self._copies.group[samples[graph.copy_of[samples] == samples]]
            alone = mended.distinct()
            distinct_checked = Checked(firsts, alone.indices[firsts], alone.distances[firsts])
        about = {**graph.metadata, "seed": str(method.seed), **checked.recall(graph.distances).as_metadata()}
        return dataclasses.replace(graph, metadata=about, checked=checked, distinct_checked=distinct_checked)


def alone() -> Neighbors:
    """The answer for a single distinct point: it has no others."""
    return Neighbors(np.zeros((1, 0), np.int64), np.zeros((1, 0)), np.zeros(1, np.int64), 0, {"method": "none"})


def _check_finite(finite: Bool[np.ndarray, " n"]) -> None:
    bad = np.flatnonzero(~finite)
    if len(bad):
        raise BadInput(
            f"{len(bad)} of {len(finite)} samples have NaN or infinite features, the first: {bad[:5].tolist()}; "
            "look at these samples, leave them out or mend the network"
        )
