"""What the finders read: the curves of a run with their joint errors, and the matrices of its layers."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Int

from repscope.core.errors import NotFound
from repscope.measures import Score
from repscope.measures._curve import Curve, joined, one_layer
from repscope.measures._influence import class_similarity_influence, log_dimension_influence, within_classes
from repscope.neighbors import NeighborGraph
from repscope.report.findings._matching import Subsets, match
from repscope.report.findings._pairs import Pairs
from repscope.studies import ScoreTable

CLASSES = "class_similarity"
DIMENSION = "intrinsic_dimension"
LAYERS = "layer_similarity"


@runtime_checkable
class Analysed(Protocol):
    """What of a Run is read: anything that answers like this has findings."""

    @property
    def name(self) -> str: ...
    @property
    def layers(self) -> tuple[str, ...]: ...
    @property
    def partitions(self) -> tuple[str, ...]: ...
    @property
    def twin(self) -> "Analysed | None": ...

    def scores(self, measure: str, partition: str | None = None) -> ScoreTable:
        """The scores of a measure; NotFound where there are none."""

    def graph(self, layer: str, partition: str | None = None) -> NeighborGraph:
        """The graph of a layer."""

    def recording(self, partition: str | None = None) -> Any:
        """Something with `labels`."""


@runtime_checkable
class Compared(Protocol):
    """What of a Comparison is read."""

    @property
    def first(self) -> Analysed: ...
    @property
    def second(self) -> Analysed: ...
    @property
    def table(self) -> ScoreTable: ...


@runtime_checkable
class ComparedSeveral(Protocol):
    """What of Comparisons is read."""

    @property
    def runs(self) -> Sequence[Analysed]: ...
    @property
    def names(self) -> Sequence[str]: ...
    @property
    def pairs(self) -> Sequence[Compared]: ...


@final
class Evidence:
    """The curves and matrices of one run, computed when a finder asks for them.

    Parameters
    ----------
    run : Analysed
        A Run.

    Attributes
    ----------
    main : str
        The partition that findings are about: the last, which is validation where there is one.
    training : str or None
        The partition called ``train…``, if it is another than `main`.
    """

    def __init__(self, run: Analysed) -> None:
        self.run = run
        self.main = run.partitions[-1]
        self.training = next((p for p in run.partitions[:-1] if p.lower().startswith("train")), None)
        self._curves: dict[tuple[str, str, str | None], Curve] = {}
        self._scores: dict[tuple[str, str], dict[str, Score]] = {}

    @cached_property
    def twin(self) -> "Evidence | None":
        """The evidence of the untrained network."""
        return None if self.run.twin is None else Evidence(self.run.twin)

    @cached_property
    def constant(self) -> tuple[str, ...]:
        """Layers that give the same output for every sample, about which no finder says anything else."""
        return tuple(layer for layer in self.run.layers if self.run.graph(layer, self.main).constant)

    @cached_property
    def same(self) -> tuple[tuple[str, ...], ...]:
        """Layers in their order, those with exactly the same neighbours together; without constant ones."""
        groups: dict[bytes, list[str]] = {}
        for layer in self.run.layers:
            if layer in self.constant:
                continue
            lists = np.ascontiguousarray(self.run.graph(layer, self.main).indices)
            groups.setdefault(blake2b(lists.data).digest(), []).append(layer)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers that finders look at: of layers with the same neighbours only the outermost.

        A block, its last module and an identity behind it are one tensor under three names. Counted three times they
        would be a plateau that is not there, and hide a break.
        """
        return tuple(min(group, key=lambda name: name.count(".")) for group in self.same)

    def scores(self, measure: str, partition: str) -> Mapping[str, Score]:
        """Scores of a measure of single layers; empty where there are none."""
        if (measure, partition) not in self._scores:
            try:
                rows = self.run.scores(measure, partition).rows
            except NotFound:
                rows = ()
            self._scores[measure, partition] = {row.layer: row.score for row in rows if row.other is None}
        return self._scores[measure, partition]

    def labels(self, partition: str) -> Int[np.ndarray, " n"] | None:
        """Labels of at least two classes, or None."""
        labels = self.run.recording(partition).labels
        return None if labels is None or len(np.unique(labels)) < 2 else np.asarray(labels)

    def curve(self, measure: str, partition: str, like: str | None = None) -> Curve | None:
        """NNCS, or the logarithm of the ID, by layer; None if the run has no such scores.

        Parameters
        ----------
        measure : ``"class_similarity"`` or ``"intrinsic_dimension"``
        partition : str
        like : str, optional
            Another partition: read both as if they had equally many samples of each class and equally many
            neighbours, so that their difference is not one of size (`_matching`).
        """
        if (
            not self.layers
            or not self.scores(measure, partition)
            or (measure == CLASSES and self.labels(partition) is None)
        ):
            return None
        if (measure, partition, like) not in self._curves:
            self._read(partition, like)
        return self._curves[measure, partition, like]

    def gap(self, measure: str, partition: str, other: str) -> Curve | None:
        """The curve of one partition less that of another, both read alike; None where one has no curve."""
        ours, theirs = self.curve(measure, partition, like=other), self.curve(measure, other, like=partition)
        if ours is None or theirs is None:
            return None
        both = tuple(name for name in ours.layers if name in theirs.layers)
        return ours.among(both).minus_independent(theirs.among(both))

    def chance(self, partition: str) -> float:
        """NNCS of shuffled labels."""
        return next((s.null for s in self.scores(CLASSES, partition).values() if s.null is not None), float("nan"))

    @cached_property
    def pairs(self) -> Pairs | None:
        """Similarities of the layers with one another in `main`, or None."""
        try:
            table = self.run.scores(LAYERS, self.main)
        except NotFound:
            return None
        return Pairs.of(table).among(self.layers) if table.others else None

    def _read(self, partition: str, like: str | None) -> None:
        """Both curves of a partition, in one pass over its graphs."""
        labels = self.labels(partition)
        subsets, count = self._subsets(partition, like)
        curves: dict[str, list[Curve]] = {CLASSES: [], DIMENSION: []}
        for layer in self.layers:
            graph = self.run.graph(layer, partition)
            reads = {DIMENSION: [log_dimension_influence(graph, keep) for keep in subsets]}
            if labels is not None:
                reads[CLASSES] = [class_similarity_influence(graph, labels, keep, count) for keep in subsets]
            for measure, draws in reads.items():
                if labels is not None and like is not None:  # the sizes of the classes are fixed by matching
                    draws = [(value, within_classes(influence, labels)) for value, influence in draws]
                slack = self._left_open(measure, layer, partition)
                curves[measure].append(one_layer(layer, draws, slack))
        for measure, layers in curves.items():
            if layers:
                self._curves[measure, partition, like] = joined(layers).finite()

    def _left_open(self, measure: str, layer: str, partition: str) -> float:
        """How far its score leaves NNCS, or the logarithm of the ID, open.

        NNCS could change if samples at equal distances came in another order; either if a graph had all neighbours.
        """
        score = self.scores(measure, partition).get(layer)
        if score is None:
            return 0.0
        said = score.details
        if "recall" in said and "effect" not in said:
            return math.inf
        effects = [said.get("effect_low", 0.0), said.get("effect_high", 0.0)]
        if measure == DIMENSION:
            left = [score.value - effect for effect in effects]
            return max(abs(math.log(x / score.value)) for x in left) if min(left) > 0 else math.inf
        return max(said.get("tie_low", 0.0), said.get("tie_high", 0.0)) + max(map(abs, effects))

    def _subsets(self, partition: str, other: str | None) -> tuple[Subsets, int | None]:
        """Subsets of `partition` that are like those of `other`, and the neighbours to read."""
        if other is None:
            return (None,), None
        graphs = self.run.graph(self.layers[0], partition), self.run.graph(self.layers[0], other)
        ours, theirs = self.labels(partition), self.labels(other)
        if ours is None or theirs is None:
            ours, theirs = np.zeros(graphs[0].n, np.int64), np.zeros(graphs[1].n, np.int64)
        matched = match(ours, theirs, graphs[0].k, graphs[1].k)
        return matched.first, matched.count


