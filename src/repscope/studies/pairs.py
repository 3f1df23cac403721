"""Pairs: when do two samples become neighbours along the depth, and when do they cease to be?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Int

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._interval import wilson
from repscope.neighbors import NeighborGraph
from repscope.studies._one_network import OneNetwork
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import DISK, analyzed
from repscope.studies._table import ScoreRow, ScoreTable

NO_BEFORE = ("born", "parted", "born_same")
"""What the first layer has no number of: nobody knows which of its pairs were neighbours before."""
NO_NEXT = ("lost", "parted", "lost_same")
"""What the last layer has no number of."""


@final
@dataclass(frozen=True)
class Pairs(OneNetwork):
    """Neighbour pairs by layer: born, lost, kept to the end, of one class or of two.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        Of the data.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int or None
        A class-balanced subset.
    k : int or None
        Neighbours per sample; n / (10 · classes) by default.
    seed : int
        Of the subset.
    """

    title: ClassVar[str] = "Pairs of samples along the depth"
    summary: ClassVar[str] = (
        "Which pairs of samples become neighbours at each layer, which cease to be, how long they last, and whether they "
        "are of one class: what each layer brings together, and what later layers part again."
    )
    reference: ClassVar[str] = f"{THESIS}, section 8.2, where it is proposed"

    partition: str = "validation"
    layers: tuple[str, ...] = ()
    samples: int | None = None
    k: int | None = None
    seed: int = 0

    def conduct(self, space: Workspace) -> StudyResult:
        """Graphs of all layers, and what becomes of every pair."""
        run = analyzed(
            space, "all", self.opened_network(), self.opened_data(), self.layers,
            partitions=[self.partition], samples=self.samples, k=self.k, until="graphs", seed=self.seed, disk=DISK,
        )  # fmt: skip
        if len(run.layers) < 3:
            raise BadInput(
                f"the pattern chooses {len(run.layers)} layers; expected three or more, to see pairs come and go"
            )
        found = space.kept(
            "pairs", lambda: _followed([run.graph(layer) for layer in run.layers], run.recording().labels)
        )
        return self._result(run.layers, found)

    def _result(self, layers: Sequence[str], found: dict[str, Any]) -> StudyResult:
        def curve(name: str, key: str, counts: str, first: int, last: int) -> list[ScoreRow]:
            return [
                ScoreRow(name, layers[v], None, _share(found[key][v], found[counts][v]))
                for v in range(first, last)
                if found[counts][v]
            ]

        n = len(layers)
        figures = [
            StudyFigure(
                "coming_and_going",
                "Pairs born and lost",
                "Of the pairs at a layer, the share that were no neighbours at the layer before (born), and that are none at the "
                "next (lost).",
                ScoreTable(
                    (*curve("born", "born", "pairs", 1, n), *curve("lost before the next", "lost", "pairs", 0, n - 1))
                ),
            ),
            StudyFigure(
                "kept",
                "Pairs kept to the end",
                "Of the pairs at a layer, the share that are neighbours at the last layer; and of those born there, the share "
                "that are parted again before the end.",
                ScoreTable(
                    (
                        *curve("neighbours at the end", "to_end", "pairs", 0, n),
                        *curve("born, parted again", "parted", "born", 1, n - 1),
                    )
                ),
            ),
        ]
        if found["same"]:
            figures.append(
                StudyFigure(
                    "classes",
                    "Pairs of one class",
                    "The share of pairs of one class among those born at a layer, those lost after it, and all.",
                    ScoreTable(
                        (
                            *curve("all", "same", "pairs", 0, n),
                            *curve("born", "born_same", "born", 1, n),
                            *curve("lost before the next", "lost_same", "lost", 0, n - 1),
                        )
                    ),
                )
            )
        columns = [
            "layer",
            "pairs",
            "born",
            "lost before the next",
            "neighbours at the end",
            "born, parted again",
            "mean life",
        ]
        keys = ["pairs", "born", "lost", "to_end", "parted", "life"]
        if found["same"]:
            columns += ["of one class", "born of one class", "lost of one class"]
            keys += ["same", "born_same", "lost_same"]
        without = {0: NO_BEFORE, n - 1: NO_NEXT}
        rows = tuple(
            (layer, *(None if key in without.get(v, ()) else found[key][v] for key in keys))
            for v, layer in enumerate(layers)
        )
        table = StudyTable("pairs", "Pairs of neighbours (i names j) by layer", tuple(columns), rows)
        return StudyResult(self.title, self.summary, _sentences(layers, found), tuple(figures), (table,))


def _followed(graphs: Sequence[NeighborGraph], labels: Int[np.ndarray, " n"] | None) -> dict[str, list[Any]]:
    """Counts by layer of directed pairs: all, born, lost, at the end, parted again, mean number of layers they last."""
    n = graphs[0].n
    pairs = [np.sort((np.arange(n)[:, None] * n + graph.indices).ravel()) for graph in graphs]
    last = pairs[-1]
    found: dict[str, list[Any]] = {
        key: [] for key in ("pairs", "born", "lost", "to_end", "parted", "life", "same", "born_same", "lost_same")
    }
    for v, here in enumerate(pairs):
        born = ~_among(here, pairs[v - 1]) if v else np.ones(len(here), bool)
        lost = ~_among(here, pairs[v + 1]) if v + 1 < len(pairs) else np.zeros(len(here), bool)
        at_end = _among(here, last)
        found["pairs"].append(len(here))
        found["born"].append(int(born.sum()))
        found["lost"].append(int(lost.sum()))
        found["to_end"].append(int(at_end.sum()))
        found["parted"].append(int((born & ~at_end).sum()))
        found["life"].append(_mean_life(here[born], pairs[v:]))
        if labels is not None:
            same = labels[here // n] == labels[here % n]
            found["same"].append(int(same.sum()))
            found["born_same"].append(int((same & born).sum()))
            found["lost_same"].append(int((same & lost).sum()))
    return found


def _among(these: Int[np.ndarray, " p"], those: Int[np.ndarray, " q"]) -> Bool[np.ndarray, " p"]:
    """Which of these are among those; both ascend."""
    place = np.minimum(np.searchsorted(those, these), len(those) - 1)
    among: Bool[np.ndarray, " p"] = those[place] == these
    return among


def _mean_life(born: Int[np.ndarray, " b"], later: Sequence[Int[np.ndarray, " p"]]) -> float | None:
    """For how many layers on end pairs that were born at the first of these last, on average."""
    if not len(born):
        return None
    total, left = 0, born
    for here in later:
        left = left[_among(left, here)]
        total += len(left)
    return total / len(born)


def _share(part: int, whole: int) -> Score:
    value = part / whole
    return Score(
        "share_of_pairs",
        value,
        wilson(value, whole),
        "analytic, Wilson, pairs as independent",
        details={"pairs": whole},
    )


def _sentences(layers: Sequence[str], found: dict[str, Any]) -> tuple[str, ...]:
    born = np.array(found["born"][1:]) / np.array(found["pairs"][1:])
    most = int(np.argmax(born)) + 1
    sentences = [
        f"{layers[most]} changes most: {100 * born[most - 1]:.0f} % of its pairs were no neighbours at {layers[most - 1]}.",
    ]
    middle = range(1, len(layers) - 1)
    parted = {v: found["parted"][v] / found["born"][v] for v in middle if found["born"][v]}
    if parted:
        worst, best = max(parted, key=parted.__getitem__), min(parted, key=parted.__getitem__)
        which = "any layer" if best == worst and len(parted) > 1 else layers[worst]
        text = f"Of what {which} brings together later layers part {100 * parted[worst]:.0f} % again"
        if best != worst:
            text += f", of what {layers[best]} brings together {100 * parted[best]:.0f} %"
        sentences.append(f"{text}.")
    if found["same"]:
        gain = {
            v: found["born_same"][v] / found["born"][v] - found["lost_same"][v - 1] / found["lost"][v - 1]
            for v in range(1, len(layers))
            if found["born"][v] and found["lost"][v - 1]
        }
        if gain:
            v = max(gain, key=gain.__getitem__)
            sentences.append(
                f"Classes gain most on the way to {layers[v]}: {100 * found['born_same'][v] / found['born'][v]:.0f} % of the pairs born "
                f"there are of one class, of those lost on the way {100 * found['lost_same'][v - 1] / found['lost'][v - 1]:.0f} %."
            )
    return tuple(sentences)


study = Pairs()
