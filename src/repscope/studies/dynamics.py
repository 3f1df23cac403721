"""Dynamics: one training, epoch by epoch: when does each layer become what it is?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import ClassVar, final

import numpy as np

from repscope.activations._layers import INPUT
from repscope.core.numbers import shown
from repscope.measures import Score
from repscope.measures.mutual_neighbors import mutual_neighbors
from repscope.studies._checkpoints import check_checkpoints, checkpoint_files
from repscope.studies._dynamics_words import said_half_way, said_kept
from repscope.studies._one_network import OneNetwork
from repscope.studies._plan import check_layers, check_part
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._run import Run
from repscope.studies._study import Workspace
from repscope.studies._subjects import DISK, analyzed
from repscope.studies._table import ScoreRow, ScoreTable

NAMES = {"class_similarity": "NNCS", "intrinsic_dimension": "Intrinsic dimension"}


@final
@dataclass(frozen=True)
class Dynamics(OneNetwork):
    """Checkpoints of a training, their curves, and the neighbours born and lost between them.

    Settings beside those of `OneNetwork`, and what these are here:

    Parameters
    ----------
    data : str
        Address of a data set that has training and validation images.
    weights : str or None
        Those with which the training begins: "random", a file, or none for the network's own.
    epochs : int
        Of the training.
    learning_rate : float
    augment : bool
    at : tuple of int
        Epochs that are looked at, 0 being the untrained network; all by default.
    checkpoints : tuple of str
        Files of weights in the order of a training that was done before, in place of training here.
    partition : str
        Of which neighbours are followed.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples, k : int or None
        All samples, and n / (10 · classes), by default.
    seed : int
    """

    title: ClassVar[str] = "A training, epoch by epoch"
    summary: ClassVar[str] = (
        "Dimension and class similarity of every layer at every checkpoint of one training, the gap between training and "
        "validation, and which share of its neighbours each sample changes from one checkpoint to the next."
    )
    reference: ClassVar[str] = f"{THESIS}, section 4.5"

    network: str = "repscope:resnet20"
    weights: str | None = field(default="random", kw_only=True)
    epochs: int = 5
    learning_rate: float = 0.04
    augment: bool = False
    at: tuple[int, ...] = ()
    checkpoints: tuple[str, ...] = ()
    partition: str = "validation"
    layers: tuple[str, ...] = ()
    samples: int | None = None
    k: int | None = None
    seed: int = 0

    def check(self) -> None:
        """Refuse trainings with nothing to follow."""
        check_checkpoints(self.checkpoints, self.epochs, self.at, self.weights)
        data = self.opened_data()
        for partition in ("train", "validation"):
            check_part(data, partition, self.samples, self.k)
        check_layers(self.network, self.network_settings, len(data.class_names), self.layers)

    def conduct(self, space: Workspace) -> StudyResult:
        """Checkpoints, a run of each, and what changes between them."""
        from repscope.training import Augmentation, Recipe

        data = self.opened_data()
        augment = Augmentation() if self.augment else None
        recipe = Recipe(epochs=self.epochs, learning_rate=self.learning_rate, augment=augment, seed=self.seed)
        begin = partial(self.opened_network, classes=len(data.class_names), seed=self.seed)
        files = checkpoint_files(space, self.checkpoints, self.at, recipe, begin, data)
        runs = {}
        for name, file in files.items():
            network = self.opened_network(str(file), classes=len(data.class_names))
            runs[name] = analyzed(
                space,
                name.replace(" ", "-"),
                network,
                data,
                self.layers,
                partitions=["train", "validation"],
                samples=self.samples,
                k=self.k,
                disk=DISK,
            )
        space.say("neighbours born and lost")
        kept = space.kept("kept", lambda: self._kept(list(runs.values())))
        return self._result(runs, [[Score.from_dict(s) for s in row] for row in kept])

    def _kept(self, runs: Sequence[Run]) -> list[list[dict[str, object]]]:
        """For each step between checkpoints, and each layer, the share of neighbours that stay."""
        found = []
        for before, after in pairwise(runs):
            pairs = [(before.graph(x, self.partition), after.graph(x, self.partition)) for x in after.layers]
            found.append([mutual_neighbors(a, b).as_dict() for a, b in pairs])
        return found

    def _result(self, runs: dict[str, Run], kept: list[list[Score]]) -> StudyResult:
        names = list(runs)
        layers = runs[names[0]].layers
        figures = []
        for measure, title in NAMES.items():
            text = f"{self.partition}; one frame for each checkpoint."
            rows = [
                ScoreRow(name, layer, None, score)
                for name, run in runs.items()
                for layer, score in zip(layers, run.scores(measure, self.partition).curve(), strict=True)
            ]
            figures.append(
                StudyFigure(
                    f"{measure}_film", f"{title} over the training", text, ScoreTable(tuple(rows)), film="checkpoint"
                )
            )
            figures.append(
                StudyFigure(measure, f"{title}, all checkpoints", "From first to last.", ScoreTable(tuple(rows)))
            )
        steps = [
            ScoreRow(f"{a} → {b}", layer, None, score)
            for a, b, row in zip(names, names[1:], kept, strict=False)
            for layer, score in zip(layers, row, strict=True)
        ]
        text = "Share of a sample's neighbours that are the same after the step; the rest were lost, and as many born."
        figures.append(
            StudyFigure(
                "kept_film",
                "Neighbours kept from checkpoint to checkpoint",
                text,
                ScoreTable(tuple(steps)),
                film="step",
            )
        )
        similar = [
            ScoreRow(name, r.layer, r.other, r.score)
            for name, run in runs.items()
            for r in run.scores("layer_similarity", self.partition).rows
        ]
        figures.append(
            StudyFigure(
                "nnls_film",
                "Layer similarity over the training",
                f"{self.partition}.",
                ScoreTable(tuple(similar)),
                film="checkpoint",
            )
        )
        gaps = self._gaps(runs)
        tables = (
            StudyTable(
                "checkpoints",
                "Every checkpoint at the last layer",
                ("checkpoint", "k-NN accuracy, train", "validation", "NNCS, train", "validation", "gap"),
                tuple(gaps),
            ),
        )
        pages = tuple((name, f"runs/{name.replace(' ', '-')}/report.html") for name in names)
        return StudyResult(
            self.title, self.summary, self._sentences(names, layers, kept, gaps, runs), tuple(figures), tables, pages
        )

    def _gaps(self, runs: dict[str, Run]) -> list[tuple[str, float, float, float, float, float]]:
        rows = []
        for name, run in runs.items():
            accuracy = [run.scores("neighbor_accuracy", p).curve()[-1].value for p in ("train", "validation")]
            classes = [run.scores("class_similarity", p).curve()[-1].value for p in ("train", "validation")]
            rows.append((name, accuracy[0], accuracy[1], classes[0], classes[1], classes[0] - classes[1]))
        return rows

    def _sentences(
        self,
        names: Sequence[str],
        layers: Sequence[str],
        kept: list[list[Score]],
        gaps: Sequence[tuple[str, float, float, float, float, float]],
        runs: dict[str, Run],
    ) -> tuple[str, ...]:
        inner = [i for i, layer in enumerate(layers) if layer != INPUT]
        within = [layers[i] for i in inner]
        curves = [run.scores("class_similarity", self.partition).curve() for run in runs.values()]
        said = []
        if within:
            said += said_kept(names, within, np.array([[row[i].value for i in inner] for row in kept]))
            said += said_half_way(names, within, [[curve[i] for i in inner] for curve in curves])
        widest = max(gaps, key=lambda row: row[5])
        said.append(
            f"At the last layer the gap of NNCS between training and validation is {shown(gaps[-1][5], '+.2g')} at the end, and largest at {widest[0]} "
            f"({shown(widest[5], '+.2g')})."
        )
        return tuple(said)


study = Dynamics()
