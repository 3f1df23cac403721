"""Units: are they meaningful, or the space; are they redundant; can images be had back; what do they detect?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, final

from repscope.activations import planned_layers
from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.studies._curves import figure_of
from repscope.studies._detectors import detectors
from repscope.studies._one_network import OneNetwork
from repscope.studies._result import StudyFigure, StudyResult
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_network
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._unit_questions import attacked, attributed, coherent, inverted, redundant
from repscope.studies._unit_words import attribution_table, coherence_table, detector_table, sentences

if TYPE_CHECKING:
    from repscope.networks import Network


@final
@dataclass(frozen=True)
class Units(OneNetwork):
    """The questions that are asked of units, answered with numbers, layer by layer.

    Settings beside those of `OneNetwork`, and what these are here:

    Parameters
    ----------
    data : str
        Address, with labels; images that the network has not seen, by `data_settings`.
    other : str
        Another network of the same images: canonical directions are those shared with it, and it judges inverted images.
    dissected, concepts : str
        A network, and concept data by which its units are dissected.
    concept_settings : mapping
    concept_layers : tuple of str
        Of the dissected network; all blocks with height and width by default.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int
        Images, balanced by class.
    few : int
        Of these, images that are inverted, attributed and attacked.
    patches : int
        Top images of each unit.
    permutations : int
        Of the null of dissection.
    quantile : float
        Of dissection.
    steps : int
        Of inversions.
    methods : tuple of str
        Attributions that are checked; all by default.
    seed : int
    """

    title: ClassVar[str] = "What is inside units"
    summary: ClassVar[str] = (
        "Units beside random, principal and canonical directions; how much of a unit the other units know; images inverted from every "
        "layer, judged by another network; concepts that units detect, beside a null and a network of random weights; whether "
        "attributions depend on the weights; and what a small change of the image does to its neighbours, layer by layer."
    )
    reference: ClassVar[str] = (
        "C. Szegedy et al., 2014 (units or space); A. Mahendran, A. Vedaldi, 2015 (inversion); D. Bau et al., 2017 (dissection); "
        "J. Adebayo et al., 2018 (random weights)"
    )

    network: str = "repscope:resnet20-glyphs-augmented"
    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 60, "seed": 1}, kw_only=True)
    other: str = "repscope:resnet20-glyphs"
    dissected: str = "repscope:resnet20-scenes"
    concepts: str = "scenes"
    concept_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 60, "seed": 1})
    concept_layers: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    samples: int = 600
    few: int = 12
    patches: int = 9
    permutations: int = 199
    quantile: float = 0.005
    steps: int = 200
    methods: tuple[str, ...] = ()
    seed: int = 0

    def check(self) -> None:
        """Refuse numbers that answer nothing."""
        if self.patches < 2 or self.few < 4 or self.samples < 2 * self.few:
            raise BadInput(
                f"patches = {self.patches}, few = {self.few}, samples = {self.samples}; expected two patches, four images and twice as many samples, or more"
            )

    def conduct(self, space: Workspace) -> StudyResult:
        """One question after the other; what is answered is kept."""
        network, other, data = self.opened_network(), opened_network(self.other), self.opened_data()
        data = data.balanced(min(self.samples, len(data)))
        few = data.balanced(self.few)
        layers = self._layers(network)
        inner = [layer for layer in layers if layer != INPUT]
        asked = {
            "coherence": partial(coherent, network, other, data, inner, self.patches, self.seed),
            "redundancy": partial(redundant, network, data, inner),
            "inversion": partial(inverted, network, other, few, inner, self.steps, self.seed),
            "attributions": partial(attributed, network, few, self.methods, self.seed),
            "attack": partial(attacked, network, data, inner, self.seed),
            "detectors": partial(
                detectors, self.dissected, self.concepts, self.concept_settings, self.concept_layers, self.quantile, self.permutations, self.seed
            ),
        }  # fmt: skip
        found = {}
        for name, ask in asked.items():
            space.say(name)
            found[name] = space.kept(name, ask)
        return self._result(found)

    def _layers(self, network: "Network") -> Sequence[str]:
        return [layer.name for layer in planned_layers(network, self.layers or None)[0]]

    def _result(self, found: Mapping[str, Any]) -> StudyResult:
        figures = (
            figure_of("coherence", "Patches of one class", "Share of pairs among a unit's top images that are of one class; means over units, 95 %.", found["coherence"]["curves"]),
            figure_of("redundancy", "What the other units know", "R² of each unit from all others of its layer, on images that the fit has not seen; means over units.", found["redundancy"]["curves"]),
            figure_of("inversion", "Images inverted from each layer", "Distance of the inverted image from the given one, as the last layer of each network sees them; 1 is what different images give.", found["inversion"]["distance"]),
            _matrix("metamers", "Images inverted from one network, seen by the other", "Rows: the layer that was inverted. Columns: the other network's layer that judges. 0 is the same image, 1 as far as different images.", found["inversion"]["matrix"]),
            figure_of("psnr", "How like the image", "Peak signal-to-noise ratio of inverted images, in decibels.", found["inversion"]["psnr"]),
            figure_of("attack", "Neighbours that stay", "NNLS of each layer with itself when every image is changed to be named otherwise, or by noise of the same length.", found["attack"]["curves"]),
            figure_of("detectors", "Units that detect a concept", "Share of units of a layer.", found["detectors"]["curves"]),
        )  # fmt: skip
        tables = (
            coherence_table(found["coherence"]),
            attribution_table(found["attributions"]),
            detector_table(found["detectors"]),
        )
        return StudyResult(self.title, self.summary, sentences(found), figures, tables)


def _matrix(name: str, title: str, text: str, rows: Sequence[Sequence[Any]]) -> StudyFigure:
    scores = [ScoreRow("inverted images", inverted, judge, Score.from_dict(score)) for inverted, judge, score in rows]
    return StudyFigure(name, title, text, ScoreTable(tuple(scores)))


study = Units()
