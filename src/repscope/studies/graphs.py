"""Graphs: what other kinds of neighbour graph do to the scores, and which samples they lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._interval import JACKKNIFE, Z95, jackknife_error, share_interval, wilson
from repscope.measures.class_similarity import class_similarity
from repscope.measures.hubness import _without_each, hubness, skewness
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph, NeighborLists
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Study, Workspace
from repscope.studies._subjects import analyzed, opened_data, opened_network
from repscope.studies._table import ScoreRow, ScoreTable

DIRECTED, MUTUAL, EITHER, WITHIN = KINDS = ("directed", "intersection", "union", "radius")
SAME_ORDER = 0.95
"""Rank correlation from which two curves put the layers into the same order."""
AtLayer: TypeAlias = tuple[NeighborGraph, Mapping[str, NeighborLists]]


@final
@dataclass(frozen=True)
class Graphs(Study):
    """Directed graphs beside un-directed ones and those of a fixed radius.

    Parameters
    ----------
    network, data : str
        Addresses.
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

    network: str = "repscope:resnet20-digits"
    data: str = "digits"
    partition: str = "validation"
    layers: tuple[str, ...] = ()
    samples: int | None = None
    k: int | None = None
    seed: int = 0

    def conduct(self, space: Workspace) -> StudyResult:
        """All graphs of all layers; at each layer, and from each to the next, what is read from them."""
        run = analyzed(
            space, "all", opened_network(self.network), opened_data(self.data), self.layers,
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
            (layer, kind, *(_number(here[kind].get(key)) for key in keys))
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
        said = [_changes(kind, layers, k, found) for kind in KINDS[1:]]
        said += [_lost(kind, found) for kind in (MUTUAL, WITHIN)]
        said += [_order(found), _default(found)]
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
            "without_neighbors": _without(counts, certain=kind in (DIRECTED, EITHER)).as_dict(),
            "hubness": (hubness(graph) if kind == DIRECTED else _lists_hubness(these)).as_dict(),
            "class_similarity": None if classes is None else classes.as_dict(),
            "lost": _who(counts == 0, graph, None if of_class is None else of_class.per_sample),
        }
    return found


def _compared(here: AtLayer, there: AtLayer) -> dict[str, Any]:
    """NNLS of two layers, by kind of graph."""
    scores = {kind: lists_layer_similarity(here[1][kind], there[1][kind]) for kind in KINDS[1:]}
    scores[DIRECTED] = layer_similarity(here[0], there[0])
    return {kind: {"layer_similarity": score.as_dict()} for kind, score in scores.items()}


def lists_class_similarity(lists: NeighborLists, labels: Int[np.ndarray, " n"]) -> Score:
    """NNCS over the samples that have neighbours: the mean of each one's share of neighbours of its own class.

    The interval comes from leaving each sample out, of the lists of all others too, as in `class_similarity`; a list that
    loses its only entry is counted as average.
    """
    n, counts, rows = lists.n, lists.counts, lists.rows
    has = counts > 0
    if not has.any():
        return Score.refused("class_similarity", "no sample has a neighbour")
    agree = labels[rows] == labels[lists.indices]
    shares = np.bincount(rows, agree, minlength=n) / np.maximum(counts, 1)
    value = float(shares[has].mean())
    rest = np.maximum(counts[rows] - 1, 1)
    gained = np.where(counts[rows] > 1, agree - shares[rows], agree - value) / rest
    influence = np.where(has, shares - value, 0.0) + np.bincount(lists.indices, gained, minlength=n)
    interval, effective = share_interval(value, influence * n / has.sum(), most=len(rows))
    of_class = np.unique(labels, return_inverse=True, return_counts=True)
    same = of_class[2][of_class[1].reshape(-1)] - 1
    return Score(
        "class_similarity", value, interval, JACKKNIFE, null=float(same[has].mean() / (n - 1)),
        per_sample=np.where(has, shares, np.nan), details={"n": n, "samples": int(has.sum()), "effective": effective},
    )  # fmt: skip


def lists_layer_similarity(first: NeighborLists, second: NeighborLists) -> Score:
    """NNLS: the mean Jaccard index of the two lists, over the samples that have neighbours in one of the two.

    The interval comes from leaving each sample out, as in `layer_similarity`. There is no null: chance depends on how long
    the lists are.
    """
    n = first.n
    pairs = np.union1d(first.pairs, second.pairs)
    if not len(pairs):
        return Score.refused("layer_similarity", "no sample has a neighbour at either layer")
    rows, columns = pairs // n, pairs % n
    shared = np.isin(pairs, np.intersect1d(first.pairs, second.pairs, assume_unique=True), assume_unique=True)
    union, both = np.bincount(rows, minlength=n), np.bincount(rows, shared, minlength=n)
    has = union > 0
    index = both / np.maximum(union, 1)
    value = float(index[has].mean())
    without = np.where(union[rows] > 1, (both[rows] - shared) / np.maximum(union[rows] - 1, 1), value)
    influence = np.where(has, index - value, 0.0) + np.bincount(columns, index[rows] - without, minlength=n)
    interval, effective = share_interval(value, influence * n / has.sum(), most=len(pairs))
    return Score(
        "layer_similarity", value, interval, JACKKNIFE, per_sample=np.where(has, index, np.nan),
        details={"n": n, "samples": int(has.sum()), "effective": effective},
    )  # fmt: skip


