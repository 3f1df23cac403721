"""Fooling: is a network that has learnt what fooling patterns look like fooled again?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch

from repscope.core.errors import BadInput
from repscope.core.files import read_tensors, write_tensors
from repscope.measures import Score
from repscope.networks import Network
from repscope.networks._logits import ClassOutput
from repscope.studies._paired import mean_over_seeds
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import opened_data, opened_network
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike
from repscope.studies._trainings import Job, accuracies, train_all
from repscope.studies._with_patterns import ADDRESS
from repscope.units import Appearance, fool

DRAWN, EVOLVED, EARLIER = "patterns before evolution", "patterns evolved for it", "patterns of the networks before it"


@final
@dataclass(frozen=True)
class Fooling(TrainedAlike):
    """Patterns are evolved for a network, the network is trained anew with these as one class more, and patterns are evolved again.

    Settings beside those of `TrainedAlike`:

    Parameters
    ----------
    data : str
        Address; with labels, training and validation images.
    data_settings : mapping
    rounds : int
        How often the network is trained anew, each time with all patterns so far.
    patterns : int
        Of each class and round.
    generations : int
        Of the evolution.
    sure : float
        The probability from which a network counts as fooled.
    """

    title: ClassVar[str] = "Fooled again?"
    summary: ClassVar[str] = (
        "Patterns in which people see nothing are evolved until the network is sure of them; then it is trained anew with these as a "
        "class of their own, and patterns are evolved for the new network."
    )
    reference: ClassVar[str] = "A. Nguyen, J. Yosinski, J. Clune, Deep neural networks are easily fooled, CVPR 2015"
    chosen: ClassVar[tuple[str, ...]] = ("data_settings",)

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    rounds: int = 2
    patterns: int = 12
    generations: int = 40
    sure: float = 0.9

    def check(self) -> None:
        """Refuse numbers that answer nothing."""
        super().check()
        if self.rounds < 1 or self.patterns < 2 or self.generations < 1 or not 0 < self.sure < 1:
            raise BadInput(
                f"rounds = {self.rounds}, patterns = {self.patterns}, generations = {self.generations}, sure = {self.sure}; expected a round, "
                "two patterns of each class (one is for validation), a generation or more, and a probability between 0 and 1"
            )

    def conduct(self, space: Workspace) -> StudyResult:
        """Train, evolve, train anew, evolve again."""
        found = []
        for number in range(self.rounds + 1):
            files = train_all(space, [self._job(space, number, seed) for seed in self.all_seeds])
            for seed, weights in zip(self.all_seeds, files, strict=True):
                space.say(f"patterns for {_title(number)}, seed {seed}")
                made = space.kept(f"fooled-{number}-{seed}", partial(self._fooled, space, number, seed, weights))
                found.append({"round": number, "seed": seed, **made})
        return self._result(found)

    def _job(self, space: Workspace, number: int, seed: int) -> Job:
        """The training of a round: the data alone at first, then with the patterns of all rounds before."""
        data, settings = self.data, dict(self.data_settings)
        if number:
            files = [str(_patterns(space, before, seed)) for before in range(number)]
            data, settings = ADDRESS, {"data": data, "data_settings": settings, "patterns": files}
        recipe = {**self.recipe, "network_settings": dict(self.network_settings), "data_settings": settings}
        return Job(f"round-{number}", self.network, data, recipe, seed)

    def _fooled(self, space: Workspace, number: int, seed: int, weights: Path) -> dict[str, Any]:
        """Patterns evolved for one network, and what it makes of them and of those before."""
        network = opened_network(self.network, str(weights))
        classes = len(opened_data(self.data, self.data_settings).class_names)
        looks = Appearance.of(network)
        wanted = [kind for kind in range(classes) for _ in range(self.patterns)]
        made = fool(
            network.module, wanted, network.input_shape, generations=self.generations, looks=looks, seed=1000 * number + seed
        )  # fmt: skip
        images = torch.from_numpy(looks.pictures(made.images))
        write_tensors(_patterns(space, number, seed), {"images": images}, {})
        before = [_patterns(space, earlier, seed) for earlier in range(number)]
        training, validation = accuracies(weights)
        return {
            "sure": float(np.mean(made.confidence >= self.sure)),
            "drawn": float(np.mean(made.history[0] >= self.sure)),
            "confidence": float(np.median(made.confidence)),
            "earlier": self._named(network, before, classes) if before else None,
            "training": training,
            "validation": validation,
        }

    def _named(self, network: Network, files: list[Path], classes: int) -> float:
        """The share of patterns that the network surely takes for one of the classes of the data."""
        images = torch.cat([read_tensors(file)[0]["images"] for file in files]).permute(0, 3, 1, 2)
        with torch.no_grad():
            sure = ClassOutput(network.module)(network.preprocess(list(images))).softmax(1)[:, :classes].amax(1)
        return float((sure >= self.sure).float().mean())

    def _result(self, found: list[dict[str, Any]]) -> StudyResult:
        scores = {curve: [] for curve in (DRAWN, EVOLVED, EARLIER)}  # type: dict[str, list[Score]]
        rows = []
        for number in range(self.rounds + 1):
            mine = [one for one in found if one["round"] == number]
            for curve, name in ((DRAWN, "drawn"), (EVOLVED, "sure"), (EARLIER, "earlier")):
                values = [one[name] for one in mine if one[name] is not None]
                if values:
                    score = mean_over_seeds(np.array(values), "fooled")
                    scores[curve].append(score)
                    rows.append(ScoreRow(curve, _title(number), None, score))
        figure = StudyFigure(
            "fooled",
            "Patterns that fool the network",
            f"Share of patterns that it takes for a class with a probability of {self.sure:g} or more; mean over seeds.",
            ScoreTable(tuple(rows)),
            axis="network",
        )
        heads = (
            "network", "seed", "validation %", "fooled %", "median probability", "before evolution %", "by patterns of the networks before %"
        )  # fmt: skip
        table = StudyTable(
            "networks",
            "Every network",
            heads,
            tuple(
                (
                    _title(one["round"]), one["seed"], 100 * one["validation"], 100 * one["sure"], one["confidence"], 100 * one["drawn"],
                    None if one["earlier"] is None else 100 * one["earlier"],
                )
                for one in found
            ),
        )  # fmt: skip
        return StudyResult(self.title, self.summary, _sentences(scores[EVOLVED], scores[EARLIER]), (figure,), (table,))


def _sentences(evolved: list[Score], earlier: list[Score]) -> tuple[str, ...]:
    first, last = evolved[0].value, evolved[-1].value
    times = "once" if len(evolved) == 2 else f"{len(evolved) - 1} times"
    again = "it is fooled again" if last >= first / 2 else "it is fooled less"
    return (
        f"Of the patterns that are evolved for the network {100 * first:.0f} % fool it.",
        f"Trained anew with such patterns as a class, {times}, {again}: {100 * last:.0f} % of those evolved for it then do, "
        f"though of the patterns that it has learnt only {100 * earlier[-1].value:.0f} %.",
    )


def _title(number: int) -> str:
    """Of the networks of a round.

    >>> _title(0), _title(1), _title(3)
    ('as it was', 'trained anew', 'trained anew, 3rd time')
    """
    if number < 2:
        return ("as it was", "trained anew")[number]
    suffix = {2: "nd", 3: "rd"}.get(number, "th")
    return f"trained anew, {number}{suffix} time"


def _patterns(space: Workspace, number: int, seed: int) -> Path:
    return space.folder / "patterns" / f"round-{number}-seed-{seed}.safetensors"


study = Fooling()
