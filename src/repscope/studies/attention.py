"""Attention: does it pay, of which kind, at which place, beside a deeper or a wider network?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.networks import Cost, cost, load_network
from repscope.studies._designs import BASE, Designs, designs, published_name
from repscope.studies._families import check_recipe
from repscope.studies._paired import differences, interval_in_points, mean_over_seeds
from repscope.studies._published import THESIS, published
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Study, Workspace
from repscope.studies._subjects import opened_data
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trainings import Job, train_all
from repscope.studies._trainings import accuracies as accuracies_of

PUBLISHED = "attention_modules_complexity"
ACCURACY = "accuracy"


@final
@dataclass(frozen=True)
class Attention(Study):
    """Designs of one residual network, trained alike, several seeds of each.

    Parameters
    ----------
    network : str
        A residual network of repscope.
    data : str
        Address; with training and validation images. Hard enough to tell designs apart: the base network is to be right on 70
        to 90 % of the validation images.
    data_settings : mapping
    network_settings : mapping
        Of all designs, such as the size of the images.
    comparison : {"attention", "kernels", "stages", "windows"}
        All kinds of attention beside deeper and wider networks; or of STAC, in the standard place, the sides of its kernels, the
        stages that have it, or one window in all stages.
    windows : tuple of int or "global"
        Of STAC, by stage; those that the thesis read from MS-RRA by default.
    tried : tuple of int or "global"
        Of the comparison of windows.
    seeds : int
        Trainings of each design; three or more for intervals that say anything.
    first_seed : int
    recipe : mapping
        Of all trainings: epochs, learning_rate, batch, augment, precision, device.
    """

    title: ClassVar[str] = "What attention is worth"
    summary: ClassVar[str] = (
        "One network as it is, deeper, wider, and with attention of several kinds and places: validation accuracy over seeds, beside "
        "parameters and FLOPs."
    )
    reference: ClassVar[str] = f"{THESIS}, chapter 7"

    network: str = "repscope:resnet20"
    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    network_settings: Mapping[str, Any] = field(default_factory=dict)
    comparison: str = "attention"
    windows: tuple[int | str, ...] = (8, 4, 8)
    tried: tuple[int | str, ...] = (1, 2, 4, 8, "global")
    seeds: int = 3
    first_seed: int = 0
    recipe: Mapping[str, Any] = field(default_factory=lambda: {"epochs": 10})

    def check(self) -> None:
        """Refuse designs that cannot be made, before anything is trained."""
        check_recipe(self.recipe, "common")
        odd = sorted({"network_settings", "data_settings"} & set(self.recipe))
        if odd:
            raise BadInput(
                f"the common recipe has {', '.join(odd)}; designs differ in these: give them to the study itself"
            )
        if self.seeds < 1:
            raise BadInput(f"seeds = {self.seeds}; expected one or more, three for intervals")
        for settings in self._designs().values():
            load_network(self.network, weights="random", **settings)

    def conduct(self, space: Workspace) -> StudyResult:
        """Train all, count what they cost, compare."""
        found = self._designs()
        seeds = range(self.first_seed, self.first_seed + self.seeds)
        data = {"data_settings": dict(self.data_settings)}
        jobs = [
            Job(_file(name), self.network, self.data, {**self.recipe, **data, "network_settings": settings}, seed)
            for seed in seeds
            for name, settings in found.items()
        ]
        paths = dict(zip([(job.name, job.seed) for job in jobs], train_all(space, jobs), strict=True))
        accuracies = {
            name: np.array([accuracies_of(paths[_file(name), seed]) for seed in seeds]).T for name in found
        }  # by name: (partitions, seeds)
        costs = {name: self._cost(settings) for name, settings in found.items()}
        return self._result(accuracies, costs)

    def _designs(self) -> Designs:
        found = designs(self.comparison, self.network, self.windows, self.tried)
        return {name: {**self.network_settings, **settings} for name, settings in found.items()}

    def _cost(self, settings: Mapping[str, Any]) -> Cost:
        classes = len(opened_data(self.data, self.data_settings).class_names)
        return cost(load_network(self.network, weights="random", **{"classes": classes, **settings}))

    def _result(self, accuracies: Mapping[str, Float[np.ndarray, "2 seeds"]], costs: Mapping[str, Cost]) -> StudyResult:
        validation = {name: values[1] for name, values in accuracies.items()}
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
                100 * float(accuracies[name][0].mean()), 100 * means[name].value, _spread(validation[name]),
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
            (name, self.first_seed + i, *(100 * float(x) for x in pair))
            for name, values in accuracies.items()
            for i, pair in enumerate(values.T)
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


def _file(design: str) -> str:
    """The name of a design in file names.

    >>> _file("√2 wide")
    'sqrt2-wide'
    """
    return design.replace("√", "sqrt").replace(" ", "-")


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
    cheaper = [
        n
        for n in means
        if n != BASE and means[n].value > base.value and means[n].details["flops"] < 1.1 * base.details["flops"]
    ]
    said.append(f"With a higher mean at less than a tenth more FLOPs: {', '.join(cheaper) or 'none'}.")
    if not data.startswith("cifar10:"):
        said.append("The published figures are of CIFAR10: not the same data.")
    return tuple(said)


study = Attention()
