"""Augmentation: what does each change of the training images give, and at which layer does a network learn to look past it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, nearest
from repscope.measures.class_similarity import class_similarity
from repscope.measures.layer_similarity import chance_similarity, layer_similarity_value
from repscope.studies._augmentation_words import ALL, NNLS, NONE, accuracy_table, onset, onset_table, sentences
from repscope.studies._augmented import augmented, every_time
from repscope.studies._paired import mean_over_seeds
from repscope.studies._plan import take_at_most
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_data, opened_network, passing_graphs
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike, accuracies_of

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

NAMES = ("translate", "rotation", "flip", "jitter", "grayscale", "blur")
NNCS = "class_similarity"


@final
@dataclass(frozen=True)
class AugmentationStudy(TrainedAlike):
    """Trainings without augmentation, with each of several alone, and with all; what each layer makes of changed images.

    Settings beside those of `TrainedAlike`, whose recipe is longer here, because changed images take longer to learn:

    Parameters
    ----------
    data : str
        Address; with training and validation images.
    data_settings : mapping
    augmentations : tuple of str
        Those of the published table, or some of them.
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

    chosen: ClassVar[tuple[str, ...]] = ("augment", "augmentation", *TrainedAlike.chosen)

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    augmentations: tuple[str, ...] = NAMES
    layers: tuple[str, ...] = ()
    samples: int = 300
    k: int | None = None
    recipe: Mapping[str, Any] = field(default_factory=lambda: {"epochs": 24, "batch": 32}, kw_only=True)

    def check(self) -> None:
        """Refuse what is no augmentation of the table, and recipes that augment already."""
        super().check()
        for name in self.augmentations:
            if name not in NAMES:
                raise BadInput(f"there is no augmentation {name!r}; {nearest(name, NAMES)}")
        if not self.augmentations or len(set(self.augmentations)) < len(self.augmentations):
            raise BadInput(f"augmentations = {list(self.augmentations)}; expected one or more, each once")
        self.check_looks(opened_data(self.data, self.data_settings), "validation", self.samples, self.layers, self.k)

    def conduct(self, space: Workspace) -> StudyResult:
        """Train all, then look at every layer of each with all images changed."""
        variants: dict[str, dict[str, Any]] = {name: {"augmentation": [name]} for name in self._recipes if name != NONE}
        files = self.trained(space, {NONE: {}, **variants}, self.data, self.data_settings)
        data = opened_data(self.data, self.data_settings)
        settings = {"classes": len(data.class_names), **self.network_settings}
        looked: dict[tuple[str, int], dict[str, Any]] = {}
        for name, paths in files.items():
            for seed, path in zip(self.all_seeds, paths, strict=True):
                space.say(f"looking at {name}, seed {seed}")
                network = partial(opened_network, self.network, str(path), settings)
                looked[name, seed] = space.kept(f"layers-{name}-{seed}", partial(self._looked, network, data))
        return self._result(accuracies_of(files), looked)

    @property
    def _recipes(self) -> tuple[str, ...]:
        return (NONE, *self.augmentations, ALL)

    def _looked(self, network: Any, data: "DataSet") -> dict[str, Any]:
        """NNCS of every layer, and the neighbours that stay when all images are changed by each augmentation."""
        part = take_at_most(data.partition("validation"), self.samples)
        opened: Network = network()
        clean = passing_graphs(opened, part, self.layers, self.k)
        kept = {}
        for name in self.augmentations:
            changed = passing_graphs(opened, augmented(part, every_time(_only(name)), seed=0), self.layers, self.k)
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
        onsets = {name: onset(layers, curves[name, name], curves[NONE, name]) for name in self.augmentations}
        tables = (accuracy_table(accuracies), onset_table(onsets))
        return StudyResult(self.title, self.summary, sentences(accuracies, onsets, self.data), tuple(figures), tables)

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
                rows.append(ScoreRow(f"trained with {recipe}", layer, None, replace(score, null=chance)))
        return StudyFigure(
            f"kept_{name}",
            f"Neighbours that stay under {name}",
            f"NNLS of each layer with itself when every image is changed by {name}; mean over seeds. Where the curve of networks that "
            "were trained with it lies above, they have learned to look past it.",
            ScoreTable(tuple(rows)),
        )


def _only(name: str) -> Any:
    from repscope.training import Augmentation

    return Augmentation.only(name)


study = AugmentationStudy()
