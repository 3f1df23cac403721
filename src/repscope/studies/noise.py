"""Noise: what data that drift away from the training data do to the curves of a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Float

from repscope.core.errors import BadInput
from repscope.core.numbers import shown
from repscope.measures import Score
from repscope.studies._noised import noised
from repscope.studies._one_network import OneNetwork
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import DISK, analyzed
from repscope.studies._table import ScoreRow, ScoreTable

if TYPE_CHECKING:
    from repscope.data import DataSet

SHAPE = 0.5
"""Correlation with the clean curve below which a curve has lost its shape."""
MOST = 0.5
"""Share of the layers at which the intervals must not meet, for two curves to have parted."""
FALL = 0.1
"""By how much NNCS of a layer must be lower, beyond the intervals, to have clearly fallen."""
DIMENSION, CLASSES = "intrinsic_dimension", "class_similarity"


@final
@dataclass(frozen=True)
class Noise(OneNetwork):
    """Curves of a part of the data under more and more noise, beside those of another part without.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        The part that is noised.
    clean : str
        The part that is not.
    levels : tuple of float
        Standard deviations of the noise, in shares of the range of a pixel; the first is 0.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int or None
        Images of each part, equally many of each class; as many as both parts have by default.
    k : int or None
        Neighbours per sample; n / (10 · classes) by default.
    seed : int
        Of the subsets, and of the noise.
    """

    title: ClassVar[str] = "Noise on the data"
    summary: ClassVar[str] = (
        "Gaussian noise on the images of one part of the data, more and more of it: by how much the curve of intrinsic "
        "dimension is lifted, when it loses its shape, and when it parts from that of clean training data, as with data "
        "that drift."
    )
    reference: ClassVar[str] = THESIS

    partition: str = "validation"
    clean: str = "train"
    levels: tuple[float, ...] = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
    layers: tuple[str, ...] = ()
    samples: int | None = None
    k: int | None = None
    seed: int = 0

    def check(self) -> None:
        """Refuse levels without a clean one to compare with, and a part that would be compared with itself."""
        steps = np.diff(self.levels)
        if len(self.levels) < 2 or self.levels[0] != 0 or not (np.isfinite(steps) & (steps > 0)).all():
            raise BadInput(
                f"levels = {list(self.levels)}; expected 0 and then one or more that rise, in shares of the range of a pixel: "
                "0, 0.1, 0.2"
            )
        if self.partition == self.clean:
            raise BadInput(f"partition and clean are both {self.clean!r}; expected two different parts of the data")

    def conduct(self, space: Workspace) -> StudyResult:
        """Scores of the clean part, and of the other at each level."""
        network, data = self.opened_network(), self.opened_data()
        parts = [data.partition(self.clean), data.partition(self.partition)]
        samples = _in_both(parts) if self.samples is None else self.samples
        measures = [DIMENSION] + ([] if data.labels is None else [CLASSES])

        def scores(name: str, part: "DataSet", partition: str) -> Any:
            run = analyzed(
                space, name, network, part, self.layers, partitions=[partition], samples=samples, k=self.k,
                measures=measures, seed=self.seed, disk=DISK,
            )  # fmt: skip
            curves = {m: [s.as_dict() for s in run.scores(m).curve()] for m in measures}
            return {"layers": list(run.layers), **curves}

        reference = space.kept("clean", lambda: scores("clean", parts[0], self.clean))
        if len(reference["layers"]) < 3:
            raise BadInput(
                f"the pattern chooses {len(reference['layers'])} layers; expected three or more, for a curve with a shape"
            )

        def at(level: float) -> Any:
            part = parts[1] if level == 0 else noised(parts[1], level, self.seed)
            return space.kept(f"noise-{level}", lambda: scores(f"noise-{level}", part, self.partition))

        found = {level: at(level) for level in self.levels}
        return self._result(reference, found, samples)

    def _result(self, reference: Mapping[str, Any], found: Mapping[float, Any], n: int) -> StudyResult:
        layers = reference["layers"]

        def figure(measure: str, title: str, text: str) -> StudyFigure:
            curves = {f"{self.clean}, clean": reference, **{f"noise {level:g}": found[level] for level in self.levels}}
            rows = [
                ScoreRow(name, layer, None, Score.from_dict(score))
                for name, curve in curves.items()
                for layer, score in zip(layers, curve[measure], strict=True)
            ]
            return StudyFigure(measure, title, text, ScoreTable(tuple(rows)))

        noise = f"One curve of {self.partition} for each standard deviation of the noise (1 is the range of a pixel), and one of clean {self.clean}."
        figures = [figure(DIMENSION, "Intrinsic dimension under noise", noise)]
        if CLASSES in reference:
            figures.append(figure(CLASSES, "NNCS under noise", noise))
        changes = [_change(found[0], found[level], reference) for level in self.levels]
        columns = (
            "noise", "correlation with the clean curve", "mean lift of ID", "mean change of NNCS",
            f"layers apart from {self.clean}", f"share of layers apart from {self.clean}",
        )  # fmt: skip
        rows_ = tuple(
            (level, c.correlation, c.lift, c.classes, int(c.apart.sum()), float(c.apart.mean()))
            for level, c in zip(self.levels, changes, strict=True)
        )
        table = StudyTable("noise", f"ID of {self.partition} by noise, n = {n:,}", columns, rows_)
        sentences = (
            _shape(self.levels, changes),
            _lift(layers, self.levels, changes),
            _parting(self.partition, self.clean, layers, self.levels, changes),
            _unseen(self.clean, layers, found, reference),
        )
        return StudyResult(self.title, self.summary, tuple(s for s in sentences if s), tuple(figures), (table,))


def _in_both(parts: "Sequence[DataSet]") -> int:
    """The most samples, equally many of each class, that all parts have."""
    labels = [part.labels for part in parts if part.labels is not None]
    if len(labels) < len(parts):
        return min(map(len, parts))
    counts = [np.unique(of, return_counts=True)[1] for of in labels]
    return min(int(len(c) * c.min()) for c in counts)


@final
@dataclass(frozen=True, eq=False)
class _Change:
    """What a level of noise does to the curves.

    Attributes
    ----------
    correlation : float or None
        Of the curves of ID, with noise and without, over the layers.
    by_layer : (l,) float
        By which share of itself ID is lifted at each layer.
    apart : (l,) bool
        Where the intervals of ID of this part and of the clean other one do not meet.
    classes : float or None
        Mean change of NNCS.
    """

    correlation: float | None
    by_layer: Float[np.ndarray, " l"]
    apart: Bool[np.ndarray, " l"]
    classes: float | None

    @property
    def lift(self) -> float:
        """The mean over the layers."""
        return float(np.nanmean(self.by_layer))


def _change(plain: Mapping[str, Any], noisy: Mapping[str, Any], reference: Mapping[str, Any]) -> _Change:
    before, after = _values(plain[DIMENSION]), _values(noisy[DIMENSION])
    both = np.isfinite(before) & np.isfinite(after)
    bent = both.sum() > 2 and min(np.ptp(before[both]), np.ptp(after[both])) > 0
    low, high = _ends(noisy[DIMENSION])
    least, most = _ends(reference[DIMENSION])
    classes = _values(noisy[CLASSES]) - _values(plain[CLASSES]) if CLASSES in plain else None
    return _Change(
        float(np.corrcoef(before[both], after[both])[0, 1]) if bent else None,
        after / before - 1,
        (low > most) | (high < least),
        None if classes is None else float(np.nanmean(classes)),
    )


def _values(scores: Sequence[Mapping[str, Any]]) -> Float[np.ndarray, " l"]:
    return np.array([np.nan if s["value"] is None else s["value"] for s in scores], dtype=np.float64)


def _ends(scores: Sequence[Mapping[str, Any]]) -> Float[np.ndarray, "2 l"]:
    return np.array([[np.nan if s["interval"][e] is None else s["interval"][e] for s in scores] for e in (0, 1)])


def _shape(levels: Sequence[float], changes: Sequence[_Change]) -> str:
    """At which level the curve has lost its shape."""
    known = [(level, c.correlation) for level, c in zip(levels, changes, strict=True) if c.correlation is not None]
    lost = next((i for i, (_, r) in enumerate(known) if r < SHAPE), None)
    if lost is not None:
        before, here = known[lost - 1], known[lost]
        return (
            f"Noise of {here[0]:g} takes the shape of the ID curve away: its correlation with the clean curve is {shown(here[1], '.2g')} "
            f"there, {shown(before[1], '.2g')} at {before[0]:g}."
        )
    if len(known) < 2:
        return ""
    level, r = min(known[1:], key=lambda pair: pair[1])
    return (
        f"The ID curve keeps its shape at every level: its correlation with the clean curve is {shown(r, '.2g')} at least (noise {level:g}); "
        f"below {SHAPE:g} the shape would be lost."
    )


def _lift(layers: Sequence[str], levels: Sequence[float], changes: Sequence[_Change]) -> str:
    """By how much the curve is lifted."""
    change = max(changes[1:], key=lambda c: abs(c.lift))
    top = int(np.nanargmax(np.abs(change.by_layer)))
    classes = changes[-1].classes
    text = (
        f"Noise of {levels[changes.index(change)]:g} {_moves(change.lift)} ID by {100 * abs(change.lift):.0f} % in the mean over the "
        f"layers, most at {layers[top]}, by {shown(100 * change.by_layer[top], '+.0f')} %"
    )
    return text + (
        f"; NNCS changes by {shown(classes, '+.2f')} in the mean at noise {levels[-1]:g}."
        if classes is not None
        else "."
    )


def _moves(change: float) -> str:
    return "lifts" if change > 0 else "lowers"


def _parting(
    partition: str, clean: str, layers: Sequence[str], levels: Sequence[float], changes: Sequence[_Change]
) -> str:
    """From which level the two parts' curves part."""
    many = [c.apart.mean() > MOST for c in changes]
    first = next((i for i in range(len(many)) if all(many[i:])), None)
    at_zero = f"without noise the intervals do not meet at {int(changes[0].apart.sum())} of {len(layers)} layers"
    if first is None:
        most = max(int(c.apart.sum()) for c in changes)
        return (
            f"The ID curves of {partition} and clean {clean} do not part for good: {at_zero}, at most at {most}; more than half "
            "of the layers, at all stronger levels too, would be a parting."
        )
    if first == 0:
        return f"The ID curves of {partition} and clean {clean} are apart already before there is noise: {at_zero}."
    where = int(changes[first].apart.sum())
    return (
        f"From noise of {levels[first]:g} on the ID curves of {partition} and clean {clean} part: the intervals do not meet at {where} of "
        f"{len(layers)} layers there; {at_zero}. The report's drift finding asks more of each layer (5 % of difference beyond "
        "intervals that hold for all layers together) and needs one such layer."
    )


