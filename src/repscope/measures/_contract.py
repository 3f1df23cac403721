"""What a measure is: a declaration that planner, command line, report and contract tests read, and one method.

    LayerMeasure   reads one layer, answers one score          (a curve over the layers)
    PairMeasure    reads two layers on the same samples        (a matrix)

The mathematics is a pure function of graphs or arrays in the same file; the class only declares and calls it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.registry import Registry
from repscope.measures._score import Score
from repscope.neighbors import NeighborGraph


class LayerView(ABC):
    """One layer of one recording, as a measure sees it; what is not asked for is not computed."""

    name: str
    labels: Int[np.ndarray, " n"] | None

    @property
    @abstractmethod
    def graph(self) -> NeighborGraph:
        """The layer's neighbour graph."""

    @property
    @abstractmethod
    def activations(self) -> Float[np.ndarray, "n d"]:
        """The layer's activations, one row per sample."""


@final
@dataclass(frozen=True, eq=False)
class ArrayLayer(LayerView):
    """A layer given as an array, for use outside a run."""

    points: Float[np.ndarray, "n d"]
    k: int
    name: str = "layer"
    labels: Int[np.ndarray, " n"] | None = None

    @cached_property
    def graph(self) -> NeighborGraph:
        """The array's neighbour graph, built when first asked for."""
        from repscope.neighbors import neighbor_graph

        return neighbor_graph(self.points, self.k)

    @property
    def activations(self) -> Float[np.ndarray, "n d"]:
        """The array."""
        return self.points


class Measure(ABC):
    """What every measure declares. A file of this folder defines one instance under the name `measure`."""

    name: ClassVar[str]
    """The file's name; the key in tables and on the command line."""
    title: ClassVar[str]
    """Its full name, for people."""
    symbol: ClassVar[str]
    """The short name of the literature, for axes and columns, for example ``"NNCS"``."""
    summary: ClassVar[str]
    """One sentence in plain words: what a high or low value means."""
    needs: ClassVar[frozenset[str]]
    """What it reads: a subset of ``{"graph", "activations", "labels"}``."""
    bounds: ClassVar[tuple[float, float]]
    """The least and the greatest value it can take."""
    default: ClassVar[bool] = True
    """Whether `analyze` computes it unasked."""
    invariant_to: ClassVar[frozenset[str]]
    """Changes of the points that leave it as it is: of ``{"translation", "rotation", "scale", "permutation"}``
    (permutation: of the samples). The contract tests prove what is declared."""
    reference: ClassVar[str]
    """The paper."""


class LayerMeasure(Measure):
    """A measure of one layer."""

    @abstractmethod
    def score(self, layer: LayerView) -> Score:
        """The layer's score."""


class PairMeasure(Measure):
    """A measure of two layers on the same samples."""

    symmetric: ClassVar[bool]
    """Whether (a, b) and (b, a) give the same."""
    higher_means_closer: ClassVar[bool]
    """Whether a greater value means more alike."""

    @abstractmethod
    def score(self, first: LayerView, second: LayerView) -> Score:
        """The score of the two layers."""


MEASURES: Registry[Measure] = Registry("repscope.measures", "measure", Measure)


def measure(name: str) -> Any:
    """The measure of that name, ours or one that an installed package adds.

    Examples
    --------
    >>> from repscope import measure
    >>> measure("layer_similarity").symbol
    'NNLS'
    """
    return MEASURES[name]
