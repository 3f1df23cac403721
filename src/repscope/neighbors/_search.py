"""neighbor_graph(points, k, method): from points to their graph, whatever the method."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.errors import BadInput
from repscope.core.registry import Registry
from repscope.neighbors._duplicates import find_copies
from repscope.neighbors._graph import NeighborGraph
from repscope.neighbors._rows import scan_rows

if TYPE_CHECKING:
    import torch


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

    summary: ClassVar[str]
    """One line that says what it is and how sure its answer is."""

    @abstractmethod
    def search(self, points: "Float[torch.Tensor, 'm d']", k: int) -> Neighbors:
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
    points: Any, k: int, method: Method | None = None, *, metadata: Mapping[str, str] | None = None
) -> NeighborGraph:
    """The directed k-nearest-neighbour graph of points under Euclidean distance.

    Parameters
    ----------
    points : (n, d) or (n, …) array or tensor
        One sample per row; further axes are flattened. Any real type; a tensor on a GPU is searched there.
    k : int
        Neighbours per sample, 1 to n − 1.
    method : Method, optional
        `Exact()` by default.
    metadata : mapping of str to str, optional
        Kept with the graph.

    Returns
    -------
    NeighborGraph

    Raises
    ------
    BadInput
        If k does not fit, points are not numbers, or some are NaN or infinite.

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

    rows = _as_matrix(points)
    n = len(rows)
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k < n:
        raise BadInput(
            f"k = {k!r} neighbours asked for among {n} samples; expected a whole number from 1 to n - 1 = {n - 1}"
        )
    keys, finite = scan_rows(rows)
    _check_finite(finite)
    copies = find_copies(rows, keys)
    distinct = rows if copies is None else rows[copies.first]
    m = len(distinct)
    chosen = method if method is not None else Exact()
    found = chosen.search(distinct, min(int(k), m - 1)) if m > 1 else _alone()
    about = {**found.metadata, **(metadata or {}), "k": str(k), "n": str(n)}

    def lengths(squared: Float[np.ndarray, "m l"]) -> Float[np.ndarray, "m l"]:
        return np.asarray(np.ldexp(np.sqrt(squared), found.exponent))

    if copies is None:
        return NeighborGraph(found.indices, lengths(found.squared), found.beyond, np.arange(n), metadata=about)
    indices, squared, tied = copies.put_back(found.indices, found.squared, found.beyond, int(k))
    return NeighborGraph(
        indices, lengths(squared), tied, copies.copy_of, found.indices, lengths(found.squared), metadata=about
    )


def _alone() -> Neighbors:
    """The answer for a single distinct point: it has no others."""
    return Neighbors(np.zeros((1, 0), np.int64), np.zeros((1, 0)), np.zeros(1, np.int64), 0, {"method": "none"})


def _as_matrix(points: Any) -> "torch.Tensor":
    """Points as a matrix of floating-point rows, on the device where they are."""
    import torch

    try:
        tensor = points.detach() if isinstance(points, torch.Tensor) else torch.from_numpy(_native(np.asarray(points)))
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"points of type {type(points).__name__} cannot be read as numbers ({error}); give an array or a tensor"
        ) from error
    if tensor.ndim < 2 or tensor.shape[0] < 2 or tensor[0].numel() < 1:
        raise BadInput(
            f"points have the shape {tuple(tensor.shape)}; expected (samples, features) with at least 2 samples and 1 feature"
        )
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise BadInput(f"points are {tensor.dtype}; expected real numbers")
    if tensor.layout != torch.strided or tensor.is_meta:
        raise BadInput(
            f"points are a {tensor.layout} tensor on {tensor.device}; expected a dense one with values: points.to_dense()"
        )
    if not tensor.is_floating_point():
        whole = tensor.double()
        if whole.abs().max() > 2**53:
            raise BadInput(
                "points are whole numbers beyond 2^53, which float64 cannot tell apart; subtract a constant first"
            )
        tensor = whole
    return tensor.reshape(len(tensor), -1).contiguous()


def _native(array: np.ndarray) -> np.ndarray:
    """The array as torch takes it: native byte order, forward strides, writable."""
    if array.dtype == np.longdouble and array.dtype != np.float64:
        raise BadInput(f"points are {array.dtype}; expected float64 or less: points.astype(float)")
    native: np.ndarray = np.require(array.astype(array.dtype.newbyteorder("="), copy=False), requirements=["C", "W"])
    return native


def _check_finite(finite: Bool[np.ndarray, " n"]) -> None:
    bad = np.flatnonzero(~finite)
    if len(bad):
        raise BadInput(
            f"{len(bad)} of {len(finite)} samples have NaN or infinite features, the first: {bad[:5].tolist()}; "
            "look at these samples, leave them out or mend the network"
        )
