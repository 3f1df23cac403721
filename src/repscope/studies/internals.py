"""Internals: what each operation inside the blocks of a network does to dimension and classes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.numbers import shown
from repscope.measures import Score
from repscope.studies._one_network import OneNetwork
from repscope.studies._operations import OUTPUT, Operation, operations_of
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import DISK, analyzed
from repscope.studies._table import ScoreRow, ScoreTable

DIMENSION, CLASSES = "intrinsic_dimension", "class_similarity"


@final
@dataclass(frozen=True)
class Internals(OneNetwork):
    """ID and NNCS at every operation inside the blocks, and by how much each kind of operation changes them.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        Of the data.
    blocks : tuple of str
        Glob patterns over the blocks: layers that are looked at by default and have modules with weights inside; all by
        default.
    samples : int or None
        A class-balanced subset; there are many layers.
    k : int or None
        Neighbours per sample; n / (10 · classes) by default.
    seed : int
        Of the subset.
    """

    title: ClassVar[str] = "Operations inside the blocks"
    summary: ClassVar[str] = (
        "Dimension and class similarity at every convolution, batch norm, sum and ReLU, in the order in which they fire, and by "
        "how much each kind of operation changes them, compared with what goes into it."
    )
    reference: ClassVar[str] = THESIS

    partition: str = "validation"
    blocks: tuple[str, ...] = ()
    samples: int | None = 300
    k: int | None = None
    seed: int = 0

    def conduct(self, space: Workspace) -> StudyResult:
        """Graphs of all operations, and their scores."""
        found = space.kept("scores", lambda: self._scores(space))
        operations = [Operation(**fields) for fields in found["operations"]]
        scores = {m: found["scores"][m] for m in (DIMENSION, CLASSES) if m in found["scores"]}  # a file orders by name
        return self._result(operations, found["layers"], scores)

    def _scores(self, space: Workspace) -> dict[str, Any]:
        network, data = self.opened_network(), self.opened_data()
        opened, operations = operations_of(network, self.blocks)
        wanted = {layer for o in operations for layer in (o.layer, o.before) if layer is not None}
        measures = [DIMENSION] + ([] if data.labels is None else [CLASSES])
        run = analyzed(
            space, "all", opened, data, sorted(wanted), partitions=[self.partition], samples=self.samples, k=self.k,
            measures=measures, seed=self.seed, disk=DISK,
        )  # fmt: skip
        scores = {m: {r.layer: r.score.as_dict() for r in run.scores(m).rows} for m in measures}
        return {"operations": [asdict(o) for o in operations], "layers": list(run.layers), "scores": scores}

    def _result(
        self, operations: Sequence[Operation], layers: Sequence[str], scores: Mapping[str, Mapping[str, Any]]
    ) -> StudyResult:
        changes = {m: _changes(operations, found, relative=m == DIMENSION) for m, found in scores.items()}
        by_kind = {m: _by_kind(operations, change) for m, change in changes.items()}
        words = {DIMENSION: "ID", CLASSES: "NNCS"}
        figures = [
            StudyFigure(
                m, f"{words[m]} over the operations", "In the order in which they fire.",
                ScoreTable(tuple(ScoreRow(self.partition, x, None, Score.from_dict(scores[m][x])) for x in layers)), "operation",
            )
            for m in scores
        ]  # fmt: skip
        for m, kinds in by_kind.items():
            rows = tuple(
                ScoreRow("mean over blocks", kind, None, _mean(values, f"change_of_{m}"))
                for kind, values in kinds.items()
            )
            text = "Mean over the blocks, with Student's 95 % interval; " + (
                "by the logarithm." if m == DIMENSION else "as a difference."
            )
            figures.append(
                StudyFigure(
                    f"change_of_{m}", f"Change of {words[m]} by kind of operation", text, ScoreTable(rows), "kind"
                )
            )
        none = np.full(len(operations), np.nan)
        columns = ("operation", "kind", "block", "operation before", "ID", "change of ID (%)", "NNCS", "change of NNCS")
        rows_ = tuple(
            (
                o.layer, o.kind, o.block, o.before, scores[DIMENSION][o.layer]["value"], _known(100 * np.expm1(c)),
                scores[CLASSES][o.layer]["value"] if CLASSES in scores else None, _known(d),
            )
            for o, c, d in zip(operations, changes[DIMENSION], changes.get(CLASSES, none), strict=True)
        )  # fmt: skip
        tables = (StudyTable("operations", "Every operation inside the blocks", columns, rows_), _kinds_table(by_kind))
        sentences = [_most(words[m], kinds, relative=m == DIMENSION) for m, kinds in by_kind.items()]
        return StudyResult(
            self.title,
            self.summary,
            tuple(s for s in sentences if s),
            tuple(f for f in figures if f.table.rows),
            tables,
        )


def _changes(
    operations: Sequence[Operation], scores: Mapping[str, Mapping[str, Any]], relative: bool
) -> Float[np.ndarray, " o"]:
    """By how much each operation changes a score: the difference, or that of the logarithms; NaN where not known."""

    def value(layer: str | None) -> float:
        found = None if layer is None else scores[layer]["value"]
        return np.nan if found is None else float(np.log(found)) if relative else float(found)

    return np.array([value(o.layer) - value(o.before) for o in operations], dtype=np.float64)


def _by_kind(operations: Sequence[Operation], changes: Float[np.ndarray, " o"]) -> dict[str, list[float]]:
    """For each kind of operation its mean change in every block that has it, for kinds that are in two blocks or more."""
    found: dict[str, dict[str, list[float]]] = {}
    for o, change in zip(operations, changes.tolist(), strict=True):
        if np.isfinite(change) and o.kind != OUTPUT:
            found.setdefault(o.kind, {}).setdefault(o.block, []).append(change)
    return {kind: [float(np.mean(c)) for c in of.values()] for kind, of in found.items() if len(of) > 1}


def _mean(values: Sequence[float], name: str) -> Score:
    """The mean over blocks, with Student's interval."""
    from scipy.stats import t

    mean, error = float(np.mean(values)), _error(values)
    half = float(t.ppf(0.975, len(values) - 1)) * error
    return Score(name, mean, (mean - half, mean + half), "analytic, Student, blocks as independent", null=0.0)


