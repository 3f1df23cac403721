"""Approximate graphs beside exact ones, on three kinds of data, with other rows checked as often as wanted."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from repscope.neighbors import NeighborGraph, neighbor_graph
from repscope.neighbors._checked import Checked, draw_rows
from repscope.neighbors.ivf import IVF

K = 10


@dataclass(frozen=True, eq=False)
class Kind:
    """Two layers on the same samples: exact graphs, approximate ones, and labels."""

    exact: tuple[NeighborGraph, NeighborGraph]
    approximate: tuple[NeighborGraph, NeighborGraph]
    labels: np.ndarray

    def drawn(self, rows: int, seed: int) -> tuple[NeighborGraph, NeighborGraph]:
        """The approximate graphs, with the exact lists of other samples."""
        chosen = draw_rows(self.exact[0].n, rows, seed)
        return tuple(checked(a, e, chosen) for a, e in zip(self.approximate, self.exact, strict=True))


def checked(graph: NeighborGraph, exact: NeighborGraph, rows: np.ndarray) -> NeighborGraph:
    """The graph with the exact lists of these samples."""
    return replace(graph, checked=Checked(rows, exact.indices[rows], exact.distances[rows]))


def shares_found(graph: NeighborGraph, exact: NeighborGraph) -> np.ndarray:
    """Recall of every row."""
    return (graph.distances <= exact.distances[:, -1:] * (1 + 1e-12)).mean(axis=1)


def bent(points: np.ndarray) -> np.ndarray:
    """Another layer: the points mixed and bent."""
    g = np.random.default_rng(9)
    return np.tanh(points @ g.normal(size=(points.shape[1], 8)) / np.sqrt(points.shape[1]) / points.std())


def clusters() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thirty clusters well apart, of unequal size: an index cuts through the larger ones and spares the others."""
    g = np.random.default_rng(0)
    which = np.minimum(g.geometric(0.08, size=2400) - 1, 29)
    points = g.normal(size=(2400, 10)) + 12 * g.normal(size=(30, 10))[which]
    return points, bent(points), (which + (g.random(2400) < 0.2)) % 3


def sheet() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sheet of three dimensions, uniformly covered, bent in twelve."""
    g = np.random.default_rng(1)
    flat = g.random((2400, 3))
    points = np.sin(flat @ g.normal(size=(3, 12)) * 2)
    return points, bent(points), (3 * flat[:, 0]).astype(int)


def activations() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last block and the pooled features of the shipped ResNet20 on digits, a third of them labelled at random."""
    import tempfile

    from repscope import load_data, load_network
    from repscope.activations import record

    data = load_data("digits").partition("train")
    with tempfile.TemporaryDirectory() as folder:
        layers = ["stage3.2", "pool"]
        recording = record(load_network("repscope:resnet20-digits"), data, layers, f"{folder}/recording")
        first, second = (np.array(recording.activations(layer)) for layer in layers)
    g = np.random.default_rng(2)
    return first, second, np.where(g.random(len(data)) < 1 / 3, g.integers(10, size=len(data)), data.labels)


KINDS = {f.__name__: f for f in (clusters, sheet, activations)}


@lru_cache
def kind(name: str) -> Kind:
    """The data of that name, with an index that searches few of its cells."""
    first, second, labels = KINDS[name]()
    method = IVF(nlist=40, nprobe=1, checked=100)
    exact, approximate = (
        tuple(neighbor_graph(x, K, m) for x in (first, second)) for m in (None, method)
    )  # the rows that were checked are replaced by others
    return Kind(exact, approximate, np.asarray(labels))
