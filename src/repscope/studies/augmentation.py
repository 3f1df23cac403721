"""Augmentation: what does each change of the training images give, and at which layer does a network learn to look past it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.activations import record
from repscope.core.errors import BadInput, nearest
from repscope.core.numbers import with_interval
from repscope.measures import Score
from repscope.measures.class_similarity import class_similarity
from repscope.measures.layer_similarity import chance_similarity, layer_similarity_value
from repscope.neighbors import NeighborGraph, neighbor_graph
from repscope.studies._augmented import augmented, every_time
from repscope.studies._families import check_recipe
from repscope.studies._paired import differences, interval_in_points, mean_over_seeds
from repscope.studies._published import THESIS, published
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Study, Workspace
from repscope.studies._subjects import opened_data, opened_network
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trainings import Job, train_all
from repscope.studies._trainings import accuracies as accuracies_of

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

NONE, ALL = "none", "all"
NAMES = ("translate", "rotation", "flip", "jitter", "grayscale", "blur")
PUBLISHED = {
    NONE: "none", "translate": "translate", "rotation": "rotation", "flip": "horizontal flip", "jitter": "colour jitter",
    "grayscale": "grayscale", "blur": "blur", ALL: "all of them",
}  # fmt: skip
"""Our names, and those of the published table."""
NNLS, NNCS = "layer_similarity", "class_similarity"


@final
@dataclass(frozen=True)
class AugmentationStudy(Study):
    """Trainings without augmentation, with each of several alone, and with all; what each layer makes of changed images.

    Parameters
    ----------
    network, data : str
        Addresses; the data set has training and validation images.
    network_settings, data_settings : mapping
    augmentations : tuple of str
        Those of the published table, or some of them.
    seeds, first_seed : int
        Trainings of each recipe; three or more for intervals that say anything.
    recipe : mapping
        What all trainings have in common: epochs, learning_rate, batch, precision, device.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int
        Validation images on which layers are looked at, balanced by class.
    k : int or None
        Neighbours; n / (10 · classes) by default.
    """

    title: ClassVar[str] = "What augmentation gives, and where"
    summary: ClassVar[str] = (
        "Each augmentation alone, all of them and none: validation accuracy over seeds; and layer by layer, how many of an image's "
        "neighbours stay when all images are changed, which is where a network has learned to look past the change."
    )
    reference: ClassVar[str] = f"{THESIS}, table 4.2; the curves by layer go beyond it"

    network: str = "repscope:resnet20"
    data: str = "glyphs"
    network_settings: Mapping[str, Any] = field(default_factory=dict)
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    augmentations: tuple[str, ...] = NAMES
    seeds: int = 3
    first_seed: int = 0
    recipe: Mapping[str, Any] = field(default_factory=lambda: {"epochs": 10})
    layers: tuple[str, ...] = ()
    samples: int = 300
    k: int | None = None

    def check(self) -> None:
        """Refuse what is no augmentation of the table, and recipes that augment already."""
        for name in self.augmentations:
            if name not in NAMES:
                raise BadInput(f"there is no augmentation {name!r}; {nearest(name, NAMES)}")
        if not self.augmentations or len(set(self.augmentations)) < len(self.augmentations):
            raise BadInput(f"augmentations = {list(self.augmentations)}; expected one or more, each once")
        check_recipe(self.recipe, "common")
        odd = sorted({"augment", "augmentation", "network_settings", "data_settings"} & set(self.recipe))
        if odd:
            raise BadInput(f"the common recipe has {', '.join(odd)}, which the study chooses; leave it out")
        if self.seeds < 1:
            raise BadInput(f"seeds = {self.seeds}; expected one or more, three for intervals")

    def conduct(self, space: Workspace) -> StudyResult:
        """Train all, then look at every layer of each with all images changed."""
        settings = {"network_settings": dict(self.network_settings), "data_settings": dict(self.data_settings)}
        seeds = range(self.first_seed, self.first_seed + self.seeds)
        jobs = [
            Job(
                name,
                self.network,
                self.data,
                {**self.recipe, **settings, **({"augmentation": [name]} if name != NONE else {})},
                seed,
            )
            for seed in seeds
            for name in self._recipes
        ]
        files = dict(zip([(job.name, job.seed) for job in jobs], train_all(space, jobs), strict=True))
        data = opened_data(self.data, self.data_settings)
        accuracies = {name: np.array([accuracies_of(files[name, seed])[1] for seed in seeds]) for name in self._recipes}
        looked: dict[tuple[str, int], dict[str, Any]] = {}
        for (name, seed), file in files.items():
            space.say(f"looking at {name}, seed {seed}")
            network = partial(
                opened_network, self.network, str(file), {"classes": len(data.class_names), **self.network_settings}
            )
            looked[name, seed] = space.kept(f"layers-{name}-{seed}", partial(self._looked, network, data))
        return self._result(accuracies, looked)

    @property
    def _recipes(self) -> tuple[str, ...]:
        return (NONE, *self.augmentations, ALL)

    def _looked(self, network: Any, data: "DataSet") -> dict[str, Any]:
        """NNCS of every layer, and the neighbours that stay when all images are changed by each augmentation."""
        part = data.partition("validation").balanced(self.samples)
        opened: Network = network()
        clean = self._graphs(opened, part)
        kept = {}
        for name in self.augmentations:
            changed = self._graphs(opened, augmented(part, every_time(_only(name)), seed=0))
            kept[name] = [layer_similarity_value(graph, changed[layer]) for layer, graph in clean.items()]
        labels = part.labels
        assert labels is not None  # it was trained on them
        first = next(iter(clean.values()))
        return {
            "layers": list(clean),
            "classes": [class_similarity(graph, labels).value for graph in clean.values()],
            "kept": kept,
            "chance": chance_similarity(first.n, first.k),
        }

    def _graphs(self, network: "Network", part: "DataSet") -> dict[str, NeighborGraph]:
        """Of every layer; what it is computed from is not kept."""
        k = self.k if self.k is not None else max(1, len(part) // (10 * len(part.class_names)))
        with TemporaryDirectory() as folder:
            recording = record(network, part, self.layers or None, Path(folder) / "recording")
            return {layer.name: neighbor_graph(recording.points(layer.name), k) for layer in recording.layers}

    def _result(
        self, accuracies: Mapping[str, Float[np.ndarray, " seeds"]], looked: Mapping[tuple[str, int], Mapping[str, Any]]
    ) -> StudyResult:
        layers = next(iter(looked.values()))["layers"]
        chance = next(iter(looked.values()))["chance"]
        curves = {
            (recipe, name): np.array([found["kept"][name] for (r, _), found in looked.items() if r == recipe])
            for recipe in self._recipes
            for name in self.augmentations
        }  # (seeds, layers)
        figures = [self._accuracy_figure(accuracies), self._classes_figure(layers, looked)]
        figures += [self._kept_figure(name, layers, curves, chance) for name in self.augmentations]
        onsets = {name: _onset(layers, curves[name, name], curves[NONE, name]) for name in self.augmentations}
        tables = (self._accuracy_table(accuracies), _onset_table(onsets))
        return StudyResult(self.title, self.summary, _sentences(accuracies, onsets, self.data), tuple(figures), tables)

    def _accuracy_figure(self, accuracies: Mapping[str, Float[np.ndarray, " seeds"]]) -> StudyFigure:
        rows = [
            ScoreRow("validation", name, None, mean_over_seeds(found, "accuracy")) for name, found in accuracies.items()
        ]
        text = "Mean over seeds with its 95 % interval."
        return StudyFigure("accuracy", "Validation accuracy", text, ScoreTable(tuple(rows)), axis="augmentation")

    def _classes_figure(
        self, layers: Sequence[str], looked: Mapping[tuple[str, int], Mapping[str, Any]]
    ) -> StudyFigure:
        rows = []
        for recipe in self._recipes:
            values = np.array([found["classes"] for (r, _), found in looked.items() if r == recipe])
            rows += [
                ScoreRow(recipe, layer, None, mean_over_seeds(values[:, i], NNCS)) for i, layer in enumerate(layers)
            ]
        return StudyFigure(
            "class_similarity",
            "NNCS by layer",
            "Of unchanged validation images; mean over seeds.",
            ScoreTable(tuple(rows)),
        )

    def _kept_figure(
        self,
        name: str,
        layers: Sequence[str],
        curves: Mapping[tuple[str, str], Float[np.ndarray, "seeds l"]],
        chance: float,
    ) -> StudyFigure:
        rows = []
        for recipe in (NONE, name, ALL):
            for i, layer in enumerate(layers):
                score = mean_over_seeds(curves[recipe, name][:, i], NNLS)
                rows.append(ScoreRow(f"trained with {recipe}", layer, None, _with_null(score, chance)))
        return StudyFigure(
            f"kept_{name}",
            f"Neighbours that stay under {name}",
            f"NNLS of each layer with itself when every image is changed by {name}; mean over seeds. Where the curve of networks that "
            "were trained with it lies above, they have learned to look past it.",
            ScoreTable(tuple(rows)),
        )

    def _accuracy_table(self, accuracies: Mapping[str, Float[np.ndarray, " seeds"]]) -> StudyTable:
        gaps = differences(accuracies, NONE)
        theirs = {row["augmentation"]: row for row in published("augmentation_ablation_cifar10")}
        rows = []
        for name, found in accuracies.items():
            mean = mean_over_seeds(found, "accuracy")
            score, p = gaps.get(name, (None, None))
            row = theirs[PUBLISHED[name]]
            rows.append(
                (
                    name, 100 * mean.value, 100 * mean.details.get("spread", float("nan")) if len(found) > 1 else None,
                    None if score is None else 100 * score.value, "" if score is None else interval_in_points(score), p,
                    float(row["mean_accuracy"]), float(row["std"]),
                )
            )  # fmt: skip
        heads = (
            "augmentation",
            "validation %",
            "sd over seeds",
            "less none, points",
            "95 %",
            "p (Holm)",
            "published (CIFAR10) %",
            "published sd",
        )
        return StudyTable("augmentations", "Accuracy by augmentation", heads, tuple(rows))


@final
@dataclass(frozen=True)
class Onset:
    """Where networks that were trained with a change look past it.

    Attributes
    ----------
    layer : str or None
        The first from which on the neighbours that stay are more, beyond the interval over seeds, at all layers up to the widest gap;
        None if nowhere.
    widest : str
        Where the gap is widest.
    gap : Score
        There, over seeds.
    """

    layer: str | None
    widest: str
    gap: Score


def _onset(layers: Sequence[str], trained: Float[np.ndarray, "seeds l"], plain: Float[np.ndarray, "seeds l"]) -> Onset:
    """Read off the gaps seed by seed, corrected for all layers (Bonferroni)."""
    from scipy.stats import t

    gaps = trained - plain
    means, seeds = gaps.mean(axis=0), len(gaps)
    widest = int(means.argmax())
    score = mean_over_seeds(gaps[:, widest], NNLS)
    if seeds < 2:
        return Onset(None, layers[widest], score)
    error = gaps.std(axis=0, ddof=1) / np.sqrt(seeds)
    clear = means > float(t.ppf(1 - 0.025 / len(layers), seeds - 1)) * error
    clear &= means > 0
    if not clear[widest]:
        return Onset(None, layers[widest], score)
    first = widest
    while first > 0 and clear[first - 1]:
        first -= 1
    return Onset(layers[first], layers[widest], score)


def _onset_table(onsets: Mapping[str, Onset]) -> StudyTable:
    rows = tuple(
        (name, onset.layer or "nowhere beyond what seeds do", onset.widest, _gap(onset.gap))
        for name, onset in onsets.items()
    )
    heads = ("augmentation", "from layer", "most at", "NNLS more [95 %]")
    return StudyTable("onsets", "From where on the change is looked past", heads, rows)


def _gap(score: Score) -> str:
    if not np.isfinite(score.interval[0]):
        return f"{score.value:+.3f}, one seed"
    return with_interval((score.value, *score.interval), "+.3f")


def _only(name: str) -> Any:
    from repscope.training import Augmentation

    return Augmentation.only(name)


def _with_null(score: Score, null: float) -> Score:
    return replace(score, null=null)


def _sentences(
    accuracies: Mapping[str, Float[np.ndarray, " seeds"]], onsets: Mapping[str, Onset], data: str
) -> tuple[str, ...]:
    gaps = differences(accuracies, NONE)
    said = [
        f"Without augmentation {100 * accuracies[NONE].mean():.1f} % of the validation images are named rightly, with all {100 * accuracies[ALL].mean():.1f} %."
    ]
    for better, word in ((True, "better"), (False, "worse")):
        named = [
            f"{n} ({100 * s.value:+.1f} points, p = {p:.2g})"
            for n, (s, p) in gaps.items()
            if p < 0.05 and (s.value > 0) is better
        ]
        said.append(
            f"{word.capitalize()} than none, beyond what seeds do (paired t test, 5 % over all): {', '.join(named) or 'none'}."
        )
    for name, onset in onsets.items():
        if onset.layer is None:
            said.append(
                f"{name}: no layer keeps more neighbours for having been trained with it, beyond what seeds do."
            )
        else:
            said.append(
                f"{name}: networks trained with it look past it from {onset.layer} on, most at {onset.widest} (NNLS {onset.gap.value:+.3f})."
            )
    if not data.startswith("cifar10:"):
        said.append("The published figures are of CIFAR10: not the same data.")
    return tuple(said)


study = AugmentationStudy()
