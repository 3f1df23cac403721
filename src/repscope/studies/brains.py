"""Brains: which layer is most like what neurons answered to the same images, and is it as good to read from?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.activations import Recording, record
from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures.cka import cka
from repscope.measures.rsa import rsa
from repscope.studies._curves import curves_of, rows_of
from repscope.studies._one_network import OneNetwork
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.transfer import described
from repscope.transfer.brains import Responses, predictivity, read_responses, readout, simulated_responses

if TYPE_CHECKING:
    from repscope.data import DataSet

LAYERS, NEURONS = "units of the layer", "neurons"
PREDICTED, RSA, CKA = "predictivity", "rsa", "cka"


@final
@dataclass(frozen=True)
class Brains(OneNetwork):
    """Every layer beside recorded responses: predictivity under a noise ceiling, RSA, CKA, and readouts of as many units as noisy.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    responses : str
        A file ``.npz`` of recorded responses (`read_responses`), whose ids are those of images of the data; without one, neurons are
        simulated.
    simulated : str
        The layer of the network of which the simulated neurons are linear, in part.
    simulated_weights : str or None
        Weights of the network that they are simulated from: "random", a file, or none for the network's own.
    neurons, presentations : int
        Simulated ones.
    explained, reliability : float
        Of simulated neurons: what is linear in the layer, and the ceiling.
    partition : str
        Of the data.
    samples : int or None
        A class-balanced subset of the images, for simulated neurons.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    units : tuple of int
        Numbers of units that are read out; those that there are not are left out.
    draws : int
        Samples of units of each number.
    seed : int
    """

    title: ClassVar[str] = "Layers and neurons"
    summary: ClassVar[str] = (
        "How much of what neurons answer to images, and answer again, a linear map from each layer predicts; how alike both are by RSA and "
        "CKA; and how well classes are read from as many units of a layer as from neurons, under equal noise."
    )
    reference: ClassVar[str] = (
        "C. Cadieu et al., PLoS Computational Biology 10 (2014); M. Schrimpf et al., Brain-Score, bioRxiv 407007 (2018)"
    )

    network: str = "repscope:resnet20-glyphs"
    data: str = "glyphs"
    responses: str = ""
    simulated: str = "stage3.0"
    simulated_weights: str | None = None
    neurons: int = 60
    presentations: int = 5
    explained: float = 0.6
    reliability: float = 0.5
    partition: str = "validation"
    samples: int | None = 500
    layers: tuple[str, ...] = ()
    units: tuple[int, ...] = (5, 10, 20, 40)
    draws: int = 5
    seed: int = 0

    def conduct(self, space: Workspace) -> StudyResult:
        """Record, compare layer by layer, read out."""
        data = self.opened_data()
        recorded = read_responses(self.responses) if self.responses else None
        part = self._images(data, recorded)
        network = self.opened_network()
        recording = record(network, part, self.layers or None, space.folder / "recording", warn=lambda _message: None)
        responses = recorded.at(part.ids) if recorded is not None else self._simulated(space, part)
        names = [layer.name for layer in recording.layers]
        found = {}
        for name in names:
            space.say(f"comparing {name}")
            found[name] = space.kept(f"layer-{name}", partial(self._compared, recording, name, responses))
        best = max(names, key=lambda name: float(found[name][PREDICTED]["value"]))
        read = (
            space.kept("readout", partial(self._read, recording, best, responses)) if part.labels is not None else None
        )
        return self._result(found, names, best, read, recorded is None)

    def _images(self, data: "DataSet", recorded: Responses | None) -> "DataSet":
        if recorded is None:
            part = data.partition(self.partition)
            return part if self.samples is None or self.samples >= len(part) else part.balanced(self.samples, self.seed)
        place = {name: row for row, name in enumerate(data.ids)}
        rows = [place[name] for name in recorded.ids if name in place]
        if len(rows) < len(recorded.ids):
            missing = next(name for name in recorded.ids if name not in place)
            raise BadInput(
                f"{len(recorded.ids) - len(rows)} of {len(recorded.ids)} images of {self.responses!r} are not in {data.name!r}, such as {missing!r}; "
                "responses name images by the ids of the data set"
            )
        return data.subset(rows)

    def _simulated(self, space: Workspace, part: "DataSet") -> Responses:
        network = self.opened_network(self.simulated_weights)
        source = record(network, part, [self.simulated], space.folder / "simulated", warn=lambda _message: None)
        features = described(source, self.simulated, "flat").astype(np.float64)
        made = simulated_responses(
            features, self.neurons, self.presentations, self.explained, self.reliability, self.seed
        )
        return Responses(made.values, part.ids, made.neurons)

    def _compared(self, recording: Recording, layer: str, responses: Responses) -> dict[str, Any]:
        features = recording.activations(layer)
        predicted = predictivity(features, responses)
        means = responses.mean
        return {
            PREDICTED: predicted.score.as_dict(),
            "ceiling": None if np.isnan(predicted.ceiling) else predicted.ceiling,
            "r2": float(predicted.r2.mean()),
            "notes": list(predicted.notes),
            RSA: rsa(features, means).as_dict(),
            CKA: cka(features, means).as_dict(),
        }

    def _read(self, recording: Recording, layer: str, responses: Responses) -> dict[str, Any]:
        """Accuracy against the number of units: neurons, and units of the layer with as much noise, and with none."""
        labels = recording.labels
        assert labels is not None
        features = recording.activations(layer)
        ceilings: Float[np.ndarray, " m"] | None = None
        if not np.isnan(responses.noise).any():
            noise = (responses.noise[None, :] / responses.trials).mean(axis=0)
            ceilings = 1 - noise / responses.mean.var(axis=0)
        alive = features.std(axis=0) > 0
        curves: dict[str, tuple[Float[np.ndarray, "_ _"], Float[np.ndarray, " m"] | None]] = {
            NEURONS: (responses.mean, None),
            LAYERS: (features[:, alive], None),
        }
        if ceilings is not None:
            curves[f"{LAYERS}, as noisy"] = (features[:, alive], ceilings)
        most = min(rows.shape[1] for rows, _ in curves.values())
        sizes = [size for size in self.units if size <= most] or [most]
        out = {}
        for name, (rows, shares) in curves.items():
            made = readout(rows, labels, sizes, self.draws, shares, self.seed)
            out[name] = {str(size): score.as_dict() for size, score in zip(made.sizes, made.scores, strict=True)}
        return {"layer": layer, "curves": rows_of(out)}

    def _result(
        self,
        found: Mapping[str, Mapping[str, Any]],
        names: Sequence[str],
        best: str,
        read: Mapping[str, Any] | None,
        simulated: bool,
    ) -> StudyResult:
        titles = {
            PREDICTED: ("Predictivity", "R² of responses to unseen images from a linear map of the layer, over what repeats (the ceiling)."),
            RSA: ("RSA", "Rank correlation of the dissimilarities of images, of the layer and of mean responses; not corrected for noise."),
            CKA: ("CKA", "Linear, debiased, with mean responses; not corrected for noise."),
        }  # fmt: skip
        figures = [
            StudyFigure(
                what,
                title,
                text,
                ScoreTable(tuple(ScoreRow("layer", name, None, Score.from_dict(found[name][what])) for name in names)),
            )
            for what, (title, text) in titles.items()
        ]
        if read is not None:
            rows = [
                ScoreRow(curve, size, None, Score.from_dict(dict(score)))
                for curve, scores in curves_of(read["curves"]).items()
                for size, score in scores.items()
            ]
            text = f"Accuracy of a linear readout of units sampled at random, cross-validated; the layer is {read['layer']}. Mean over samples of units."
            figures.append(StudyFigure("readout", "Readout", text, ScoreTable(tuple(rows)), axis="units"))
        heads = ("layer", "predictivity", "95 %", "R², not corrected", "ceiling", "RSA", "CKA")
        table = StudyTable(
            "layers",
            "Every layer beside the responses",
            heads,
            tuple(
                (
                    name, found[name][PREDICTED]["value"], "{:.3f} to {:.3f}".format(*found[name][PREDICTED]["interval"]), found[name]["r2"],
                    found[name]["ceiling"], found[name][RSA]["value"], found[name][CKA]["value"],
                )
                for name in names
            ),
        )  # fmt: skip
        return StudyResult(
            self.title, self.summary, self._sentences(found, names, best, read, simulated), tuple(figures), (table,)
        )

    def _sentences(
        self,
        found: Mapping[str, Mapping[str, Any]],
        names: Sequence[str],
        best: str,
        read: Mapping[str, Any] | None,
        simulated: bool,
    ) -> tuple[str, ...]:
        score, ceiling = found[best][PREDICTED], found[best]["ceiling"]
        low, high = score["interval"]
        corrected = (
            ""
            if ceiling is None
            else f" of what repeats, which is {100 * ceiling:.0f} % of the variance of mean responses"
        )
        out = [
            f"{best} predicts most: {100 * score['value']:.0f} % [{100 * low:.0f}, {100 * high:.0f}]{corrected}; by RSA the closest layer is "
            f"{max(names, key=lambda n: found[n][RSA]['value'])}, by CKA {max(names, key=lambda n: found[n][CKA]['value'])}."
        ]
        if simulated:
            out.append(
                f"The neurons are simulated: {100 * self.explained:.0f} % of what repeats is linear in {self.simulated}, and {100 * self.reliability:.0f} % of the "
                "variance of their means repeats."
            )
        if read is not None:
            curves = curves_of(read["curves"])
            size = list(curves[NEURONS])[-1]
            said = ", ".join(f"{100 * curves[name][size]['value']:.0f} % from {size} {name}" for name in curves)
            out.append(f"Classes are read from {said}.")
        out += [f"Note: {note}." for note in found[best]["notes"]]
        return tuple(out)


study = Brains()
