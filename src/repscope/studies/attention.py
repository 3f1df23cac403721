"""Attention: does it pay, of which kind, at which place, beside a deeper or a wider network?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.measures import Score
from repscope.networks import Cost, load_network
from repscope.studies._designs import BASE, designs, published_name
from repscope.studies._paired import differences, interval_in_points, mean_over_seeds, say_untold
from repscope.studies._published import THESIS, published, whether_same_data
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_data
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike, accuracies_of

PUBLISHED = "attention_modules_complexity"
ACCURACY = "accuracy"


@final
@dataclass(frozen=True)
class Attention(TrainedAlike):
    """Designs of one residual network, trained alike, several seeds of each.

    Settings beside those of `TrainedAlike`, whose network is to be a residual one of repscope:

    Parameters
    ----------
    data : str
        Address; with training and validation images. Hard enough to tell designs apart: the base network is to be right on 70
        to 90 % of the validation images.
    data_settings : mapping
    comparison : {"attention", "kernels", "stages", "windows"}
        All kinds of attention beside deeper and wider networks; or of STAC, in the standard place, the sides of its kernels, the
        stages that have it, or one window in all stages.
    windows : tuple of int or "global"
        Of STAC, by stage; those that the thesis read from MS-RRA by default.
    tried : tuple of int or "global"
        Of the comparison of windows.
    """

    title: ClassVar[str] = "What attention is worth"
    summary: ClassVar[str] = (
        "One network as it is, deeper, wider, and with attention of several kinds and places: validation accuracy over seeds, beside "
        "parameters and FLOPs."
    )
    reference: ClassVar[str] = f"{THESIS}, chapter 7"

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    comparison: str = "attention"
    windows: tuple[int | str, ...] = (8, 4, 8)
    tried: tuple[int | str, ...] = (1, 2, 4, 8, "global")

    def check(self) -> None:
        """Refuse designs that cannot be made, before anything is trained."""
        super().check()
        for variant in self._variants().values():
            load_network(self.network, weights="random", **{**self.network_settings, **variant["network_settings"]})

    def conduct(self, space: Workspace) -> StudyResult:
        """Train all, count what they cost, compare."""
        variants = self._variants()
        files = self.trained(space, variants, self.data, self.data_settings)
        accuracies = {partition: accuracies_of(files, partition) for partition in ("train", "validation")}
        classes = len(opened_data(self.data, self.data_settings).class_names)
        return self._result(accuracies, {name: self.cost_of(variant, classes) for name, variant in variants.items()})

    def _variants(self) -> dict[str, dict[str, Any]]:
        found = designs(self.comparison, self.network, self.windows, self.tried)
        return {name: {"network_settings": settings} for name, settings in found.items()}

    def _result(
        self, accuracies: Mapping[str, Mapping[str, Float[np.ndarray, " seeds"]]], costs: Mapping[str, Cost]
    ) -> StudyResult:
        training, validation = accuracies["train"], accuracies["validation"]
        gaps = differences(validation, BASE)
        means = {
            name: mean_over_seeds(
                values, ACCURACY, flops=float(costs[name].flops), parameters=float(costs[name].parameters)
            )
            for name, values in validation.items()
        }
        scores = ScoreTable(tuple(ScoreRow("validation", name, None, score) for name, score in means.items()))
        text = "Mean over seeds with its 95 % interval."
        figures = (
            StudyFigure(
                "cost",
                "Accuracy and cost",
                f"{text} Area: parameters.",
                scores,
                "FLOPs",
                scatter=("flops", "parameters"),
            ),
            StudyFigure("accuracy", "Validation accuracy", text, scores, axis="design"),
        )
        rows = tuple(
            (
                name, costs[name].parameters, costs[name].multiply_adds, costs[name].flops,
                100 * float(training[name].mean()), 100 * means[name].value, _spread(validation[name]),
                *((100 * gaps[name][0].value, interval_in_points(gaps[name][0])) if name in gaps else (None, "")), gaps[name][1] if name in gaps else None,
                *self._theirs(name),
            )
            for name in validation
        )  # fmt: skip
        heads = (
            "design", "parameters", "multiply-adds", "FLOPs", "training %", "validation %", "sd over seeds", "less the base, points",
            "95 %", "p (Holm)", "published top-1 (CIFAR10) %", "published sd",
        )  # fmt: skip
        seeds = [
            (name, seed, 100 * float(training[name][i]), 100 * float(validation[name][i]))
            for name in validation
            for i, seed in enumerate(self.all_seeds)
        ]
        tables = (
            StudyTable("designs", "Designs, their cost and accuracy", heads, rows),
            StudyTable("seeds", "Every training", ("design", "seed", "training %", "validation %"), tuple(seeds)),
        )
        return StudyResult(self.title, self.summary, _sentences(means, gaps, self.data), figures, tables)

    def _theirs(self, design: str) -> tuple[float | None, float | None]:
        """What the thesis has of this design on CIFAR10; nothing for parts of STAC, and other networks."""
        if self.comparison != "attention":
            return None, None
        wanted = published_name(self.network, design)
        for row in published(PUBLISHED):
            if (row["network"], row["attention"], row["placement"]) == wanted and row["dataset"] == "CIFAR10":
                return float(row["top1"]), float(row["top1_std"])
        return None, None


def _spread(values: Float[np.ndarray, " seeds"]) -> float | None:
    return 100 * float(np.std(values, ddof=1)) if len(values) > 1 else None


def _sentences(means: Mapping[str, Score], gaps: Mapping[str, tuple[Score, float]], data: str) -> tuple[str, ...]:
    best = max(means, key=lambda name: means[name].value)
    base = means[BASE]
    said = [
        f"The base network is right on {100 * base.value:.1f} % of the validation images; the best design is {best}, "
        f"{100 * means[best].value:.1f} %."
    ]
    if not 0.7 <= base.value <= 0.9:
        said.append(
            "That is not between 70 and 90 %: designs are told apart best there; make the data harder or easier, or train longer."
        )
    clear = [name for name, (_, p) in gaps.items() if p < 0.05]
    for better, word in ((True, "better"), (False, "worse")):
        named = [
            f"{n} ({100 * gaps[n][0].value:+.1f} points, p = {gaps[n][1]:.2g})"
            for n in clear
            if (gaps[n][0].value > 0) is better
        ]
        said.append(
            f"{word.capitalize()} than the base, beyond what seeds do (paired t test, 5 % over all designs): {', '.join(named) or 'none'}."
        )
    said += say_untold(gaps)
    cheaper = [
        n
        for n in means
        if n != BASE and means[n].value > base.value and means[n].details["flops"] < 1.1 * base.details["flops"]
    ]
    said.append(f"With a higher mean at less than a tenth more FLOPs: {', '.join(cheaper) or 'none'}.")
    said.append(f"The published figures are of CIFAR10: {whether_same_data('CIFAR10', data)}.")
    return tuple(said)


study = Attention()