@final
class Between:
    """The evidence of two runs on the same samples.

    Parameters
    ----------
    comparison : Compared
        A Comparison.
    evidence : (Evidence, Evidence), optional
        Of its runs, where they have been read before.
    names : (str, str), optional
        What to call them: by default the runs' names, or the first and the second where these are the same.

    Attributes
    ----------
    first, second : Evidence
    names : (str, str)
        What to call them.
    layers : tuple of str
        Layers that both have, in the order of the first.
    main : str
        The last partition that both have.
    """

    def __init__(
        self,
        comparison: Compared,
        evidence: tuple[Evidence, Evidence] | None = None,
        names: tuple[str, str] | None = None,
    ) -> None:
        self.first, self.second = evidence or (Evidence(comparison.first), Evidence(comparison.second))
        self.table = comparison.table
        same = comparison.first.name == comparison.second.name
        own = ("the first", "the second") if same else (comparison.first.name, comparison.second.name)
        self.names = names or own
        self.layers = tuple(name for name in self.first.layers if name in self.second.layers)
        self.main = [p for p in comparison.first.partitions if p in comparison.second.partitions][-1]

    def pairs(self) -> Pairs | None:
        """Similarities of the layers of the first with those of the second, or None."""
        table = self.table.select(measure=LAYERS, partition=self.main)
        return Pairs.of(table) if table.others else None

    def difference(self, measure: str) -> Curve | None:
        """The curve of the first less that of the second, over the layers that both have."""
        return self._paired(self.first.curve(measure, self.main), self.second.curve(measure, self.main))

    def gap(self, measure: str, training: str) -> Curve | None:
        """Training less `main` of the first, less the same of the second."""
        return self._paired(self.first.gap(measure, training, self.main), self.second.gap(measure, training, self.main))

    def _paired(self, first: Curve | None, second: Curve | None) -> Curve | None:
        if first is None or second is None or len(first.influence) != len(second.influence):
            return None
        both = tuple(x for x in self.layers if x in first.layers and x in second.layers)
        return first.among(both).minus_paired(second.among(both)) if both else None
