"""A/B: two training recipes, several seeds of each, training and validation: what did the recipe change?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.measures import Score, over_seeds
from repscope.studies._ab_findings import findings_table, sentences
from repscope.studies._families import (
    chance_of,
    check_recipe,
    members_between,
    members_within,
    over_networks,
    pair_matrices,
    trained_weights,
)
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._run import Run
from repscope.studies._study import Study, Workspace
from repscope.studies._subjects import DISK, analyzed, opened_data, opened_network
from repscope.studies._table import ScoreRow, ScoreTable

MEASURES = ("intrinsic_dimension", "class_similarity")
NNLS = "layer_similarity"


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
        Files of weights that were trained before, in place of training here.
    seeds : int
        Trainings of each recipe, two or more; three or more for intervals.
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
        for which, recipe, weights in (
            ("first", self.first, self.first_weights),
            ("second", self.second, self.second_weights),
        ):
            check_recipe(recipe, which)
            count = len(weights) or self.seeds
            if count < 2:
                raise BadInput(
                    f"the {which} family has {count} networks; expected two or more seeds, to see their spread"
                )
        if self.first_name == self.second_name:
            raise BadInput(f"both families are called {self.first_name!r}; give them different names")

    def conduct(self, space: Workspace) -> StudyResult:
        """Weights, runs, then curves and matrices over the families."""
        families = {
            name: self._runs(space, name, recipe, weights)
            for name, recipe, weights in (
                (self.first_name, self.first, self.first_weights),
                (self.second_name, self.second, self.second_weights),
            )
        }
        partitions = next(iter(families.values()))[0].partitions
        curves = {
            (name, partition, measure): _curve(runs, partition, measure)
            for name, runs in families.items()
            for partition in partitions
            for measure in MEASURES
        }
        space.say("similarities between networks")
        matrices = {}
        for partition in partitions:
            for what in self._kinds:
                found = space.kept(f"nnls-{partition}-{what}", partial(self._pairs, families, what, partition))
                matrices[what, partition] = np.array(found)
        return self._result(families, partitions, curves, matrices)

    @property
    def _kinds(self) -> tuple[str, str, str]:
        """Names of the three families of matrices."""
        a, b = self.first_name, self.second_name
        return f"{a}-{a}", f"{b}-{b}", f"{a}-{b}"

    def _runs(self, space: Workspace, name: str, recipe: dict[str, Any], weights: Sequence[str]) -> list[Run]:
        data = opened_data(self.data, recipe.get("data_settings"))
        runs = []
        for seed in range(len(weights) or self.seeds):
            file = weights[seed] if weights else trained_weights(space, name, self.network, self.data, recipe, seed)
            settings = {"classes": len(data.class_names), **recipe.get("network_settings", {})}
            network = opened_network(self.network, str(file), settings)
            runs.append(
                analyzed(
                    space,
                    f"{name}-{seed}",
                    network,
                    data,
                    self.layers,
                    partitions=["train", "validation"],
                    samples=self.samples,
                    k=self.k,
                    disk=DISK,
                )
            )
        return runs

    def _pairs(self, families: dict[str, list[Run]], what: str, partition: str) -> Any:
        first, second = families[self.first_name], families[self.second_name]
        within = {self._kinds[0]: first, self._kinds[1]: second}
        found = (
            pair_matrices(within[what], None, partition) if what in within else pair_matrices(first, second, partition)
        )
        return found.tolist()

    def _result(
        self,
        families: dict[str, list[Run]],
        partitions: Sequence[str],
        curves: dict[tuple[str, str, str], list[Score]],
        matrices: dict[tuple[str, str], Float[np.ndarray, "pairs l m"]],
    ) -> StudyResult:
        first = families[self.first_name][0]
        layers = first.layers
        counts = [len(families[name]) for name in (self.first_name, self.second_name)]
        members = dict(
            zip(
                self._kinds,
                (members_within(counts[0]), members_within(counts[1]), members_between(*counts)),
                strict=True,
            )
        )
        figures = [self._curves(measure, layers, partitions, curves) for measure in MEASURES]
        for partition in partitions:
            chance = chance_of(first, partition)

            def cell(what: str, i: int, j: int, partition: str = partition, chance: float = chance) -> Score:
                return over_networks(matrices[what, partition][:, i, j], members[what], NNLS, chance)

            figures += [
                StudyFigure(
                    f"matrices_{partition}",
                    f"Similarity of networks, {partition}",
                    f"Mean over pairs of networks; of {self._kinds[2]}, rows are {self.first_name} and columns {self.second_name}.",
                    ScoreTable(
                        tuple(
                            ScoreRow(what, a, b, cell(what, i, j))
                            for what in self._kinds
                            for i, a in enumerate(layers)
                            for j, b in enumerate(layers)
                        )
                    ),
                ),
                StudyFigure(
                    f"diagonals_{partition}",
                    f"The same layer in two networks, {partition}",
                    "How alike two trainings are at each layer: within each recipe, and between the two.",
                    ScoreTable(
                        tuple(
                            ScoreRow(what, layer, None, cell(what, i, i))
                            for what in self._kinds
                            for i, layer in enumerate(layers)
                        )
                    ),
                ),
            ]
        rows = findings_table(
            layers, (self.first_name, self.second_name), curves, {k: v.mean(axis=0) for k, v in matrices.items()}
        )
        tables = (
            StudyTable(
                "findings",
                "The findings of the thesis, here",
                ("finding", "thesis (CIFAR10)", *(self.first_name, self.second_name), "holds"),
                rows,
            ),
            self._accuracies(families),
        )
        runs = tuple(
            (f"{name}, seed {i}", f"runs/{name}-{i}/report.html")
            for name in families
            for i in range(len(families[name]))
        )
        return StudyResult(self.title, self.summary, sentences(rows), tuple(figures), tables, runs)

    def _curves(
        self,
        measure: str,
        layers: Sequence[str],
        partitions: Sequence[str],
        curves: dict[tuple[str, str, str], list[Score]],
    ) -> StudyFigure:
        rows = [
            ScoreRow(f"{name}, {partition}", layer, None, score)
            for name in (self.first_name, self.second_name)
            for partition in partitions
            for layer, score in zip(layers, curves[name, partition, measure], strict=True)
        ]
        title = {"intrinsic_dimension": "Intrinsic dimension", "class_similarity": "NNCS"}[measure]
        return StudyFigure(
            measure,
            f"{title} by layer",
            "Mean over seeds; bands are 95 % intervals of that mean.",
            ScoreTable(tuple(rows)),
        )

    def _accuracies(self, families: dict[str, list[Run]]) -> StudyTable:
        rows = []
        for name, runs in families.items():
            for seed, run in enumerate(runs):
                k_nn = [run.scores("neighbor_accuracy", p).curve()[-1].value for p in run.partitions]
                rows.append((name, seed, *k_nn))
        partitions = next(iter(families.values()))[0].partitions
        return StudyTable(
            "accuracies",
            "k-NN accuracy at the last layer",
            ("recipe", "seed", *partitions),
            tuple(rows),
        )


def _curve(runs: Sequence[Run], partition: str, measure: str) -> list[Score]:
    """The mean over seeds at each layer."""
    curves = [run.scores(measure, partition).curve() for run in runs]
    return [over_seeds(scores) for scores in zip(*curves, strict=True)]


study = AB()
