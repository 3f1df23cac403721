"""Emergence: when, in a training and along the depth, do units begin to detect concepts?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from repscope.data.concepts import ConceptData, load_concepts
from repscope.measures import Score
from repscope.measures._interval import wilson
from repscope.studies._checkpoints import check_checkpoints, checkpoint_files
from repscope.studies._detectors import layers_with_maps, random_weights
from repscope.studies._one_network import OneNetwork
from repscope.studies._plan import check_layers
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.units import dissect_network

if TYPE_CHECKING:
    from repscope.networks import Network
    from repscope.units import Dissection


@final
@dataclass(frozen=True)
class Emergence(OneNetwork):
    """Checkpoints of a training, each dissected.

    Settings beside those of `OneNetwork`, and what these are here:

    Parameters
    ----------
    data : str
        Address of a data set with training and validation images.
    weights : str or None
        Those with which the training begins: "random", a file, or none for the network's own.
    epochs, batch : int
    learning_rate : float
    at : tuple of int
        Epochs that are dissected, 0 being the untrained network; all if none are given.
    checkpoints : tuple of str
        Files of weights in the order of a training that was done before, in place of training here.
    concepts : str
        Address of concept data.
    concept_settings : mapping
    layers : tuple of str
        Those with height and width that are dissected; all blocks by default.
    quantile : float
        Of dissection.
    seed : int
    """

    title: ClassVar[str] = "Detectors, epoch by epoch"
    summary: ClassVar[str] = (
        "At every checkpoint of one training, the units of every layer that detect a concept: above the customary IoU, and above what units "
        "of networks of random weights reach."
    )
    reference: ClassVar[str] = "D. Bau et al., Network dissection, CVPR 2017, section 3.4"

    network: str = "repscope:resnet20"
    data: str = "scenes"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 300}, kw_only=True)
    weights: str | None = field(default="random", kw_only=True)
    epochs: int = 10
    learning_rate: float = 0.04
    batch: int = 32
    at: tuple[int, ...] = (0, 1, 2, 5, 10)
    checkpoints: tuple[str, ...] = ()
    concepts: str = "scenes"
    concept_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 60, "seed": 1})
    layers: tuple[str, ...] = ()
    quantile: float = 0.005
    seed: int = 0

    def check(self) -> None:
        """Refuse trainings with nothing to follow."""
        check_checkpoints(self.checkpoints, self.epochs, self.at, self.weights)
        load_concepts(self.concepts, **dict(self.concept_settings))
        check_layers(self.network, self.network_settings, len(self.opened_data().class_names), self.layers)

    def conduct(self, space: Workspace) -> StudyResult:
        """Checkpoints, and the detectors of each."""
        from repscope.training import Recipe

        data = self.opened_data()
        recipe = Recipe(epochs=self.epochs, learning_rate=self.learning_rate, batch=self.batch, seed=self.seed)
        begin = partial(self.opened_network, classes=len(data.class_names), seed=self.seed)
        files = checkpoint_files(space, self.checkpoints, self.at, recipe, begin, data)
        concepts = load_concepts(self.concepts, **dict(self.concept_settings))
        layers = list(self.layers) or layers_with_maps(begin())
        missing = [name for name in files if not (space.folder / "steps" / f"{name}.json").exists()]
        random: list[dict[str, Dissection]] = []
        if missing:
            space.say("networks of random weights")
            random = random_weights(begin, concepts, layers, self.quantile, self.seed + 1)
        opened = partial(self.opened_network, classes=len(data.class_names))
        found = {}
        for name, path in files.items():
            space.say(name)
            found[name] = space.kept(name, partial(self._detected, opened(str(path)), concepts, layers, random))
        return self._result(found)

    def _detected(
        self, network: "Network", concepts: ConceptData, layers: list[str], random: "list[dict[str, Dissection]]"
    ) -> list[dict[str, Any]]:
        """Layer by layer, the detectors of one checkpoint and of which kinds their concepts are."""
        rows = []
        for layer, one in dissect_network(network, concepts, layers, self.quantile).items():
            units = np.intersect1d(one.detectors(), one.beyond([other[layer] for other in random]))
            kinds = [one.categories[concept] for concept in one.best[units]]
            rows.append(
                {
                    "layer": layer,
                    "units": len(one.iou),
                    "detectors": len(units),
                    "concepts": len(np.unique(one.best[units])),
                    "kinds": {kind: kinds.count(kind) for kind in dict.fromkeys(one.categories)},
                }
            )
        return rows

    def _result(self, found: Mapping[str, list[dict[str, Any]]]) -> StudyResult:
        scores = [
            ScoreRow(name, row["layer"], None, _share(row["detectors"], row["units"]))
            for name, rows in found.items()
            for row in rows
        ]
        figure = StudyFigure(
            "detectors",
            "Units that detect a concept",
            "Share of the units of each layer, at every checkpoint.",
            ScoreTable(tuple(scores)),
        )
        kinds = list(next(iter(found.values()))[0]["kinds"])
        table = StudyTable(
            "checkpoints",
            "Detectors at every checkpoint",
            ("checkpoint", "layer", "units", "detectors", "concepts", *kinds),
            tuple(
                (
                    name,
                    row["layer"],
                    row["units"],
                    row["detectors"],
                    row["concepts"],
                    *(row["kinds"][kind] for kind in kinds),
                )
                for name, rows in found.items()
                for row in rows
            ),
        )
        return StudyResult(self.title, self.summary, _sentences(found), (figure,), (table,))


def _share(count: int, of: int) -> Score:
    return Score("detectors", count / of, wilson(count / of, of), "Wilson")


def _sentences(found: Mapping[str, list[dict[str, Any]]]) -> tuple[str, ...]:
    names = list(found)
    totals = {name: sum(row["detectors"] for row in rows) for name, rows in found.items()}
    units = sum(row["units"] for row in found[names[0]])
    first, last = names[0], names[-1]
    said = [f"Of {units} units {totals[first]} detect a concept at {first}, {totals[last]} at {last}."]
    if totals[last]:
        half = next(name for name in names if totals[name] >= totals[last] / 2)
        said.append(f"Half as many as in the end are there at {half}.")
        deep = max(found[last], key=lambda row: row["detectors"] / row["units"])
        kinds = {kind: sum(row["kinds"][kind] for row in found[last]) for kind in deep["kinds"]}
        most = max(kinds, key=lambda kind: kinds[kind])
        said.append(
            f"In the end the share is highest at {deep['layer']} ({100 * deep['detectors'] / deep['units']:.0f} %), and most detectors are of the kind "
            f"{most!r} ({kinds[most]} of {totals[last]})."
        )
    return tuple(said)


study = Emergence()