def _unseen(
    clean: str, layers: Sequence[str], found: Mapping[float, Mapping[str, Any]], reference: Mapping[str, Any]
) -> str:
    """Where NNCS falls and ID shows nothing of it: the level and the layer at which it falls most, if there is one."""
    if CLASSES not in reference:
        return ""
    before = _values(found[0][CLASSES])
    least, most = _ends(reference[DIMENSION])
    fallen: dict[tuple[float, int], float] = {}
    for level, here in found.items():
        low, high = _ends(here[DIMENSION])
        fall = before - _values(here[CLASSES])
        clearly = (fall >= FALL) & (_ends(here[CLASSES])[1] < _ends(found[0][CLASSES])[0])
        unseen = clearly & (low <= most) & (high >= least)
        fallen.update({(level, v): float(fall[v]) for v in range(len(layers)) if unseen[v]})
    if not fallen:
        return ""
    level, v = max(fallen, key=fallen.__getitem__)
    here = found[level]
    return (
        f"ID does not warn everywhere: at {layers[v]} noise of {level:g} takes NNCS from {before[v]:.2f} to "
        f"{here[CLASSES][v]['value']:.2f}, while ID is {here[DIMENSION][v]['value']:.2g} beside {reference[DIMENSION][v]['value']:.2g} of "
        f"clean {clean}, and the intervals meet."
    )


study = Noise()
