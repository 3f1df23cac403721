"""Does the advice help? Attention at the advised windows beside the worst windows, other attention, and none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.activations import Scale
from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.studies._designs import stage_count
from repscope.studies._paired import differences, interval_in_points, mean_over_seeds, say_untold
from repscope.studies._plan import check_part
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import DISK, analyzed, opened_data, opened_network
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trained_alike import TrainedAlike, accuracies_of
from repscope.studies._windows import stage_windows

NONE, SE, ADVISED, WORST, UNIFORM = "none", "SE", "STAC advised", "STAC worst", "STAC uniform"
ASKED = (WORST, NONE, SE)
"""What the advised windows are compared with."""
SCALES: tuple[Scale, ...] = (1, 2, 4, 8, "global")

Found = dict[str, dict[str, Any]]


@final
@dataclass(frozen=True)
class Advice(TrainedAlike):
    """For several data sets: train a network, ask it for windows, train it with attention at these and at other windows.

    Settings beside those of `TrainedAlike`, whose network is to be a residual one of repscope:

    Parameters
    ----------
    data_sets : mapping of str to mapping
        Names, each with ``data`` (an address) and perhaps ``data_settings``; each hard enough to tell networks apart.
    samples : int
        Validation images that the windows are chosen by, balanced by class.
    """

    title: ClassVar[str] = "Does the advice help?"
    summary: ClassVar[str] = (
        "The windows at which classes gather in a trained network are advised for attention. Networks with STAC at these windows are "
        "trained beside networks with STAC at the worst windows, with one window everywhere, with squeeze-and-excitation, and without."
    )
    reference: ClassVar[str] = f"{THESIS}, chapter 7, maximum class similarity"

    data_sets: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: {
            "glyphs": {"data": "glyphs", "data_settings": {"per_class": 400}},
            "letters": {"data": "glyphs", "data_settings": {"classes": "OQCGDUVYXZ", "per_class": 400, "seed": 1}},
        }
    )
    samples: int = 500

    def check(self) -> None:
        """Refuse what cannot be trained or compared, before anything is."""
        super().check()
        if not self.data_sets:
            raise BadInput("there are no data sets; expected names, each with 'data' and perhaps 'data_settings'")
        for name, given in self.data_sets.items():
            if "data" not in given or set(given) - {"data", "data_settings"}:
                raise BadInput(
                    f"the data set {name!r} has {sorted(given)}; expected 'data' and perhaps 'data_settings'"
                )
            check_part(opened_data(given["data"], given.get("data_settings")), "validation", self.samples)
        stage_count(self.network)

    def conduct(self, space: Workspace) -> StudyResult:
        """Data set by data set: the base networks, their windows, the others."""
        found: Found = {name: self._asked(space, name, given) for name, given in self.data_sets.items()}
        return self._result(found)

    def _asked(self, space: Workspace, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Windows and accuracies on one data set."""
        of = (data["data"], data.get("data_settings", {}), f"{name}-")
        bases = self.trained(space, {NONE: {}}, *of)
        chosen = space.kept(f"windows-{name}", partial(self._windows, space, name, data, bases[NONE]))
        variants = {NONE: {}, SE: {"network_settings": {"attention": "se"}}}
        for design in (ADVISED, WORST, UNIFORM):
            variants[design] = {"network_settings": {"attention": "stac", "window": chosen[design]}}
        accuracies = accuracies_of(self.trained(space, variants, *of))
        classes = len(opened_data(data["data"], data.get("data_settings")).class_names)
        costs = {design: self.cost_of(variant, classes) for design, variant in variants.items()}
        return {
            "windows": {design: chosen[design] for design in (ADVISED, WORST, UNIFORM)},
            "scores": chosen["scores"],
            "accuracies": accuracies,
            "parameters": {design: spent.parameters for design, spent in costs.items()},
            "flops": {design: spent.flops for design, spent in costs.items()},
        }

    def _windows(self, space: Workspace, name: str, data: Mapping[str, Any], files: Sequence[Path]) -> dict[str, Any]:
        """The best and the worst window of each stage, by the mean NNCS over the base networks."""
        images = opened_data(data["data"], data.get("data_settings"))
        settings = {"classes": len(images.class_names), **self.network_settings}
        asked = []
        for seed, file in zip(self.all_seeds, files, strict=True):
            network = opened_network(self.network, str(file), settings)
            run = analyzed(
                space, f"{name}-{seed}", network, images, ["stage?.?"], partitions=["validation"], samples=self.samples,
                scales=SCALES, pooling="average", measures=["class_similarity"], disk=DISK,
            )  # fmt: skip
            asked.append(stage_windows(run))
        best: list[Scale] = []
        worst: list[Scale] = []
        scores: list[list[Any]] = []
        for stages in zip(*asked, strict=True):
            means = {
                window: float(np.mean([stage.scores[window].value for stage in stages])) for window in stages[0].scores
            }
            best.append(max(means, key=lambda window: means[window]))
            worst.append(min(means, key=lambda window: means[window]))
            scores += [[stages[0].stage, window, value] for window, value in means.items()]
        uniform = [max(asked[0][-1].sides)] * len(best)
        return {ADVISED: best, WORST: worst, UNIFORM: uniform, "scores": scores}

    def _result(self, found: Found) -> StudyResult:
        accuracies = {name: one["accuracies"] for name, one in found.items()}
        everywhere = {d: np.concatenate([of[d] for of in accuracies.values()]) for d in next(iter(accuracies.values()))}
        gaps = {name: _against_advised(of) for name, of in accuracies.items()}
        if len(found) > 1:
            gaps["all of them"] = _against_advised(everywhere)
        rows = [
            ScoreRow(name, design, None, mean_over_seeds(values, "accuracy"))
            for name, of in accuracies.items()
            for design, values in of.items()
        ]
        text = "Mean over seeds with its 95 % interval."
        figures = (StudyFigure("accuracy", "Validation accuracy", text, ScoreTable(tuple(rows)), axis="attention"),)
        table = tuple(
            (
                name, design, ", ".join(map(str, one["windows"].get(design, ()))), one["parameters"][design], one["flops"][design],
                100 * float(np.mean(values)), 100 * float(np.std(values, ddof=1)) if len(values) > 1 else None,
            )
            for name, one in found.items()
            for design, values in one["accuracies"].items()
        )  # fmt: skip
        asked = tuple(
            (name, f"less {other}", 100 * score.value, interval_in_points(score), p)
            for name, of in gaps.items()
            for other, (score, p) in of.items()
        )
        curves = tuple((name, *row) for name, one in found.items() for row in one["scores"])
        tables = (
            StudyTable(
                "networks",
                "Networks, windows, accuracies",
                ("data", "attention", "windows", "parameters", "FLOPs", "validation %", "sd over seeds"),
                table,
            ),
            StudyTable(
                "helps", "STAC at the advised windows, less", ("data", "compared", "points", "95 %", "p (Holm)"), asked
            ),
            StudyTable(
                "windows", "NNCS of the base networks over windows", ("data", "stage", "window", "NNCS"), curves
            ),
        )
        return StudyResult(self.title, self.summary, _sentences(found, gaps), figures, tables)


