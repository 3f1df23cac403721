"""Fine-tuning: what becomes of layers, of units and of retrieval when a network goes on to another task?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import UInt8

from repscope.activations import Recording, record
from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput
from repscope.core.sprites import sprite_sheet
from repscope.measures.layer_similarity import chance_similarity, layer_similarity_value
from repscope.neighbors import neighbor_graph, suggest_k
from repscope.networks import load_network
from repscope.studies._class_half import ADDRESS, HALVES, half_of_classes
from repscope.studies._curves import figure_of
from repscope.studies._detectors import check_concepts, detector_shares
from repscope.studies._families import check_recipe
from repscope.studies._paired import mean_over_seeds
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_network
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike
from repscope.studies._trainings import Job, accuracies, train_all
from repscope.transfer import described, postprocessing, retrieve, same_label
from repscope.transfer._described import descriptors_of
from repscope.units import top_patches

if TYPE_CHECKING:
    from repscope.data import DataSet

Drawing = tuple[str, str, dict[str, Any]]
"""Title, kind, what is drawn."""
BEFORE, AFTER = "before", "after"
WAYS = {"A to B": HALVES, "B to A": HALVES[::-1]}
SIDE = 48


@final
@dataclass(frozen=True)
class FineTuning(TrainedAlike):
    """Two tasks of one data set; a network of each is trained on to the other: both directions.

    Settings beside those of `TrainedAlike`, whose recipe is that of the networks before:

    Parameters
    ----------
    data : str
        Address; with labels, four classes or more, training and validation images.
    data_settings : mapping
    further : mapping
        The recipe of fine-tuning.
    copied : str
        Modules that are trained on, as glob patterns; the others (the classifier) begin anew.
    split : int
        Seed of the division of the classes into the two tasks.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int
        Validation images of the new task on which layers are compared and searched.
    unit_layer : str
        Whose units are looked at.
    units : int
        How many of them are shown, the first.
    patches : int
        Of each unit.
    concepts : str
        Address of concept data, such as ``scenes``, by which units are dissected before and after, of the first seed; none by default.
    concept_settings : mapping
    """

    title: ClassVar[str] = "What fine-tuning changes"
    summary: ClassVar[str] = (
        "A network of one task is trained on to another: how far each layer moves from where it was, how well every layer finds images of the new task "
        "before and after, and to what its units respond."
    )
    reference: ClassVar[str] = (
        "A. Babenko et al., Neural codes for image retrieval, ECCV 2014 (retrieval before and after); B. Zhou, D. Bau, A. Oliva, A. Torralba, "
        "Interpreting deep visual representations via network dissection, TPAMI 2018 (units before and after)"
    )
    chosen: ClassVar[tuple[str, ...]] = ("frozen", "copied", "weights", *TrainedAlike.chosen)

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    further: Mapping[str, Any] = field(default_factory=lambda: {"epochs": 5, "batch": 32, "learning_rate": 0.01})
    copied: str = "neck,stage*"
    split: int = 0
    layers: tuple[str, ...] = ()
    samples: int = 200
    unit_layer: str = "stage3.1"
    units: int = 8
    patches: int = 6
    concepts: str = ""
    concept_settings: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse recipes and layers that cannot be."""
        super().check()
        check_recipe(self.further, "further")
        check_concepts(self.concepts, self.concept_settings)
        known = [
            name
            for name, _ in load_network(
                self.network, weights="random", **dict(self.network_settings)
            ).module.named_modules()
        ]
        if self.unit_layer not in known:
            raise BadInput(
                f"{self.network!r} has no layer {self.unit_layer!r} whose units could be looked at; see: repscope layers {self.network}"
            )
        for half in HALVES:
            images = half_of_classes(self.data, self.data_settings, half, self.split)
            self.check_looks(images, "validation", self.samples, self.layers)

    def conduct(self, space: Workspace) -> StudyResult:
        """Both bases, both ways on, and what changed."""
        bases = {
            half: train_all(space, [self._job(f"base{half}", half, seed, self.recipe) for seed in self.all_seeds])
            for half in HALVES
        }
        found: dict[str, list[dict[str, Any]]] = {}
        tuned: dict[str, list[Path]] = {}
        for way, (old, new) in WAYS.items():
            tuned[way] = train_all(
                space,
                [
                    self._job(
                        f"{old}-to-{new}", new, seed, self.further, weights=str(bases[old][i]), copied=self.copied
                    )
                    for i, seed in enumerate(self.all_seeds)
                ],
            )
            part = self._images(new)
            found[way] = [
                space.kept(
                    f"changed-{old}-to-{new}-{seed}", partial(self._changed, space, bases[old][i], tuned[way][i], part)
                )
                for i, seed in enumerate(self.all_seeds)
            ]
        from_scratch = {way: [accuracies(path)[1] for path in bases[new]] for way, (_, new) in WAYS.items()}
        after = {way: [accuracies(path)[1] for path in tuned[way]] for way in WAYS}
        pairs = {way: {BEFORE: bases[old][0], AFTER: tuned[way][0]} for way, (old, _) in WAYS.items()}
        dissected = space.kept("units-dissected", partial(self._dissected, space, pairs)) if self.concepts else None
        drawings = tuple(self._drawing(way, pairs[way], self._images(new)) for way, (_, new) in WAYS.items())
        return self._result(found, from_scratch, after, dissected, drawings)

    def _images(self, half: str) -> "DataSet":
        images = half_of_classes(self.data, self.data_settings, half, self.split).partition("validation")
        return images.balanced(min(self.samples, len(images)))

    def _job(self, name: str, half: str, seed: int, recipe: Mapping[str, Any], **more: Any) -> Job:
        settings = {"data": self.data, "data_settings": dict(self.data_settings), "half": half, "split": self.split}
        return Job(
            name,
            self.network,
            ADDRESS,
            {**recipe, "network_settings": dict(self.network_settings), "data_settings": settings, **more},
            seed,
        )

    def _changed(self, space: Workspace, before: Path, after: Path, part: "DataSet") -> dict[str, Any]:
        """Layer by layer: likeness of before and after, mean average precision of both; and the patches that units keep."""
        space.say(f"comparing {before.stem} and {after.stem}")
        networks = {BEFORE: opened_network(self.network, str(before)), AFTER: opened_network(self.network, str(after))}
        with TemporaryDirectory() as folder:
            recordings = {
                when: record(network, part, self.layers or None, Path(folder) / when, warn=lambda _message: None)
                for when, network in networks.items()
            }
            names = [layer.name for layer in recordings[BEFORE].layers]
            k = suggest_k(len(part), len(part.class_names))
            graphs = {
                when: {name: neighbor_graph(one.points(name), k) for name in names} for when, one in recordings.items()
            }
            precision = {when: [self._precision(one, name) for name in names] for when, one in recordings.items()}
        tops = {
            when: top_patches(network, part, [self.unit_layer], self.patches)[self.unit_layer].rows
            for when, network in networks.items()
        }
        shared = [
            len(set(a) & set(b)) / self.patches
            for a, b in zip(tops[BEFORE].tolist(), tops[AFTER].tolist(), strict=True)
        ]
        return {
            "layers": names,
            "likeness": [layer_similarity_value(graphs[BEFORE][name], graphs[AFTER][name]) for name in names],
            "chance": chance_similarity(len(part), k),
            "precision": {when: [value for value, _ in values] for when, values in precision.items()},
            "by_chance": precision[BEFORE][0][1],
            "shared": shared,
            "shared_by_chance": self.patches / len(part),
        }

    def _precision(self, recording: Recording, layer: str) -> tuple[float, float]:
        """Mean average precision of a layer, and what chance gives."""
        (way,) = descriptors_of(recording, layer, ("average",))
        vectors = postprocessing("l2").fit_transform(described(recording, layer, way))
        assert recording.labels is not None
        score = retrieve(vectors, vectors, *same_label(recording.labels), metric="euclidean").score
        return score.value, float(score.null or 0.0)

    def _dissected(self, space: Workspace, pairs: Mapping[str, Mapping[str, Path]]) -> list[list[Any]]:
        """The share of units that detect a concept, both ways, before and after."""
        networks = {
            f"{way}, {when}": partial(opened_network, self.network, str(path))
            for way, pair in pairs.items()
            for when, path in pair.items()
        }
        return detector_shares(networks, self.concepts, self.concept_settings, space.say)

    def _drawing(self, way: str, pair: Mapping[str, Path], part: "DataSet") -> Drawing:
        """Patches of the first units, before and after, of the first seed."""
        pictures: list[UInt8[np.ndarray, "h w 3"]] = []
        rows = []
        tops = {
            when: top_patches(opened_network(self.network, str(path)), part, [self.unit_layer], self.patches)
            for when, path in pair.items()
        }
        width = len(tops[BEFORE][self.unit_layer].rows)
        for unit in range(min(self.units, width)):
            for when, top in tops.items():
                names = [part.ids[row] for row in top[self.unit_layer].rows[unit].tolist()]
                tiles = [{"at": len(pictures) + i, "name": name, "right": None} for i, name in enumerate(names)]
                pictures += list(top.pictures(self.unit_layer, unit, SIDE))
                rows.append({"name": f"unit {unit}, {when}", "words": "", "tiles": tiles})
        title = f"Units of {self.unit_layer}, {way}"
        summary = (
            "The parts of images of the new task to which each unit responds most, before and after; the first seed."
        )
        sheet = asdict(sprite_sheet(np.stack(pictures)))
        return title, "strips", {"title": title, "summary": summary, "rows": rows, "sheet": sheet}

    def _result(
        self,
        found: Mapping[str, list[dict[str, Any]]],
        from_scratch: Mapping[str, list[float]],
        after: Mapping[str, list[float]],
        dissected: list[list[Any]] | None,
        drawings: tuple[Drawing, ...],
    ) -> StudyResult:
        likeness, precision, table = [], [], []
        for way, mine in found.items():
            layers = mine[0]["layers"]
            moved = np.array([one["likeness"] for one in mine])
            found_by = {when: np.array([one["precision"][when] for one in mine]) for when in (BEFORE, AFTER)}
            for j, layer in enumerate(layers):
                likeness.append(
                    ScoreRow(
                        way,
                        layer,
                        None,
                        replace(mean_over_seeds(moved[:, j], "layer_similarity"), null=mine[0]["chance"]),
                    )
                )
                for when, values in found_by.items():
                    score = replace(mean_over_seeds(values[:, j], "map"), null=mine[0]["by_chance"])
                    precision.append(ScoreRow(f"{way}, {when}", layer, None, score))
            best = int(found_by[AFTER].mean(axis=0).argmax())
            table.append(
                (
                    way, 100 * float(np.mean(from_scratch[way])), 100 * float(np.mean(after[way])), layers[best], float(found_by[BEFORE][:, best].mean()),
                    float(found_by[AFTER][:, best].mean()), float(np.mean([one["shared"] for one in mine])), mine[0]["shared_by_chance"],
                )
            )  # fmt: skip
        figures = [
            StudyFigure("likeness", "How far layers move", "NNLS of each layer before and after, on validation images of the new task; mean over seeds.", ScoreTable(tuple(likeness))),
            StudyFigure("precision", "Retrieval before and after", "Mean average precision of every layer, of images of the new task; mean over seeds.", ScoreTable(tuple(precision))),
        ]  # fmt: skip
        if dissected is not None:
            figures.append(
                figure_of("detectors", "Units that detect a concept", "Before and after, of the first seed.", dissected)
            )
        heads = (
            "way", "validation % from scratch", "fine-tuned", "best layer for retrieval", "mAP before", "after", f"patches that units of {self.unit_layer} keep",
            "by chance",
        )  # fmt: skip
        return StudyResult(
            self.title,
            self.summary,
            self._sentences(table, found),
            tuple(figures),
            (StudyTable("ways", "Both ways", heads, tuple(table)),),
            drawings=drawings,
        )

    def _sentences(self, table: list[tuple[Any, ...]], found: Mapping[str, list[dict[str, Any]]]) -> tuple[str, ...]:
        out = []
        for row in table:
            mine = found[row[0]]
            moved = np.mean([one["likeness"] for one in mine], axis=0)
            layers = mine[0]["layers"]
            hidden = range(1, len(layers)) if layers[0] == INPUT else range(len(layers))
            least = min(hidden, key=lambda j: moved[j])
            most = max(hidden, key=lambda j: moved[j])
            out.append(
                f"{row[0]}: fine-tuned it is right on {row[2]:.1f} % of the new task, from scratch {row[1]:.1f} %. Mean average precision at {row[3]} goes "
                f"from {row[4]:.3f} to {row[5]:.3f}. {layers[most]} moves least (NNLS {moved[most]:.2f}), {layers[least]} most ({moved[least]:.2f}; chance "
                f"{mine[0]['chance']:.2f}). Units of {self.unit_layer} keep {100 * row[6]:.0f} % of the images to which they respond most, by chance "
                f"{100 * row[7]:.0f} %."
            )
        return tuple(out)


study = FineTuning()
