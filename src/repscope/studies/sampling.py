"""Sampling: from how many samples, and for which numbers of neighbours, do the curves stay as they are?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from repscope.core.errors import BadInput
from repscope.core.numbers import shown
from repscope.measures import Score, matrix_divergence
from repscope.measures._ratios import ratios as neighbor_ratios
from repscope.measures.class_similarity import class_similarity
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph, suggest_k
from repscope.studies._one_network import OneNetwork
from repscope.studies._published import THESIS, whether_same_data
from repscope.studies._result import StudyResult, StudyTable
from repscope.studies._sampling_figures import (
    QUANTILES,
    by_k,
    by_size,
    over_k,
    published_table,
    ratios_figure,
    ratios_table,
    scores_table,
)
from repscope.studies._study import Workspace
from repscope.studies._subjects import analyzed, sizes_of, subset, subset_graph

CLOSE_CLASS = 0.02
"""Difference of class similarity that counts as none."""
CLOSE_DIMENSION = 0.05
"""Relative difference of dimension that counts as none."""
CLOSE_MATRIX = 1e-3
"""Mean divergence of layer similarities that counts as none: ten times what the thesis found at a fixed ratio."""

SAME_ORDER = 0.95
"""Rank correlation from which two curves put the layers into the same order."""


@final
@dataclass(frozen=True)
class Sampling(OneNetwork):
    """Scores over numbers of samples and of neighbours.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        Of the data.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    sizes : tuple of int
        Numbers of samples; all there are, a half, a quarter and an eighth by default.
    steps : int
        The last x of the series k = n / 10^(x/3), x = 1, 2 … (n / C^(x/2) for more than twenty classes).
    seed : int
        Of the subsets, each of which holds the smaller ones.
    """

    title: ClassVar[str] = "How many samples, how many neighbours"
    summary: ClassVar[str] = (
        "Every score at several numbers of samples n and of neighbours k: from which on the curves of this network stay as "
        "they are, and whether they depend on k / n alone."
    )
    reference: ClassVar[str] = f"{THESIS}, sections 5.1 to 5.4"

    partition: str = "train"
    layers: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    steps: int = 6
    seed: int = 0

    def check(self) -> None:
        """Refuse series without a middle."""
        if self.steps < 2:
            raise BadInput(f"steps = {self.steps}; expected 2 or more numbers of neighbours")
        if self.sizes and (len(set(self.sizes)) < 2 or min(self.sizes) < 20):
            raise BadInput(
                f"sizes = {list(self.sizes)}; expected two or more different numbers of samples, 20 at least"
            )

    def conduct(self, space: Workspace) -> StudyResult:
        """Graphs of subsets, and from each the scores at all k."""
        data = self.opened_data()
        part = data.partition(self.partition)
        sizes = sizes_of(self.sizes, part)
        run = analyzed(
            space, "all", self.opened_network(), data, self.layers, partitions=[self.partition],
            samples=max(sizes) if max(sizes) < len(part) else None, until="recording", seed=self.seed,
        )  # fmt: skip
        recording = run.recording()
        classes = len(recording.class_names)
        found = {}
        for n in sizes:
            rows = subset(recording, n, self.seed)
            ks = _series(n, classes, self.steps)
            usual = suggest_k(n, classes)
            space.say(f"{n} samples, k = {', '.join(map(str, ks))}")
            labels = None if recording.labels is None else recording.labels[rows]

            def measured(
                n: int = n, rows: Any = rows, ks: list[int] = ks, usual: int = usual, labels: Any = labels
            ) -> Any:
                graphs = [subset_graph(space, recording, layer, rows, max(*ks, usual)) for layer in run.layers]
                return _scores(graphs, ks, usual, labels)

            found[n] = space.kept(f"n{n}", measured)
        return self._result(run.layers, sizes, found)

    def _result(self, layers: Sequence[str], sizes: Sequence[int], found: dict[int, Any]) -> StudyResult:
        last = max(sizes)
        figures = [
            by_size("dimension", "Intrinsic dimension over n", "dimension", layers, sizes, found),
            by_size("class_similarity", "NNCS over n, k / n fixed", "classes", layers, sizes, found),
            by_k("class_similarity_over_k", layers, last, found[last]),
            ratios_figure(layers, found[last]),
        ]
        fixed, varied, tables = self._divergences(sizes, found)
        tables += [
            scores_table(layers, sizes, found),
            ratios_table(layers, found[last]),
            published_table(layers, sizes, found, self.data),
        ]
        sentences = [
            _stable(sizes, found),
            f"Layer similarities at k / n fixed and n from {min(sizes):,} to {last:,} differ by {fixed:.1g} at most (mean "
            f"divergence of the matrices), at n = {last:,} and k / n varied by up to {varied:.1g}"
            + (": they depend on the ratio far more than on n." if fixed < varied / 3 else "."),
            _neighbours(found[last], last),
            f"The thesis found differences under 1e-4 at a fixed ratio, on CIFAR10: {whether_same_data('CIFAR10', self.data)}.",
        ]
        kept = [f for f in figures if f.table.rows]
        return StudyResult(self.title, self.summary, tuple(s for s in sentences if s), tuple(kept), tuple(tables))

    def _divergences(self, sizes: Sequence[int], found: dict[int, Any]) -> tuple[float, float, list[StudyTable]]:
        last = max(sizes)
        reference = np.array(found[last]["similarity"])
        rows, fixed, varied = [], [0.0], [0.0]
        for n in sizes:
            value = matrix_divergence(found[n]["similarity"], reference).value
            rows.append(("k / n fixed", n, found[n]["usual"], value))
            fixed.append(value)
        for k, matrix in over_k(found[last]["similarities"]):
            value = matrix_divergence(matrix, reference).value
            rows.append(("n fixed", last, k, value))
            varied.append(value)
        columns = ("what", "n", "k", f"mean divergence from n = {last}, k = {found[last]['usual']} (bits)")
        return (
            max(fixed),
            max(varied),
            [StudyTable("divergences", "Matrices of layer similarity", columns, tuple(rows))],
        )


def _series(n: int, classes: int, steps: int) -> list[int]:
    """The published numbers of neighbours, n / 10^(x/3) or n / C^(x/2), as far as they are at most n / 2 and 2 or more.

    >>> _series(15000, 10, 6), _series(1000, 50, 4)
    ([6962, 3232, 1500, 696, 323, 150], [141, 20, 3])
    """
    base, root = (10, 3) if classes <= 20 else (classes, 2)
    ks = [round(n / base ** (x / root)) for x in range(1, steps + 1)]
    return [k for k in dict.fromkeys(ks) if 2 <= k <= n / 2 and k < n]


def _scores(graphs: Sequence[NeighborGraph], ks: Sequence[int], usual: int, labels: Any) -> dict[str, Any]:
    """All that is read from the graphs of one subset."""
    cut = [graph.first(usual) for graph in graphs]

    def matrix(k: int) -> list[list[float]]:
        at = [graph.first(k) for graph in graphs]
        values = np.ones((len(at), len(at)))
        for i in range(len(at)):
            for j in range(i):
                values[i, j] = values[j, i] = layer_similarity(at[i], at[j]).value
        return values.tolist()

    return {
        "usual": usual,
        "dimension": [_or_none(lambda g=graph: intrinsic_dimension(g)) for graph in cut],
        "classes": [] if labels is None else [class_similarity(graph, labels).as_dict() for graph in cut],
        "over_k": {}
        if labels is None
        else {str(k): [class_similarity(graph.first(k), labels).as_dict() for graph in graphs] for k in ks},
        "similarity": matrix(usual),
        "similarities": {str(k): matrix(k) for k in ks},
        "ratios": [_quantiles(graph) for graph in cut],
    }


def _or_none(score: Any) -> dict[str, Any]:
    try:
        found: Score = score()
    except BadInput as error:
        found = Score.refused("intrinsic_dimension", error)
    return found.as_dict()


def _quantiles(graph: NeighborGraph) -> list[float | None]:
    """Quantiles of r2 / r1."""
    try:
        ratios = np.exp(neighbor_ratios(graph).log)
    except BadInput:
        return [None] * len(QUANTILES)
    return [float(q) for q in np.quantile(ratios, QUANTILES)]


def _change(found: dict[int, Any], n: int, last: int) -> tuple[float, float, float]:
    """By how much scores at n samples differ from those at the most, at worst over the layers."""

    def values(kind: str, size: int) -> np.ndarray:
        return np.array([np.nan if s["value"] is None else s["value"] for s in found[size][kind]], dtype=float)

    classes = np.abs(values("classes", n) - values("classes", last))
    dimension = np.abs(values("dimension", n) / values("dimension", last) - 1)
    matrix = matrix_divergence(found[n]["similarity"], found[last]["similarity"]).value
    return float(np.nanmax(classes, initial=0.0)), float(np.nanmax(dimension, initial=0.0)), matrix


def _stable(sizes: Sequence[int], found: dict[int, Any]) -> str:
    """From which n on the scores are those at the most samples."""
    last = max(sizes)
    apart = {n: _change(found, n, last) for n in sizes if n != last}
    limits = (CLOSE_CLASS, CLOSE_DIMENSION, CLOSE_MATRIX)
    good = [all(a <= limit for a, limit in zip(apart[n], limits, strict=True)) for n in sizes[:-1]]
    first = next((n for i, n in enumerate(sizes[:-1]) if all(good[i:])), None)
    k = found[first or last]["usual"]
    if first is not None:
        return (
            f"From n = {first:,} samples on (k = {k}) nothing changes: NNCS of every layer stays within {CLOSE_CLASS}, dimension "
            f"within {100 * CLOSE_DIMENSION:g} % and layer similarity within {CLOSE_MATRIX:g} of the values at n = {last:,}. "
            f"Recommended: n = {first:,}, k = {k}."
        )
    before = sizes[-2]
    classes, dimension, matrix = apart[before]
    return (
        f"The curves still change between n = {before:,} and n = {last:,}: NNCS by up to {classes:.2g}, dimension by up to "
        f"{100 * dimension:.2g} %, layer similarity by {matrix:.1g}. Recommended: all samples there are, n = {last:,}, "
        f"k = {k}, and more if they can be had; compare networks at the same n."
    )


def _neighbours(found: dict[str, Any], n: int) -> str:
    """For which k next to the usual one the layers stand in the same order."""
    from scipy.stats import spearmanr

    if not found["classes"] or len(found["classes"]) < 3:
        return ""
    order = [s["value"] for s in found["classes"]]
    if np.ptp(order) == 0:
        return ""
    usual = found["usual"]
    rank = {usual: 1.0}
    for k, scores in over_k(found["over_k"]):
        values = [s["value"] for s in scores]
        rank[k] = float(spearmanr(values, order).statistic) if np.ptp(values) > 0 else 0.0
    ks = sorted(rank)
    if len(ks) < 2:
        return ""
    first = last = ks.index(usual)
    while first > 0 and rank[ks[first - 1]] >= SAME_ORDER:
        first -= 1
    while last + 1 < len(ks) and rank[ks[last + 1]] >= SAME_ORDER:
        last += 1
    beyond = [f"{ks[i]:,} ({shown(rank[ks[i]], '.2f')})" for i in (first - 1, last + 1) if 0 <= i < len(ks)]
    not_at = f"; no longer at k = {' and '.join(beyond)}" if beyond else ""
    same = [k for k in ks[first : last + 1] if k != usual]
    if not same:
        return (
            f"The order of NNCS into which k = {usual:,} puts the layers at n = {n:,} is no longer there at the next k, "
            f"{' and '.join(beyond)} (rank correlation; the same order would be {SAME_ORDER} or more)."
        )
    where = f"At k = {same[0]:,}" if len(same) == 1 else f"At every k tried from {ks[first]:,} to {ks[last]:,}"
    return (
        f"{where} the layers stand in the order of NNCS that they have at k = {usual:,} (rank correlation {SAME_ORDER} or more)"
        f"{not_at}."
    )


study = Sampling()
