"""A/B: two training recipes, several seeds of each, training and validation: what did the recipe change?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.measures import Score, over_seeds
from repscope.studies._ab_figures import NNLS, TITLES, Inner, curves_figure, layers_figure, networks_figures
from repscope.studies._ab_findings import findings_table, sentences
from repscope.studies._ab_published import published_table
from repscope.studies._families import (
    chance_of,
    check_recipe,
    dimension_at_same_size,
    pair_matrices,
)
from repscope.studies._plan import check_layers, check_part, take_at_most
from repscope.studies._published import THESIS, whether_same_data
from repscope.studies._result import StudyResult, StudyTable
from repscope.studies._run import Run
from repscope.studies._study import Study, Workspace
from repscope.studies._subjects import DISK, analyzed, opened_data, opened_network
from repscope.studies._trainings import Job, train_all

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

PARTITIONS = ("train", "validation")


@final
@dataclass(frozen=True)
class Family:
    """Networks that differ in nothing but the seed: their name, recipe, and weights where these are given, else seeds."""

    name: str
    recipe: Mapping[str, Any]
    weights: Sequence[str]
    seeds: range

    @property
    def numbers(self) -> range:
        """What tells its networks apart: the places of the weights that are given, or the seeds."""
        return range(len(self.weights)) if self.weights else self.seeds


@final
@dataclass(frozen=True)
class AB(Study):
    """Two families of networks, compared layer by layer.

    Parameters
    ----------
    network, data : str
        Addresses; the data set has training and validation images.
    first, second : dict
        Recipes: epochs, learning_rate, augment; all else is the same.
    first_name, second_name : str
        What to call them.
    first_weights, second_weights : tuple of str
        Files of weights that were trained before, in place of training here; from other seeds in each family.
    seeds : int
        Trainings of each recipe, two or more; three or more for intervals. The second family begins with other seeds than
        the first.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples, k : int or None
        Of each partition; all samples, and n / (10 · classes), by default.
    """

    title: ClassVar[str] = "What the recipe changed"
    summary: ClassVar[str] = (
        "Two training recipes, several seeds of each, the same images: dimension and class similarity by layer with the spread "
        "over seeds, and how alike networks are within a recipe and between the two."
    )
    reference: ClassVar[str] = f"{THESIS}, chapter 4"

    network: str = "repscope:resnet20"
    data: str = "digits"
    first: dict[str, Any] = field(default_factory=lambda: {"epochs": 6})
    second: dict[str, Any] = field(default_factory=lambda: {"epochs": 6, "augment": True})
    first_name: str = "plain"
    second_name: str = "augmented"
    first_weights: tuple[str, ...] = ()
    second_weights: tuple[str, ...] = ()
    seeds: int = 3
    layers: tuple[str, ...] = ()
    samples: int | None = None
    k: int | None = None

    def check(self) -> None:
        """Refuse families that cannot be compared."""
        for which, family in zip(("first", "second"), self.families, strict=True):
            check_recipe(family.recipe, which)
            if len(family.numbers) < 2:
                raise BadInput(
                    f"the {which} family has {len(family.numbers)} networks; expected two or more seeds, to see their spread"
                )
        if self.first_name == self.second_name:
            raise BadInput(f"both families are called {self.first_name!r}; give them different names")
        for family in self.families:
            data = opened_data(self.data, family.recipe.get("data_settings"))
            for partition in PARTITIONS:
                check_part(data, partition, self.samples, self.k)
            check_layers(self.network, family.recipe.get("network_settings", {}), len(data.class_names), self.layers)

    @property
    def families(self) -> tuple[Family, Family]:
        """The two, with no seed in common: networks that begin with the same weights stay alike, whatever comes after."""
        return (
            Family(self.first_name, self.first, self.first_weights, range(self.seeds)),
            Family(self.second_name, self.second, self.second_weights, range(self.seeds, 2 * self.seeds)),
        )

    def conduct(self, space: Workspace) -> StudyResult:
        """Weights, runs, then curves and matrices over the families."""
        runs = {family.name: self._runs(space, family) for family in self.families}
        space.say("similarities between networks")
        matrices = {
            partition: {
                what: np.array(space.kept(f"nnls-{partition}-{what}", partial(pair_matrices, *pair, partition)))
                for what, pair in self._pairs(runs).items()
            }
            for partition in PARTITIONS
        }
        accuracies = {family.name: self._accuracies(space, family) for family in self.families}
        ratios = {name: self._ratios(space, name, of) for name, of in runs.items()}
        return self._result(runs, matrices, accuracies, ratios)

    def _networks(self, space: Workspace, family: Family) -> Iterator[tuple["Network", "DataSet"]]:
        """The networks of a family, and its data; trained first where no weights are given."""
        recipe = family.recipe
        data = opened_data(self.data, recipe.get("data_settings"))
        settings = {"classes": len(data.class_names), **recipe.get("network_settings", {})}
        jobs = [Job(family.name, self.network, self.data, recipe, seed) for seed in family.seeds]
        for file in family.weights or train_all(space, jobs):
            yield opened_network(self.network, str(file), settings), data

    def _runs(self, space: Workspace, family: Family) -> list[Run]:
        return [
            analyzed(
                space,
                f"{family.name}-{number}",
                network,
                data,
                self.layers,
                partitions=PARTITIONS,
                samples=self.samples,
                k=self.k,
                disk=DISK,
            )
            for number, (network, data) in zip(family.numbers, self._networks(space, family), strict=True)
        ]

    def _pairs(self, runs: Mapping[str, list[Run]]) -> dict[str, tuple[list[Run], list[Run] | None]]:
        """The three kinds of pairs of networks: within each family, and between the two."""
        a, b = self.first_name, self.second_name
        return {f"{a}-{a}": (runs[a], None), f"{b}-{b}": (runs[b], None), f"{a}-{b}": (runs[a], runs[b])}

    def _accuracies(self, space: Workspace, family: Family) -> list[list[float]]:
        """On the training and the validation images that are looked at, of each network."""
        from repscope.training import accuracy

        def looked_at(data: "DataSet", name: str) -> "DataSet":
            part = data.partition(name)
            return take_at_most(part, self.samples)

        def found() -> list[list[float]]:
            return [
                [accuracy(network, looked_at(data, p)) for p in PARTITIONS]
                for network, data in self._networks(space, family)
            ]

        space.say(f"accuracies of {family.name}")
        accuracies: list[list[float]] = space.kept(f"accuracies-{family.name}", found)
        return accuracies

    def _ratios(self, space: Workspace, name: str, runs: Sequence[Run]) -> Float[np.ndarray, "runs l"] | None:
        """ID on validation images over that on training images, of as many samples of both."""
        n = min(runs[0].recording(p).n for p in PARTITIONS)

        def found() -> list[list[list[float] | None]]:
            return [[dimension_at_same_size(run, p, n) for p in PARTITIONS] for run in runs]

        space.say(f"dimension of {name} at n = {n:,}")
        pairs = space.kept(f"dimension-{name}", found)
        if any(curve is None for pair in pairs for curve in pair):
            return None
        return np.array([np.array(validation) / np.array(train) for train, validation in pairs])

    def _result(
        self,
        runs: Mapping[str, list[Run]],
        matrices: Mapping[str, Mapping[str, Float[np.ndarray, "pairs l m"]]],
        accuracies: Mapping[str, list[list[float]]],
        ratios: Mapping[str, Float[np.ndarray, "runs l"] | None],
    ) -> StudyResult:
        first = runs[self.first_name][0]
        layers = first.layers
        curves = {
            (name, partition, measure): _curve(of, partition, measure)
            for name, of in runs.items()
            for partition in PARTITIONS
            for measure in TITLES
        }
        inner = {p: {name: _within(of, p) for name, of in runs.items()} for p in PARTITIONS}
        figures = [curves_figure(measure, list(runs), layers, PARTITIONS, curves) for measure in TITLES]
        counts = {name: len(of) for name, of in runs.items()}
        for p in PARTITIONS:
            figures.append(layers_figure(p, inner[p]))
            figures += networks_figures(p, counts, layers, matrices[p], chance_of(first, p))
        single = {
            (name, p): np.array([run.scores(NNLS, p).matrix() for run in of])
            for p in PARTITIONS
            for name, of in runs.items()
        }
        rows = findings_table(layers, counts, curves, single, matrices["validation"], ratios)
        heads = ("finding", "thesis (CIFAR10)", self.first_name, self.second_name, "holds")
        means = {key: of.mean(axis=0) for key, of in single.items()}
        plain, augmented = self._as_published
        said = {name: _said(values) for name, values in accuracies.items()}
        tables = (
            StudyTable("findings", "The findings of the thesis, here", heads, rows),
            published_table(layers, plain, augmented, curves, means, said, ratios, self.data),
            self._accuracy_table(accuracies),
        )
        pages = tuple(
            (f"{family.name}, network {i}", f"runs/{family.name}-{i}/report.html")
            for family in self.families
            for i in family.numbers
        )
        return StudyResult(
            self.title,
            self.summary,
            sentences(rows, words=whether_same_data("CIFAR10", self.data)),
            tuple(figures),
            tables,
            pages,
        )

    def _accuracy_table(self, accuracies: Mapping[str, Sequence[Sequence[float]]]) -> StudyTable:
        rows = [
            (family.name, number, *values)
            for family in self.families
            for number, values in zip(family.numbers, accuracies[family.name], strict=True)
        ]
        return StudyTable("accuracies", "Accuracy of every network", ("recipe", "network", *PARTITIONS), tuple(rows))

    @property
    def _as_published(self) -> tuple[str | None, str | None]:
        """The families whose recipes are the thesis' two, without augmentation and with."""
        names: dict[bool, str] = {}
        for family in self.families:
            augmented = family.recipe.get("augment") or family.recipe.get("augmentation", ["none"]) != ["none"]
            names.setdefault(bool(augmented), family.name)
        return names.get(False), names.get(True)


def _curve(runs: Sequence[Run], partition: str, measure: str) -> list[Score]:
    """The mean over seeds at each layer."""
    curves = [run.scores(measure, partition).curve() for run in runs]
    return [over_seeds(scores) for scores in zip(*curves, strict=True)]


def _within(runs: Sequence[Run], partition: str) -> Inner:
    """Similarity of the layers of one network, the mean over seeds."""
    tables = [{(r.layer, str(r.other)): r.score for r in run.scores(NNLS, partition).rows} for run in runs]
    return {pair: over_seeds([table[pair] for table in tables]) for pair in tables[0]}


def _said(accuracies: Sequence[Sequence[float]]) -> str:
    """Mean and standard deviation over seeds, in per cent."""
    values = 100 * np.array(accuracies)
    return " | ".join(
        f"{m:.1f} ± {s:.2g}" for m, s in zip(values.mean(axis=0), values.std(axis=0, ddof=1), strict=True)
    )


study = AB()
