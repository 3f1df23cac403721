"""Graphs: what other kinds of neighbour graph do to the scores, and which samples they lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures.class_similarity import class_similarity
from repscope.measures.hubness import hubness
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph, NeighborLists
from repscope.studies._graphs_words import (
    DIRECTED,
    EITHER,
    KINDS,
    MUTUAL,
    WITHIN,
    number,
    said_changes,
    said_default,
    said_lost,
    said_order,
)
from repscope.studies._list_scores import lists_class_similarity, lists_hubness, lists_layer_similarity, lists_without
from repscope.studies._one_network import OneNetwork
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import analyzed
from repscope.studies._table import ScoreRow, ScoreTable

AtLayer: TypeAlias = tuple[NeighborGraph, Mapping[str, NeighborLists]]


@final
@dataclass(frozen=True)
class Graphs(OneNetwork):
    """Directed graphs beside un-directed ones and those of a fixed radius.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        Of the data.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int or None
        A class-balanced subset.
    k : int or None
        Neighbours per sample of the directed graph; n / (10 · classes) by default.
    seed : int
        Of the subset.
    """

    title: ClassVar[str] = "Kinds of neighbour graph"
    summary: ClassVar[str] = (
        "The directed graph of k nearest neighbours beside three others: by intersection (two samples name each other), by "
        "union (either names the other), and all pairs within the median distance of the k-th neighbour. What each does to the "
        "scores, and which samples are left without neighbours."
    )
    reference: ClassVar[str] = THESIS

    partition: str = "validation"
    layers: tuple[str, ...] = ()
    samples: int | None = None
    k: int | None = None
    seed: int = 0

    def conduct(self, space: Workspace) -> StudyResult:
        """All graphs of all layers; at each layer, and from each to the next, what is read from them."""
        run = analyzed(
            space, "all", self.opened_network(), self.opened_data(), self.layers,
            partitions=[self.partition], samples=self.samples, k=self.k, until="graphs", seed=self.seed,
        )  # fmt: skip
        layers, recording = run.layers, run.recording()
        if len(layers) < 2:
            raise BadInput(
                f"the pattern chooses {len(layers)} layers; expected two or more, to compare each with the next"
            )
        labels = recording.labels
        if labels is not None and len(np.unique(labels)) < 2:
            labels = None

        @lru_cache(maxsize=2)
        def at(v: int) -> AtLayer:
            space.say(f"{layers[v]}: {', '.join(KINDS)}")
            graph = run.graph(layers[v])
            return graph, kinds_of(graph, recording.points(layers[v]))

        def read(v: int) -> dict[str, Any]:
            here = space.kept(f"layer-{v}", lambda: _read(*at(v), labels))
            last = v + 1 == len(layers)
            to_next = {} if last else space.kept(f"to-next-{v}", lambda: _compared(at(v), at(v + 1)))
            return {kind: {**here[kind], **to_next.get(kind, {})} for kind in KINDS}

        found = [read(v) for v in range(len(layers))]
        return self._result(layers, run.k(), found)

    def _result(self, layers: Sequence[str], k: int, found: Sequence[Mapping[str, Any]]) -> StudyResult:
        def figure(key: str, title: str, text: str) -> StudyFigure:
            rows = [
                ScoreRow(kind, layer, None, Score.from_dict(here[kind][key]))
                for kind in KINDS
                for layer, here in zip(layers, found, strict=True)
                if here[kind].get(key)
            ]
            return StudyFigure(key, title, text, ScoreTable(tuple(rows)))

        chance = "Chance is that of the directed graph."
        figures = (
            figure("class_similarity", "NNCS by kind of graph", f"Over the samples that have neighbours. {chance}"),
            figure(
                "layer_similarity", "NNLS to the next layer by kind of graph",
                f"The Jaccard index of a sample's neighbours at a layer and at the next, in the mean over the samples that have "
                f"neighbours at one of them. {chance}",
            ),
            figure("without_neighbors", "Samples without neighbours", "The share of the samples that no score can speak of."),
            figure("hubness", "Hubness by kind of graph", "Skewness of the in-degree, in un-directed graphs of the degree."),
        )  # fmt: skip
        keys = ("mean", "largest", "without_neighbors", "hubness", "class_similarity", "layer_similarity")
        columns = (
            "layer", "graph", "neighbours per sample", "most neighbours", "share without", "hubness", "NNCS",
            "NNLS to the next layer",
        )  # fmt: skip
        rows = tuple(
            (layer, kind, *(number(here[kind].get(key)) for key in keys))
            for layer, here in zip(layers, found, strict=True)
            for kind in KINDS
        )
        lost_columns = (
            "layer", "graph", "samples without neighbours", "their NNCS (directed)", "NNCS (directed) of the others",
            "their k-th neighbour's distance over the median", "that of the others",
        )  # fmt: skip
        lost = tuple(
            (layer, kind, *(here[kind]["lost"][key] for key in ("count", "classes", "others", "far", "near")))
            for layer, here in zip(layers, found, strict=True)
            for kind in (MUTUAL, WITHIN)
        )
        tables = (
            StudyTable("graphs", f"Kinds of graph by layer, k = {k}", columns, rows),
            StudyTable("lost", "The samples without neighbours", lost_columns, lost),
        )
        said = [said_changes(kind, layers, k, found) for kind in KINDS[1:]]
        said += [said_lost(kind, found) for kind in (MUTUAL, WITHIN)]
        said += [said_order(found), said_default(found)]
        kept = tuple(f for f in figures if f.table.rows)
        return StudyResult(self.title, self.summary, tuple(s for s in said if s), kept, tables)


def kinds_of(graph: NeighborGraph, points: Any) -> dict[str, NeighborLists]:
    """The lists of every kind of graph; the radius is the median distance of the graph's last neighbour.

    Examples
    --------
    >>> from repscope.neighbors import neighbor_graph
    >>> line = np.array([[0.0], [1.0], [1.9], [2.7], [9.0]])
    >>> {kind: lists.counts.tolist() for kind, lists in kinds_of(neighbor_graph(line, 1), line).items()}
    {'directed': [1, 1, 1, 1, 1], 'intersection': [0, 0, 1, 1, 0], 'union': [1, 2, 2, 2, 1], 'radius': [0, 1, 2, 1, 0]}
    """
    radius = float(np.median(graph.distances[:, -1]))
    return {
        DIRECTED: NeighborLists.directed(graph),
        MUTUAL: NeighborLists.mutual(graph),
        EITHER: NeighborLists.either(graph),
        WITHIN: NeighborLists.within(points, radius),
    }


def _read(
    graph: NeighborGraph, lists: Mapping[str, NeighborLists], labels: Int[np.ndarray, " n"] | None
) -> dict[str, Any]:
    """What is read from the graphs of one layer, by kind."""
    of_class = None if labels is None else class_similarity(graph, labels)
    found = {}
    for kind, these in lists.items():
        counts = these.counts
        if labels is None or of_class is None:
            classes = None
        else:
            classes = of_class if kind == DIRECTED else lists_class_similarity(these, labels)
        found[kind] = {
            "mean": float(counts.mean()),
            "largest": int(counts.max()),
            "without_neighbors": lists_without(counts, certain=kind in (DIRECTED, EITHER)).as_dict(),
            "hubness": (hubness(graph) if kind == DIRECTED else lists_hubness(these)).as_dict(),
            "class_similarity": None if classes is None else classes.as_dict(),
            "lost": _who(counts == 0, graph, None if of_class is None else of_class.per_sample),
        }
    return found


def _compared(here: AtLayer, there: AtLayer) -> dict[str, Any]:
    """NNLS of two layers, by kind of graph."""
    scores = {kind: lists_layer_similarity(here[1][kind], there[1][kind]) for kind in KINDS[1:]}
    scores[DIRECTED] = layer_similarity(here[0], there[0])
    return {kind: {"layer_similarity": score.as_dict()} for kind, score in scores.items()}


def _who(
    lost: np.ndarray, graph: NeighborGraph, agree: Float[np.ndarray, " n"] | None
) -> dict[str, float | int | None]:
    """What the directed graph says of samples that are lost, and of the others."""

    def mean(values: Float[np.ndarray, " n"] | None, of: np.ndarray) -> float | None:
        return float(values[of].mean()) if values is not None and of.any() else None

    far = graph.distances[:, -1] / max(float(np.median(graph.distances[:, -1])), np.finfo(float).tiny)
    return {
        "count": int(lost.sum()),
        "classes": mean(agree, lost),
        "others": mean(agree, ~lost),
        "far": mean(far, lost),
        "near": mean(far, ~lost),
    }


study = Graphs()
