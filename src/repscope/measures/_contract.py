"""What a measure is: a declaration that planner, command line, report and contract tests read, and one method.

    LayerMeasure   reads one layer, answers one score          (a curve over the layers)
    PairMeasure    reads two layers on the same samples        (a matrix)

The mathematics is a pure function of graphs or arrays in the same file; the class only declares and calls it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import product
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import Points, as_points
from repscope.core.registry import Registry
from repscope.measures._approximation import with_effect
from repscope.measures._score import Score
from repscope.neighbors import Method, NeighborGraph


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

    @property
    def points(self) -> Points:
        """The same, to be read in parts: from disk, where they lie there."""
        return as_points(self.activations)


@final
@dataclass(frozen=True, eq=False)
class ArrayLayer(LayerView):
    """A layer given as an array, for use outside a run."""

    array: Float[np.ndarray, "n d"]
    k: int
    name: str = "layer"
    labels: Int[np.ndarray, " n"] | None = None
    method: Method | None = None
    """How neighbours are found; exactly by default."""

    @cached_property
    def graph(self) -> NeighborGraph:
        """The array's neighbour graph, built when first asked for."""
        from repscope.neighbors import neighbor_graph

        return neighbor_graph(self.array, self.k, self.method)

    @property
    def activations(self) -> Float[np.ndarray, "n d"]:
        """The array."""
        return self.array


@final
@dataclass(frozen=True, eq=False)
class _OtherGraph(LayerView):
    """A layer with another graph."""

    layer: LayerView
    instead: NeighborGraph

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.layer.name

    @property
    def labels(self) -> Int[np.ndarray, " n"] | None:  # type: ignore[override]
        return self.layer.labels

    @property
    def graph(self) -> NeighborGraph:
        return self.instead

    @property
    def activations(self) -> Float[np.ndarray, "n d"]:
        return self.layer.activations

    @property
    def points(self) -> Points:
        return self.layer.points


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

    def _with_effect(self, score: Score, again: Callable[..., Score], *layers: LayerView) -> Score:
        """The score, which says what approximate graphs do to it, whoever wrote the measure."""
        if "graph" not in self.needs:  # a graph must not be built for this
            return score

        def of(*graphs: NeighborGraph) -> Score:
            return again(self, *(_OtherGraph(layer, graph) for layer, graph in zip(layers, graphs, strict=True)))

        return with_effect(score, [layer.graph for layer in layers], of, self.bounds)


class LayerMeasure(Measure):
    """A measure of one layer.

    Of an approximate graph the score says recall and effect, which `score` need not care for: see `Score.summary`.
    """

    def __init_subclass__(cls) -> None:
        """Have `score` say what approximate graphs do to it."""
        super().__init_subclass__()
        score: Callable[..., Score] | None = cls.__dict__.get("score")
        if score is not None:

            @wraps(score)
            def answer(self: "LayerMeasure", layer: LayerView) -> Score:
                return self._with_effect(score(self, layer), score, layer)

            cls.score = answer  # type: ignore[method-assign]

    @abstractmethod
    def score(self, layer: LayerView) -> Score:
        """The layer's score."""


class PairMeasure(Measure):
    """A measure of two layers on the same samples; of approximate graphs it says as much as one of single layers."""

    def __init_subclass__(cls) -> None:
        """Have `score` say what approximate graphs do to it."""
        super().__init_subclass__()
        score: Callable[..., Score] | None = cls.__dict__.get("score")
        if score is not None:

            @wraps(score)
            def answer(self: "PairMeasure", first: LayerView, second: LayerView) -> Score:
                return self._with_effect(score(self, first, second), score, first, second)

            cls.score = answer  # type: ignore[method-assign]

    symmetric: ClassVar[bool]
    """Whether (a, b) and (b, a) give the same."""
    higher_means_closer: ClassVar[bool]
    """Whether a greater value means more alike."""

    @abstractmethod
    def score(self, first: LayerView, second: LayerView) -> Score:
        """The score of the two layers."""

    def scores(self, firsts: Sequence[LayerView], seconds: Sequence[LayerView]) -> Iterator[Score]:
        """The scores of every first layer with every second one, row by row.

        A measure that answers for many pairs at once does so here. Where there is no answer, the score is NaN and
        its note says why.
        """
        known: dict[tuple[LayerView, LayerView], Score] = {}
        for first, second in product(firsts, seconds):
            if self.symmetric and (second, first) in known:
                yield known[second, first]
                continue
            try:
                score = self.score(first, second)
            except BadInput as error:
                score = Score.refused(self.name, error)
            known[first, second] = score
            yield score


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
