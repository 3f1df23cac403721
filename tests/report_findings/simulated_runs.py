"""Runs in memory: points by layer instead of a folder; graphs and scores come from the real code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from repscope.core.errors import BadInput, NotFound
from repscope.measures import MEASURES, ArrayLayer, LayerMeasure, PairMeasure, Score
from repscope.neighbors import Method, NeighborGraph
from repscope.studies import ScoreRow, ScoreTable

CURVES = ("class_similarity", "intrinsic_dimension")
ALL = (*CURVES, "layer_similarity")


@dataclass(frozen=True)
class Part:
    """Points of every layer, labels, and neighbours per sample."""

    layers: Mapping[str, np.ndarray]
    labels: np.ndarray | None
    k: int
    method: Method | None = None

    @cached_property
    def views(self) -> dict[str, ArrayLayer]:
        return {
            name: ArrayLayer(points, self.k, name, self.labels, self.method) for name, points in self.layers.items()
        }


@dataclass
class SimulatedRun:
    """What findings read of a Run."""

    parts: Mapping[str, Part]
    name: str = "simulated"
    twin: Any = None
    measures: tuple[str, ...] = ALL
    known: dict[tuple[str, str], ScoreTable] = field(default_factory=dict)

    @property
    def partitions(self) -> tuple[str, ...]:
        return tuple(self.parts)

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(next(iter(self.parts.values())).layers)

    def graph(self, layer: str, partition: str | None = None) -> NeighborGraph:
        return self.parts[partition or self.partitions[-1]].views[layer].graph

    def recording(self, partition: str | None = None) -> Any:
        return SimpleNamespace(labels=self.parts[partition or self.partitions[-1]].labels)

    def scores(self, measure: str, partition: str | None = None) -> ScoreTable:
        part = partition or self.partitions[-1]
        found = MEASURES[measure]
        if measure not in self.measures or ("labels" in found.needs and self.parts[part].labels is None):
            raise NotFound(f"no scores of {measure}")
        if (measure, part) not in self.known:
            views = list(self.parts[part].views.values())
            rows = []
            if isinstance(found, LayerMeasure):
                rows = [ScoreRow(part, v.name, None, s) for v in views if (s := _score(found, v)) is not None]
            if isinstance(found, PairMeasure):
                half = {
                    (i, j): next(found.scores([views[i]], [views[j]])) for i in range(len(views)) for j in range(i + 1)
                }
                rows = [
                    ScoreRow(part, a.name, b.name, half[max(i, j), min(i, j)])
                    for i, a in enumerate(views)
                    for j, b in enumerate(views)
                ]
            self.known[measure, part] = ScoreTable(tuple(rows))
        return self.known[measure, part]


def _score(measure: LayerMeasure, view: ArrayLayer) -> Score | None:
    """The score, or None for a layer that has none, such as the dimension of a constant one."""
    try:
        return measure.score(view)
    except BadInput:
        return None


def compared(first: SimulatedRun, second: SimulatedRun) -> Any:
    """What findings read of a Comparison."""
    found = MEASURES["layer_similarity"]
    part = first.partitions[-1]
    rows = [
        ScoreRow(part, a.name, b.name, next(found.scores([a], [b])))
        for a in first.parts[part].views.values()
        for b in second.parts[part].views.values()
    ]
    return SimpleNamespace(first=first, second=second, table=ScoreTable(tuple(rows)))


def split(
    layers: Mapping[str, np.ndarray], labels: np.ndarray | None, first: int, k: int, **kwargs: Any
) -> SimulatedRun:
    """A run whose training part is the first so many samples; k of the other in proportion, as `analyze` chooses it."""
    rest = len(next(iter(layers.values()))) - first
    ks = k, max(2, round(k * rest / first))
    cuts = slice(None, first), slice(first, None)
    parts = [
        Part({name: x[cut] for name, x in layers.items()}, None if labels is None else labels[cut], neighbours)
        for cut, neighbours in zip(cuts, ks, strict=True)
    ]
    return SimulatedRun(dict(zip(("train", "validation"), parts, strict=True)), **kwargs)


def whole(layers: Mapping[str, np.ndarray], labels: np.ndarray | None, k: int, **kwargs: Any) -> SimulatedRun:
    """A run of one part."""
    return SimulatedRun({"validation": Part(layers, labels, k)}, **kwargs)


def blobs(
    n: int, seed: int, classes: int = 5, dimension: int = 20, apart: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping normal clusters and their labels, in a random order with random class sizes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, n)
    centres = np.random.default_rng(1).normal(size=(classes, dimension)) * apart
    return generator.normal(size=(n, dimension)) + centres[labels], labels


def random_network(points: np.ndarray, seed: int, widths: Sequence[int] = (40, 40, 20, 10, 5)) -> dict[str, np.ndarray]:
    """The points, and what an untrained network of linear layers and ReLUs makes of them."""
    generator = np.random.default_rng(seed)
    layers = {"input": points}
    for i, width in enumerate(widths):
        weights = generator.normal(size=(points.shape[1], width)) * np.sqrt(2 / points.shape[1])
        points = np.maximum(points @ weights, 0.0)
        layers[f"layer{i + 1}"] = points
    return layers


def separating(
    labels: np.ndarray, separations: Sequence[float], seed: int, shared: float = 0.7, dimension: int = 8
) -> dict[str, np.ndarray]:
    """Clusters of unit width whose centres stand so far apart, one layer for each entry.

    `shared` is the share of a sample's noise that is the same in all layers.
    """
    classes = int(labels.max()) + 1
    centres = np.eye(classes, dimension)
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(len(labels), dimension))
    layers = {}
    for i, separation in enumerate(separations):
        own = generator.normal(size=common.shape)
        noise = np.sqrt(shared) * common + np.sqrt(1 - shared) * own
        layers["input" if i == 0 else f"layer{i}"] = separation * centres[labels] + noise
    return layers


def drifting(steps: Sequence[float], n: int, seed: int, dimension: int = 10) -> dict[str, np.ndarray]:
    """A cloud that loses its shape from layer to layer: each adds noise of the given width."""
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, dimension))
    layers = {"input": points}
    for i, step in enumerate(steps):
        points = (points + step * generator.normal(size=points.shape)) / np.sqrt(1 + step**2)
        layers[f"layer{i + 1}"] = points
    return layers


def of_dimensions(dimensions: Sequence[int], n: int, seed: int) -> dict[str, np.ndarray]:
    """Normal clouds of these dimensions, one layer each."""
    generator = np.random.default_rng(seed)
    names = ("input", *(f"layer{i}" for i in range(1, len(dimensions))))
    return {name: generator.normal(size=(n, d)) for name, d in zip(names, dimensions, strict=True)}
