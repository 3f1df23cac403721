"""The answer: intersection over union of every unit and concept, and what chance gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CUSTOMARY = 0.04
"""The IoU above which the paper calls a unit a detector."""


@final
@dataclass(frozen=True, eq=False)
class Dissection:
    """Units and concepts of one layer.

    Attributes
    ----------
    iou : (units, concepts) array
        Pixels of both over pixels of either, summed over all images, IoU = Σ |M ∩ L| / Σ |M ∪ L|; NaN for concepts that never occur.
    thresholds : (units,) array
        A unit's mask is where its activation, upsampled, is strictly above.
    quantile : float
        The share of pixels above the threshold that was asked for.
    null : (permutations, units) array
        Each unit's highest IoU when masks are paired with the activations of other images.
    dead : (dead,) integers
        Units that give the same everywhere: they have no mask, and detect nothing.
    names, categories : tuple of str
        Of the concepts.
    """

    iou: Float[np.ndarray, "units concepts"]
    thresholds: Float[np.ndarray, " units"]
    quantile: float
    null: Float[np.ndarray, "permutations units"]
    dead: Int[np.ndarray, " dead"]
    names: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def best(self) -> Int[np.ndarray, " units"]:
        """Of each unit, the concept of highest IoU."""
        return np.asarray(np.where(np.isnan(self.iou), -1, self.iou).argmax(1))

    @property
    def highest(self) -> Float[np.ndarray, " units"]:
        """That IoU."""
        return np.take_along_axis(self.iou, self.best[:, None], 1)[:, 0]

    @property
    def p(self) -> Float[np.ndarray, " units"]:
        """Of each unit, the share of permutations in which its highest IoU is as high or higher; NaN without permutations."""
        if not len(self.null):
            return np.full(len(self.iou), np.nan)
        found: Float[np.ndarray, " units"] = (1 + (self.null >= self.highest).sum(0)) / (1 + len(self.null))
        return found

    def detectors(self, threshold: float = CUSTOMARY, rate: float | None = None) -> Int[np.ndarray, " detectors"]:
        """Units whose highest IoU is above a threshold and, if a rate is given, above what chance gives.

        Parameters
        ----------
        threshold : float
        rate : float, optional
            The share of false discoveries that is allowed among the units found, by the permutations (Benjamini and Hochberg 1995).

        Raises
        ------
        BadInput
            If a rate is given without permutations, or with so few that no p can be below it.
        """
        found = self.highest > threshold
        if rate is not None:
            self._check_resolution(rate)
            found &= discoveries(self.p, rate)
        return np.flatnonzero(found)

    def _check_resolution(self, rate: float) -> None:
        count = len(self.null)
        if not count:
            raise BadInput(
                "false discoveries cannot be controlled without permutations; dissect with permutations = 100 or more"
            )
        if 1 / (1 + count) > rate:
            raise BadInput(
                f"p is {1 / (1 + count):.2g} or more with {count} permutations; discoveries at a rate of {rate:g} take {round(1 / rate) - 1} or more, "
                f"about {round(len(self.iou) / rate) - 1} for one of {len(self.iou)} units to be found by itself"
            )

    def unique(self, threshold: float = CUSTOMARY, rate: float | None = None) -> Int[np.ndarray, " concepts"]:
        """Concepts that have a detector."""
        return np.unique(self.best[self.detectors(threshold, rate)])

    def beyond(self, others: "Sequence[Dissection]", rate: float = 0.05) -> Int[np.ndarray, " units"]:
        """Units whose highest IoU is above what units of other networks reach, such as networks of random weights.

        Permutations say that a unit knows something of a concept; so do units of random weights, where brightness or edges are
        enough to tell it. These say what was learnt: p is the share of their units, and of this one, that reach as much.

        Parameters
        ----------
        others : sequence of Dissection
            Of the same layer and concepts. Of units like theirs the chance that any is called beyond them is the rate. 1 / rate
            of them let a single unit be found; where many units are beyond, fewer do.
        rate : float
            Of false discoveries among the units found (Benjamini and Hochberg 1995).

        Raises
        ------
        BadInput
            If there are none, or of other concepts, or so few units that no p can be below the rate.

        Examples
        --------
        >>> def one(values):
        ...     return Dissection(np.array(values)[:, None], np.zeros(len(values)), 0.005, np.empty((0, len(values))), np.empty(0, int), ("c",), ("c",))
        >>> one([0.01, 0.2]).beyond([one(np.linspace(0, 0.05, 60))]).tolist()
        [1]
        """
        if not others or any(other.names != self.names for other in others):
            raise BadInput(
                f"{len(others)} dissections came to compare with; expected one or more, by the same concepts"
            )
        theirs = np.sort(np.concatenate([other.highest for other in others]))
        if 1 / (1 + len(theirs)) > rate:
            raise BadInput(
                f"{len(theirs)} units came to compare with; expected {round(1 / rate) - 1} or more for a rate of {rate:g}"
            )
        as_high = len(theirs) - np.searchsorted(theirs, self.highest, side="left")
        return np.flatnonzero(discoveries((1 + as_high) / (1 + len(theirs)), rate))

    def by_category(self, threshold: float = CUSTOMARY, rate: float | None = None) -> dict[str, tuple[int, int]]:
        """Of each category, units that detect one of its concepts, and concepts that are detected."""
        units, kinds = self.detectors(threshold, rate), np.array(self.categories)
        counts = {}
        for kind in dict.fromkeys(self.categories):
            chosen = self.best[units][kinds[self.best[units]] == kind]
            counts[kind] = len(chosen), len(np.unique(chosen))
        return counts

    def frame(self) -> "pandas.DataFrame":
        """One row for each unit: threshold, best concept, its category, IoU, what chance gives, p."""
        from repscope.core.optional import optional

        middle = np.median(self.null, axis=0) if len(self.null) else np.full(len(self.iou), np.nan)
        columns = {
            "unit": np.arange(len(self.iou)), "threshold": self.thresholds, "concept": [self.names[i] for i in self.best],
            "category": [self.categories[i] for i in self.best], "iou": self.highest, "chance": middle, "p": self.p,
        }  # fmt: skip
        made: pandas.DataFrame = optional("pandas", "frame()", "frame").DataFrame(columns)
        return made

    def plot(self, threshold: float = CUSTOMARY, rate: float | None = None) -> "Figure":
        """A matplotlib figure: how many units detect each concept, most first, coloured by category; for the arguments see `detectors`."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        counts = np.bincount(self.best[self.detectors(threshold, rate)], minlength=len(self.names))
        order = [concept for concept in np.argsort(-counts, kind="stable").tolist() if counts[concept]]
        kinds = list(dict.fromkeys(self.categories))
        figure = Figure(figsize=(max(3.0, 1.5 + 0.22 * len(order)), 2.8), layout="constrained")
        axes = figure.subplots()
        for number, kind in enumerate(kinds):
            places = [place for place, concept in enumerate(order) if self.categories[concept] == kind]
            if places:
                axes.bar(places, counts[[order[place] for place in places]], color=f"C{number}", label=kind)
        axes.set_xticks(range(len(order)), [self.names[concept] for concept in order], rotation=90, fontsize=7)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylabel("units")
        axes.set_title(f"{counts.sum()} of {len(self.iou)} units detect {len(order)} concepts", fontsize=9)
        if order:
            axes.legend(fontsize=7)
        return figure


def discoveries(p: Float[np.ndarray, " m"] | Sequence[float], rate: float) -> np.ndarray:
    """Which of many p are discoveries of which at most a share is false: up to the last with p_(i) ≤ i rate / m.

    References
    ----------
    Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, 1995.

    Examples
    --------
    >>> discoveries([0.001, 0.02, 0.03, 0.9], 0.05).tolist()
    [True, True, True, False]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    passes = values[order] <= rate * np.arange(1, len(values) + 1) / max(len(values), 1)
    found = np.zeros(len(values), bool)
    if passes.any():
        found[order[: np.flatnonzero(passes)[-1] + 1]] = True
    return found