def _against_advised(of: Mapping[str, Float[np.ndarray, " seeds"]]) -> dict[str, tuple[Score, float]]:
    """Advised less each of the others, seed by seed."""
    turned = differences({ADVISED: of[ADVISED], **{name: of[name] for name in ASKED}}, ADVISED)
    return {name: (_negative(score), p) for name, (score, p) in turned.items()}


def _negative(score: Score) -> Score:
    low, high = score.interval
    return replace(score, value=-score.value, interval=(-high, -low))


def _sentences(found: Found, gaps: Mapping[str, Mapping[str, tuple[Score, float]]]) -> tuple[str, ...]:
    said = []
    for name, one in found.items():
        windows = {design: ", ".join(map(str, one["windows"][design])) for design in (ADVISED, WORST)}
        said.append(f"{name}: advised are windows {windows[ADVISED]}, the worst are {windows[WORST]}.")
    for name, of in gaps.items():
        parts = [
            f"{100 * score.value:+.1f} points [{interval_in_points(score)}] less {other} ({'p cannot be told' if np.isnan(p) else f'p = {p:.2g}'})"
            for other, (score, p) in of.items()
        ]
        said.append(f"{name}: STAC at the advised windows: {'; '.join(parts)}.")
    last = list(gaps.values())[-1]
    said += say_untold(last)
    for other, (score, p) in last.items():
        where = "over all data sets" if len(found) > 1 else "here"
        if not p < 0.05:
            said.append(f"Better than {other}? It cannot be told {where} from what seeds do.")
        else:
            said.append(f"Better than {other}? {'Yes' if score.value > 0 else 'No, worse'}, {where}.")
    return tuple(said)


study = Advice()
