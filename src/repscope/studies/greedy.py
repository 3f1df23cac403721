"""Windows of attention by trial: stage after stage, the window with which the network is right most often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.activations import Scale
from repscope.core.errors import BadInput
from repscope.networks._resnet import PLANS
from repscope.networks._settings import height_and_width
from repscope.studies._designs import stage_count
from repscope.studies._paired import mean_over_seeds
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike, accuracies_of


@final
@dataclass(frozen=True)
class Greedy(TrainedAlike):
    """STAC in the first stage with every window, then in the second beside the best of the first, and so on.

    Settings beside those of `TrainedAlike`, whose network is to be a residual one of repscope; the mean over seeds decides:

    Parameters
    ----------
    data : str
        Address; with training and validation images.
    data_settings : mapping
    tried : tuple of int or "global"
        Windows; in each stage those that divide its maps.
    """

    title: ClassVar[str] = "Windows by trial"
    summary: ClassVar[str] = (
        "Attention is put into one stage after the other, each time with every window, and the window with the highest validation "
        "accuracy is kept: what the windows read from an analysis are to be measured by, at the cost of all these trainings."
    )
    reference: ClassVar[str] = f"{THESIS}, chapter 7, the greedy strategy"

    data: str = "glyphs"
    data_settings: Mapping[str, Any] = field(default_factory=lambda: {"per_class": 400})
    tried: tuple[int | str, ...] = (2, 4, 8, "global")
    seeds: int = 1

    def check(self) -> None:
        """Refuse what cannot be trained, before anything is."""
        super().check()
        for stage in range(1, stage_count(self.network) + 1):
            if not self._fitting(stage):
                raise BadInput(
                    f"none of the windows {list(self.tried)} divides the maps of stage {stage}; expected one that does"
                )

    def conduct(self, space: Workspace) -> StudyResult:
        """Stage after stage."""
        chosen: list[Scale] = []
        rows: list[ScoreRow] = []
        for stage in range(1, stage_count(self.network) + 1):
            means = {}
            for window in self._fitting(stage):
                found = self._validation(space, [*chosen, window])
                means[window] = float(found.mean())
                rows.append(ScoreRow(f"stage {stage}", str(window), None, mean_over_seeds(found, "accuracy")))
            chosen.append(max(means, key=lambda window: means[window]))
        return self._result(chosen, rows)

    def _fitting(self, stage: int) -> list[Scale]:
        """The windows that divide the maps of a stage; of those that cover them, the first."""
        height, width = height_and_width(self.network_settings.get("size", 32), self.network)
        sides = PLANS[self.network.removeprefix("repscope:")].maps(height, width)[stage - 1]
        found: dict[tuple[int, int], Scale] = {}
        for window in self.tried:
            high, wide = (side if window == "global" else min(int(window), side) for side in sides)
            if sides[0] % high == 0 and sides[1] % wide == 0:
                found.setdefault((high, wide), window)
        return list(found.values())

    def _validation(self, space: Workspace, windows: list[Scale]) -> Float[np.ndarray, " seeds"]:
        """Validation accuracies of the network with these windows in its first stages, by seed."""
        design = {"attention": "stac", "stages": list(range(1, len(windows) + 1)), "window": windows}
        name = "windows-" + "-".join(map(str, windows))
        files = self.trained(space, {name: {"network_settings": design}}, self.data, self.data_settings)
        return accuracies_of(files)[name]

    def _result(self, chosen: list[Scale], rows: list[ScoreRow]) -> StudyResult:
        best = [
            max((row for row in rows if row.partition == f"stage {stage}"), key=lambda row: row.score.value)
            for stage in range(1, len(chosen) + 1)
        ]
        figure = StudyFigure(
            "accuracy",
            "Validation accuracy over windows",
            "Of each stage with every window, the stages before it having their best; mean over seeds.",
            ScoreTable(tuple(rows)),
            axis="window",
        )
        table = StudyTable(
            "windows",
            "Windows that are kept",
            ("stage", "window", "validation %"),
            tuple(
                (i, window, 100 * row.score.value) for i, (window, row) in enumerate(zip(chosen, best, strict=True), 1)
            ),
        )
        words = ", ".join(map(str, chosen))
        said = [
            f"Windows by trial: {words}; with them in all stages {100 * best[-1].score.value:.1f} % of the validation images are named rightly."
        ]
        if self.seeds < 3:
            said.append(
                f"With {self.seeds} training{'s' * (self.seeds > 1)} of each, windows that are alike are chosen between by chance."
            )
        return StudyResult(self.title, self.summary, tuple(said), (figure,), (table,))


study = Greedy()