def _without(counts: Int[np.ndarray, " n"], certain: bool) -> Score:
    """The share of samples without neighbours."""
    name, value = "without_neighbors", float(np.mean(counts == 0))
    if certain:
        return Score(name, value, (value, value), "exact: every sample has k neighbours or more")
    return Score(name, value, wilson(value, len(counts)), "analytic, Wilson, samples as independent")


def _lists_hubness(lists: NeighborLists) -> Score:
    degrees = lists.in_degrees.astype(np.float64)
    value = skewness(degrees)
    half = Z95 * jackknife_error(_without_each(degrees))
    return Score("hubness", value, (value - half, value + half), "analytic, delete-one jackknife over in-degrees")


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


def _number(value: Any) -> Any:
    return value["value"] if isinstance(value, Mapping) else value


def _curve(found: Sequence[Mapping[str, Any]], kind: str, key: str) -> Float[np.ndarray, " l"]:
    """A number by layer; NaN where there is none."""
    values = [_number(here[kind].get(key)) for here in found]
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _changes(kind: str, layers: Sequence[str], k: int, found: Sequence[Mapping[str, Any]]) -> str:
    """What a kind of graph does to the numbers."""
    without, mean = _curve(found, kind, "without_neighbors"), _curve(found, kind, "mean")
    most = _curve(found, kind, "largest")
    text = f"By {kind} a sample has {mean.min():.3g} to {mean.max():.3g} neighbours in the mean over a layer (directed: {k}), {most.max():.0f} at most; "
    worst = int(np.argmax(without))
    if without.max() > 0:
        text += (
            f"{100 * without.mean():.2g} % of the samples have none ({100 * without.max():.2g} % at {layers[worst]})"
        )
    else:
        text += "none is without"
    parts = []
    for key, name in (
        ("class_similarity", "NNCS"),
        ("layer_similarity", "NNLS to the next layer"),
        ("hubness", "hubness"),
    ):
        apart = _curve(found, kind, key) - _curve(found, DIRECTED, key)
        if np.isfinite(apart).any():
            parts.append(f"{name} by {np.nanmean(apart):+.3f} ({np.nanmin(apart):+.3f} to {np.nanmax(apart):+.3f})")
    return f"{text}. In the mean over the layers it differs from the directed graph in {', in '.join(parts)}."


def _lost(kind: str, found: Sequence[Mapping[str, Any]]) -> str:
    """Which samples a kind of graph loses."""
    at = [
        here[kind]["lost"] for here in found if here[kind]["lost"]["count"] and here[kind]["lost"]["near"] is not None
    ]
    if not at:
        return ""
    weights = [lost["count"] for lost in at]

    def mean(key: str) -> float:
        return float(np.average([lost[key] for lost in at], weights=weights))

    text = (
        f"The samples that are lost by {kind} lie {'' if mean('far') > mean('near') else 'no '}farther off: the distance of their "
        f"k-th neighbour is {mean('far'):.2f} times the median, that of the others {mean('near'):.2f}"
    )
    if at[0]["classes"] is None:
        return f"{text}."
    text += f"; of their neighbours in the directed graph {100 * mean('classes'):.0f} % are of their class, of the others' {100 * mean('others'):.0f} %"
    without = [(_number(here[DIRECTED]["class_similarity"]), here[kind]["lost"]["others"]) for here in found]
    change = float(np.mean([others - usual for usual, others in without if others is not None]))
    return f"{text}. To leave them out changes NNCS by {change:+.3f} in the mean over the layers; the rest comes from other lists."


def _order(found: Sequence[Mapping[str, Any]]) -> str:
    """Whether the kinds of graph put the layers into one order of NNCS."""
    from scipy.stats import spearmanr

    usual = _curve(found, DIRECTED, "class_similarity")
    curves = {kind: _curve(found, kind, "class_similarity") for kind in KINDS[1:]}
    if len(usual) < 3 or any(not np.isfinite(c).all() or np.ptp(c) == 0 for c in (usual, *curves.values())):
        return ""
    rank = {kind: float(spearmanr(curve, usual).statistic) for kind, curve in curves.items()}
    told = ", ".join(f"{kind} {r:.2f}" for kind, r in rank.items())
    if min(rank.values()) >= SAME_ORDER:
        return f"All kinds of graph put the layers into the same order of NNCS (rank correlation with the directed graph: {told})."
    return (
        f"The kinds of graph do not put the layers into one order of NNCS (rank correlation with the directed graph: {told}); layers "
        "whose intervals meet may change places by chance."
    )


def _default(found: Sequence[Mapping[str, Any]]) -> str:
    """Why the directed graph is the default, if these figures bear it out."""
    lost = {kind: _curve(found, kind, "without_neighbors").max() for kind in (MUTUAL, WITHIN)}
    spread = _curve(found, EITHER, "largest").max() / _curve(found, DIRECTED, "largest").max()
    losing = [
        f"{kind} loses up to {100 * share:.2g} % of a layer's samples" for kind, share in lost.items() if share > 0
    ]
    uneven = f"union gives some samples {spread:.2g} times as many neighbours as others"
    if losing and spread > 1:
        return (
            f"This is why the directed graph is the default: {', '.join(losing)} and {uneven}; in the directed graph every sample has "
            "k neighbours, so that all count alike and chance is known."
        )
    return "These figures do not show a reason for the directed graph: no other kind loses samples or gives some more than others."


study = Graphs()