def _error(values: Sequence[float]) -> float:
    """Standard error of the mean."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _kinds_table(by_kind: Mapping[str, Mapping[str, Sequence[float]]]) -> StudyTable:
    dimension, classes = by_kind[DIMENSION], by_kind.get(CLASSES, {})
    rows = []
    for kind in dict.fromkeys((*dimension, *classes)):
        logs, differences = dimension.get(kind), classes.get(kind)
        middle = None if logs is None else float(np.exp(np.mean(logs)))
        rows.append(
            (
                kind, len(logs or differences or ()),
                None if middle is None else 100 * (middle - 1), None if middle is None or logs is None else 100 * middle * _error(logs),
                None if differences is None else float(np.mean(differences)), None if differences is None else _error(differences),
            )
        )  # fmt: skip
    columns = ("kind", "blocks", "change of ID (%)", "standard error", "change of NNCS", "standard error ")
    return StudyTable("kinds", "Mean change by kind of operation, over blocks", columns, tuple(rows))


def _most(word: str, kinds: Mapping[str, Sequence[float]], relative: bool) -> str:
    """Which kind of operation raises a score most, and which lowers it most."""
    if not kinds:
        return ""

    def told(kind: str) -> str:
        mean, error, blocks = float(np.mean(kinds[kind])), _error(kinds[kind]), len(kinds[kind])
        size = (
            f"{shown(100 * np.expm1(mean), '+.1f')} ± {100 * np.exp(mean) * error:.1f} %"
            if relative
            else f"{shown(mean, '+.4f')} ± {error:.4f}"
        )
        clear = "" if abs(mean) > 2 * error else ", not clear of 0"
        return f"{kind} ({size} over {blocks} blocks{clear})"

    ordered = sorted(kinds, key=lambda kind: float(np.mean(kinds[kind])))
    parts = []
    if np.mean(kinds[ordered[-1]]) > 0:
        parts.append(f"{told(ordered[-1])} raises {word} most")
    if np.mean(kinds[ordered[0]]) < 0:
        parts.append(f"{told(ordered[0])} lowers {word if not parts else 'it'} most")
    if not parts:
        return f"No kind of operation changes {word}."
    return f"On average {', '.join(parts)} (mean ± standard error, each compared with what goes into it)."


study = Internals()
