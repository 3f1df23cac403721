"""Transferability: how many of a network's first layers serve another task, frozen or trained further, and what becomes of them?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput, nearest
from repscope.measures import Score
from repscope.measures.layer_similarity import chance_similarity, layer_similarity_value
from repscope.networks import load_network
from repscope.studies._class_half import ADDRESS, HALVES, half_of_classes
from repscope.studies._paired import differences, interval_in_points, mean_over_seeds
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_network, passing_graphs
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike
from repscope.studies._trainings import Job, accuracies, train_all

if TYPE_CHECKING:
    from repscope.data import DataSet

BASE = "baseB"
VARIANTS = {"BnB": ("B", True), "BnB+": ("B", False), "AnB": ("A", True), "AnB+": ("A", False)}
"""Names as published: whose first n layers are copied, and whether they are frozen; all are trained on B."""
MEANING = {
    "BnB": "selffer: its own first layers, frozen, the rest trained anew",
    "BnB+": "its own first layers, trained further with the rest",
    "AnB": "transfer: first layers of the other task, frozen",
    "AnB+": "first layers of the other task, trained further",
}


@final
@dataclass(frozen=True)
class Transferability(TrainedAlike):
    """The grid of Yosinski and others: two tasks of one data set, and the first n layers of a network of either, copied.

    Settings beside those of `TrainedAlike`:

    Parameters
    ----------
    data : str
        Address; with labels, four classes or more, training and validation images.
    data_settings : mapping
    cuts : tuple of str
        Names of modules in the order of the network: after each of them it is cut, and what is before is copied.
    split : int
        Seed of the division of the classes into the tasks A and B.
    layers : tuple of str
        Glob patterns, of what is compared with its origin; all blocks by default.
    samples : int
        Validation images of B on which layers are compared.
    """

    title: ClassVar[str] = "How transferable are layers?"
    summary: ClassVar[str] = (
        "Half of the classes are task A, the others B. Networks for B begin with the first n layers of a network for A or for B, frozen or "
        "trained further, and the rest from random weights: beside a network that was trained on B alone."
    )
    reference: ClassVar[str] = (
        "J. Yosinski, J. Clune, Y. Bengio, H. Lipson, How transferable are features in deep neural networks?, NIPS 2014, figure 2; likeness to the "
        "origin goes beyond it"
    )
    chosen: ClassVar[tuple[str, ...]] = ("frozen", "copied", "weights", *TrainedAlike.chosen)

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    cuts: tuple[str, ...] = ("neck", "stage1", "stage2", "stage3")
    split: int = 0
    layers: tuple[str, ...] = ()
    samples: int = 200

    def check(self) -> None:
        """Refuse cuts that there are not."""
        super().check()
        known = [
            name
            for name, _ in load_network(
                self.network, weights="random", **dict(self.network_settings)
            ).module.named_modules()
        ]
        for name in self.cuts:
            if name not in known:
                raise BadInput(f"{self.network!r} has no module {name!r} to be cut after; {nearest(name, known)}")
        if not self.cuts or [known.index(name) for name in self.cuts] != sorted(
            {known.index(name) for name in self.cuts}
        ):
            raise BadInput(
                f"cuts = {list(self.cuts)}; expected one or more modules, each once, in the order of the network"
            )
        images = half_of_classes(self.data, self.data_settings, HALVES[1], self.split)
        self.check_looks(images, "validation", self.samples, self.layers)

    def conduct(self, space: Workspace) -> StudyResult:
        """The two bases, then the grid, then what became of what was copied."""
        bases = {
            half: train_all(space, [self._job(f"base{half}", half, seed) for seed in self.all_seeds]) for half in HALVES
        }
        asked = [
            (variant, n, i) for i in range(self.seeds) for n in range(1, len(self.cuts) + 1) for variant in VARIANTS
        ]
        jobs = [self._copied(variant, n, self.all_seeds[i], bases[VARIANTS[variant][0]][i]) for variant, n, i in asked]
        files = dict(zip(asked, train_all(space, jobs), strict=True))
        images = half_of_classes(self.data, self.data_settings, HALVES[1], self.split).partition("validation")
        part = images.balanced(min(self.samples, len(images)))
        moved = {}
        for (variant, n, i), path in files.items():
            seed = self.all_seeds[i]
            origin = bases[VARIANTS[variant][0]][i]
            moved[variant, n, i] = space.kept(
                f"moved-{variant}-{n}-{seed}", partial(self._moved, space, origin, path, part)
            )
        base = np.array([accuracies(path)[1] for path in bases[HALVES[1]]])
        found = {
            (variant, n): np.array([accuracies(files[variant, n, i])[1] for i in range(self.seeds)])
            for variant in VARIANTS
            for n in range(1, len(self.cuts) + 1)
        }
        return self._result(base, found, moved)

    def _job(self, name: str, half: str, seed: int, **more: Any) -> Job:
        settings = {"data": self.data, "data_settings": dict(self.data_settings), "half": half, "split": self.split}
        recipe = {**self.recipe, "network_settings": dict(self.network_settings), "data_settings": settings, **more}
        return Job(name, self.network, ADDRESS, recipe, seed)

    def _copied(self, variant: str, n: int, seed: int, origin: Path) -> Job:
        parts = ",".join(self.cuts[:n])
        frozen = {"frozen": parts} if VARIANTS[variant][1] else {}
        name = f"{variant.replace('n', str(n)).replace('+', '-further')}"
        # its own seed: the rest begins from other random weights than the base's
        return self._job(name, HALVES[1], seed + 1000, weights=str(origin), copied=parts, **frozen)

    def _moved(self, space: Workspace, origin: Path, path: Path, part: "DataSet") -> dict[str, Any]:
        """NNLS of every layer with the network that its first layers came from."""
        space.say(f"comparing {path.stem} with {origin.stem}")
        first, second = (
            passing_graphs(opened_network(self.network, str(file)), part, self.layers) for file in (origin, path)
        )
        graph = next(iter(first.values()))
        layers = [layer for layer in first if layer != INPUT]
        return {
            "layers": layers,
            "likeness": [layer_similarity_value(first[layer], second[layer]) for layer in layers],
            "chance": chance_similarity(graph.n, graph.k),
        }

    def _result(
        self,
        base: Float[np.ndarray, " seeds"],
        found: Mapping[tuple[str, int], Float[np.ndarray, " seeds"]],
        moved: Mapping[tuple[str, int, int], Mapping[str, Any]],
    ) -> StudyResult:
        gaps = differences({BASE: base, **{_name(v, n): values for (v, n), values in found.items()}}, BASE)
        rows = [ScoreRow(BASE, cut, None, mean_over_seeds(base, "accuracy")) for cut in self.cuts]
        rows += [
            ScoreRow(variant, self.cuts[n - 1], None, mean_over_seeds(values, "accuracy"))
            for (variant, n), values in found.items()
        ]
        text = (
            "Validation accuracy on B, mean over seeds with its 95 % interval. "
            + "; ".join(f"{name}: {what}" for name, what in MEANING.items())
            + "."
        )
        figures = (
            StudyFigure(
                "accuracy", "Accuracy on B by how much was copied", text, ScoreTable(tuple(rows)), axis="copied up to"
            ),
            *(self._moved_figure(variant, moved) for variant, (_, frozen) in VARIANTS.items() if not frozen),
        )
        heads = (
            "network",
            "copied up to",
            "validation % on B",
            "sd over seeds",
            "less baseB, points",
            "95 %",
            "p (Holm)",
        )
        table: list[tuple[Any, ...]] = [(BASE, None, 100 * float(base.mean()), _spread(base), None, "", None)]
        for (variant, n), values in found.items():
            gap, p = gaps[_name(variant, n)]
            table.append(
                (
                    variant,
                    self.cuts[n - 1],
                    100 * float(values.mean()),
                    _spread(values),
                    100 * gap.value,
                    interval_in_points(gap),
                    p,
                )
            )
        tables = (StudyTable("grid", "The grid", heads, tuple(table)),)
        return StudyResult(self.title, self.summary, self._sentences(base, gaps, moved), figures, tables)

    def _moved_figure(self, variant: str, moved: Mapping[tuple[str, int, int], Mapping[str, Any]]) -> StudyFigure:
        rows = []
        for n in range(1, len(self.cuts) + 1):
            mine = [moved[variant, n, i] for i in range(self.seeds)]
            values = np.array([one["likeness"] for one in mine])
            for j, layer in enumerate(mine[0]["layers"]):
                score = replace(mean_over_seeds(values[:, j], "layer_similarity"), null=mine[0]["chance"])
                rows.append(ScoreRow(f"copied up to {self.cuts[n - 1]}", layer, None, score))
        return StudyFigure(
            f"moved_{variant.replace('+', '-further')}",
            f"{variant}: likeness to the origin",
            "NNLS of each layer with the same layer of the network that the first layers came from, on validation images of B; mean over seeds.",
            ScoreTable(tuple(rows)),
        )

    def _sentences(
        self,
        base: Float[np.ndarray, " seeds"],
        gaps: Mapping[str, tuple[Score, float]],
        moved: Mapping[tuple[str, int, int], Mapping[str, Any]],
    ) -> tuple[str, ...]:
        count = len(self.cuts)

        def said(name: str) -> str:
            gap, p = gaps[name]
            sure = "cannot be told from it" if not p < 0.05 else f"p = {p:.2g}"
            return f"{100 * gap.value:+.1f} points ({interval_in_points(gap)}, {sure})"

        worst = min(range(1, count + 1), key=lambda n: gaps[_name("BnB", n)][0].value)
        deepest = [moved["AnB+", count, i] for i in range(self.seeds)]
        likeness = np.mean([one["likeness"] for one in deepest], axis=0)
        layers = deepest[0]["layers"]
        return (
            f"A network trained on B alone is right on {100 * float(base.mean()):.1f} % of its validation images.",
            f"Its own first layers, frozen, with the rest trained anew, lose most when it is cut after {self.cuts[worst - 1]}: "
            f"{said(_name('BnB', worst))}. What is lost there is that layers no longer learn together.",
            f"With all of {', '.join(self.cuts)} from task A, frozen, it is {said(_name('AnB', count))}; with {self.cuts[0]} alone {said(_name('AnB', 1))}.",
            f"Trained further, what came from A gives {said(_name('AnB+', count))}; what came from B, {said(_name('BnB+', count))}.",
            f"Trained further, {layers[0]} keeps a likeness of {likeness[0]:.2f} (NNLS) to the network of A, and {layers[int(np.argmin(likeness))]}, "
            f"which moves most, {likeness.min():.2f}; chance is {deepest[0]['chance']:.2f}.",
        )


def _name(variant: str, n: int) -> str:
    """As published, with the number in place.

    >>> _name("AnB+", 3)
    'A3B+'
    """
    return variant.replace("n", str(n))


def _spread(values: Float[np.ndarray, " seeds"]) -> float | None:
    return 100 * float(np.std(values, ddof=1)) if len(values) > 1 else None


study = Transferability()
