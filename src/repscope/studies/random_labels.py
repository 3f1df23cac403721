"""Random labels: can a network learn by heart what makes no sense, what holds it back, and what is inside it then?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput, nearest
from repscope.measures import Score, measure
from repscope.measures._mean import mean_score
from repscope.measures.class_similarity import class_similarity
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.measures.layer_similarity import layer_similarity
from repscope.studies._curves import curves_of, figure_of, rows_of
from repscope.studies._detectors import check_concepts, detector_shares
from repscope.studies._paired import mean_over_seeds
from repscope.studies._plan import check_layers
from repscope.studies._random_labels_words import sentences, share_true_by_luck
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_data, opened_network, passing_graphs
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike
from repscope.training import NOISES

if TYPE_CHECKING:
    from repscope.data import DataSet

TRUE = "true"
HELD: dict[str, dict[str, Any]] = {
    "none": {"weight_decay": 0.0},
    "weight decay": {"weight_decay": 5e-4},
    "dropout": {"weight_decay": 0.0, "network_settings": {"dropout": 0.5}},
    "augmentation": {"weight_decay": 0.0, "augmentation": ["translate", "rotation"]},
    "all": {"weight_decay": 5e-4, "augmentation": ["translate", "rotation"], "network_settings": {"dropout": 0.5}},
}
"""What may hold a network back from learning by heart, and what it adds to the recipe."""
CLASSES_TRUE, CLASSES_TAUGHT, DIMENSION, BETWEEN = "true classes", "taught classes", "dimension", "between"


@final
@dataclass(frozen=True)
class RandomLabels(TrainedAlike):
    """Trainings on true and on random labels, with and without what is said to make networks generalise; and what their layers hold.

    Settings beside those of `TrainedAlike`:

    Parameters
    ----------
    data : str
        Address; with labels, training and validation images.
    data_settings : mapping
    labels : {"random", "wrong", "shuffled"}
        What random labels are: a class drawn from all, of which one in as many as there are is the true one; from the others alone;
        or the labels of each other.
    held : tuple of str
        Of none, weight decay, dropout, augmentation, all.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int
        Training images on which layers are looked at, balanced by class.
    inverted : int
        Images that are inverted from layers, of the first seed and the first of `held`; 0 for none.
    inversion_layers : tuple of str
    inversion_steps : int
    concepts : str
        Address of concept data, such as ``scenes``, by which units are dissected; none by default.
    concept_settings : mapping
    """

    title: ClassVar[str] = "Random labels"
    summary: ClassVar[str] = (
        "Networks are trained on true labels and on random ones, with and without weight decay, dropout and augmentation: which learn them, "
        "and what the layers of networks that memorised have and have not in common with those that learned."
    )
    reference: ClassVar[str] = (
        "C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals, Understanding deep learning requires rethinking generalization, ICLR 2017, "
        "table 1; the layers go beyond it"
    )
    chosen: ClassVar[tuple[str, ...]] = (
        "label_noise", "noise", "weight_decay", "augmentation", "augment", *TrainedAlike.chosen,
    )  # fmt: skip

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 100})
    labels: str = "random"
    held: tuple[str, ...] = tuple(HELD)
    layers: tuple[str, ...] = ()
    samples: int = 300
    inverted: int = 4
    inversion_layers: tuple[str, ...] = ("stage1.2", "stage2.2", "stage3.2")
    inversion_steps: int = 200
    concepts: str = ""
    concept_settings: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=lambda: {"epochs": 60, "batch": 32})

    def check(self) -> None:
        """Refuse labels and regularisers that there are not."""
        super().check()
        check_concepts(self.concepts, self.concept_settings)
        if self.labels not in NOISES:
            raise BadInput(f"there are no labels {self.labels!r}; {nearest(self.labels, NOISES)}")
        for name in self.held:
            if name not in HELD:
                raise BadInput(f"there is nothing {name!r} that holds back; {nearest(name, HELD)}")
        if not self.held or len(set(self.held)) < len(self.held):
            raise BadInput(f"held = {list(self.held)}; expected one or more of {', '.join(HELD)}, each once")
        if self.inverted < 0 or self.inversion_steps < 1:
            raise BadInput(
                f"inverted = {self.inverted}, inversion_steps = {self.inversion_steps}; expected no images or more, and a step"
            )
        data = opened_data(self.data, self.data_settings)
        self.check_looks(data, "train", self.samples, self.layers)
        if self.inverted:
            data.partition("train").balanced(self.inverted)
            check_layers(self.network, self.network_settings, len(data.class_names), self.inversion_layers)

    def conduct(self, space: Workspace) -> StudyResult:
        """Train all, look at all, invert a few."""
        variants = {f"{name} {kind}": self._recipe_of(name, kind) for name in self.held for kind in self._kinds}
        files = self.trained(space, variants, self.data, self.data_settings)
        data = opened_data(self.data, self.data_settings)
        looked = {
            (name, seed): space.kept(
                f"layers-{name.replace(' ', '-')}-{seed}", partial(self._looked, space, files, data, name, i)
            )
            for name in self.held
            for i, seed in enumerate(self.all_seeds)
        }
        first = {kind: files[f"{self.held[0]} {kind}"][0] for kind in self._kinds}
        inverted = space.kept("images-inverted", partial(self._inverted, space, first, data)) if self.inverted else None
        dissected = space.kept("units-dissected", partial(self._dissected, space, first)) if self.concepts else None
        luck = [share_true_by_luck(data, self.labels, seed) for seed in self.all_seeds]
        return self._result(
            {name: [_accuracies(path) for path in paths] for name, paths in files.items()},
            looked,
            inverted,
            dissected,
            luck,
        )

    @property
    def _kinds(self) -> tuple[str, str]:
        return TRUE, self.labels

    def _recipe_of(self, name: str, kind: str) -> dict[str, Any]:
        noise = {} if kind == TRUE else {"label_noise": 1.0, "noise": self.labels}
        return {**HELD[name], **noise}

    def _looked(
        self, space: Workspace, files: Mapping[str, list[Path]], data: "DataSet", name: str, place: int
    ) -> dict[str, Any]:
        """Both networks of one seed on the same training images."""
        seed = self.all_seeds[place]
        space.say(f"looking at {name}, seed {seed}")
        part = data.partition("train").balanced(min(self.samples, len(data.partition("train"))))
        taught = _taught(data, part, self.labels, seed)
        truth = part.labels
        assert truth is not None
        graphs = {
            kind: passing_graphs(opened_network(self.network, str(files[f"{name} {kind}"][place])), part, self.layers)
            for kind in self._kinds
        }
        curves: dict[str, dict[str, Any]] = {}
        for kind, mine in graphs.items():
            for layer, graph in mine.items():
                scores = {CLASSES_TRUE: class_similarity(graph, truth), DIMENSION: intrinsic_dimension(graph)}
                if kind != TRUE:
                    scores[CLASSES_TAUGHT] = class_similarity(graph, taught)
                for what, score in scores.items():
                    curves.setdefault(f"{kind}|{what}", {})[layer] = score.as_dict()
        other = graphs[self.labels]
        curves[f"{self.labels}|{BETWEEN}"] = {
            layer: layer_similarity(graph, other[layer]).as_dict() for layer, graph in graphs[TRUE].items()
        }
        return {"curves": rows_of(curves)}

    def _inverted(self, space: Workspace, first: Mapping[str, Path], data: "DataSet") -> list[list[Any]]:
        """PSNR of images inverted from layers of a network that learned, and of one that memorised."""
        from repscope.units import Appearance, invert

        few = data.partition("train").balanced(self.inverted)
        curves: dict[str, dict[str, Any]] = {}
        for kind, path in first.items():
            network = opened_network(self.network, str(path))
            images = network.preprocess(few.batch(range(len(few))))
            for layer in self.inversion_layers:
                space.say(f"inverting {layer}, {kind} labels")
                made = invert(
                    network.module, layer, images, steps=self.inversion_steps, looks=Appearance.of(network), restarts=1
                )
                curves.setdefault(f"{kind} labels", {})[layer] = mean_score(made.psnr[:, 0], "PSNR", "images").as_dict()
        return rows_of(curves)

    def _dissected(self, space: Workspace, first: Mapping[str, Path]) -> list[list[Any]]:
        """The share of units that detect a concept, of both."""
        both = {f"{kind} labels": partial(opened_network, self.network, str(path)) for kind, path in first.items()}
        return detector_shares(both, self.concepts, self.concept_settings, space.say)

    def _result(
        self,
        accuracies: Mapping[str, list[dict[str, float]]],
        looked: Mapping[tuple[str, int], Mapping[str, Any]],
        inverted: list[list[Any]] | None,
        dissected: list[list[Any]] | None,
        luck: Sequence[float],
    ) -> StudyResult:
        figures = [self._accuracy_figure(accuracies)]
        curves = {key: curves_of(found["curves"]) for key, found in looked.items()}
        for what, title, text in _CURVES:
            figures.append(self._curve_figure(curves, what, title, text))
        for name, title, found in (
            ("inverted", "Images inverted from layers, PSNR in dB", inverted),
            ("dissected", "Units that detect a concept", dissected),
        ):
            if found is not None:
                figures.append(figure_of(name, title, "Of the first seed.", found))
        tables = (self._table(accuracies),)
        words = sentences(accuracies, curves, self.held, self.labels, luck)
        return StudyResult(self.title, self.summary, words, tuple(figures), tables)

    def _accuracy_figure(self, accuracies: Mapping[str, list[dict[str, float]]]) -> StudyFigure:
        rows = []
        for name in self.held:
            for kind in self._kinds:
                mine = accuracies[f"{name} {kind}"]
                for part, what in (("taught", "training images, as taught"), ("validation", "validation images")):
                    values = np.array([one[part] for one in mine])
                    rows.append(ScoreRow(f"{kind} labels, {what}", name, None, mean_over_seeds(values, "accuracy")))
        text = (
            "Mean over seeds with its 95 % interval. 'As taught': against the labels that the network was trained on."
        )
        return StudyFigure("accuracy", "What is learned", text, ScoreTable(tuple(rows)), axis="held back by")

    def _curve_figure(
        self, curves: Mapping[tuple[str, int], Mapping[str, Mapping[str, Any]]], what: str, title: str, text: str
    ) -> StudyFigure:
        rows = []
        for name in self.held:
            for kind in self._kinds:
                mine = [
                    found[f"{kind}|{what}"]
                    for (held, _), found in curves.items()
                    if held == name and f"{kind}|{what}" in found
                ]
                for layer in mine[0] if mine else ():
                    scores = [Score.from_dict(dict(one[layer])) for one in mine]
                    name_of_measure, values = scores[0].measure, np.array([score.value for score in scores])
                    value = mean_over_seeds(values, name_of_measure, measure(name_of_measure).bounds)
                    rows.append(ScoreRow(f"{kind} labels, {name}", layer, None, replace(value, null=scores[0].null)))
        return StudyFigure(what.replace(" ", "_"), title, text, ScoreTable(tuple(rows)))

    def _table(self, accuracies: Mapping[str, list[dict[str, float]]]) -> StudyTable:
        heads = (
            "held back by", "labels", "training %, as taught", "sd", "training %, true labels", "validation %", "sd",
        )  # fmt: skip
        rows = []
        for name in self.held:
            for kind in self._kinds:
                mine = {
                    part: np.array([one[part] for one in accuracies[f"{name} {kind}"]])
                    for part in ("taught", "train", "validation")
                }
                rows.append(
                    (
                        name, kind, *_mean_and_spread(mine["taught"]), 100 * float(mine["train"].mean()),
                        *_mean_and_spread(mine["validation"]),
                    )
                )  # fmt: skip
        return StudyTable("accuracies", "Training and validation accuracy", heads, tuple(rows))


_CURVES = (
    (CLASSES_TRUE, "NNCS of the true classes", "On training images. Chance is the dashed line."),
    (CLASSES_TAUGHT, "NNCS of the classes as taught", "On training images, of networks taught random labels: where they are told apart by heart."),
    (DIMENSION, "Intrinsic dimension", "On training images."),
    (BETWEEN, "Likeness of learning and memorising", "NNLS of each layer of the network that was taught random labels with that of the same seed that was taught true ones."),
)  # fmt: skip


def _accuracies(weights: Path) -> dict[str, float]:
    from repscope.core.files import read_json

    found = read_json(weights.with_suffix(".json"))["accuracies"]
    return {
        "train": found["train"],
        "validation": found["validation"],
        "taught": found.get("train_noisy", found["train"]),
    }


def _taught(data: "DataSet", part: "DataSet", kind: str, seed: int) -> Int[np.ndarray, " n"]:
    """The labels that a training with this seed was taught for some of its images."""
    from repscope.training import noisy_labels

    whole = data.partition("train")
    assert whole.labels is not None
    labels = noisy_labels(whole.labels, len(whole.class_names), 1.0, kind, seed)
    place = {name: row for row, name in enumerate(whole.ids)}
    mine: Int[np.ndarray, " n"] = labels[np.array([place[name] for name in part.ids])]
    return mine


def _mean_and_spread(values: Float[np.ndarray, " seeds"]) -> tuple[float, float | None]:
    return 100 * float(values.mean()), 100 * float(values.std(ddof=1)) if len(values) > 1 else None


study = RandomLabels()
