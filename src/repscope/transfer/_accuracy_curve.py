"""Accuracy against a number: of units that are read out, of images of each class."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from repscope.measures import Score
from repscope.measures._mean import mean_score

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@final
@dataclass(frozen=True, eq=False)
class AccuracyCurve:
    """Accuracies at several sizes, of several draws of each.

    Attributes
    ----------
    what : str
        What the sizes count: ``"units"``, ``"images of each class"``.
    sizes : tuple of int
    accuracies : (sizes, draws) float64
    chance : float
        The share of the largest class.
    """

    what: str
    sizes: tuple[int, ...]
    accuracies: Float[np.ndarray, "s draws"]
    chance: float

    @property
    def scores(self) -> tuple[Score, ...]:
        """The mean accuracy at each size, with its interval over draws."""
        return tuple(
            mean_score(line, "accuracy", f"draws of {size} {self.what}", self.chance)
            for size, line in zip(self.sizes, self.accuracies, strict=True)
        )

    def frame(self) -> "pd.DataFrame":
        """A row for each size (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "AccuracyCurve.frame()", "frame")
        rows = [
            {
                self.what: size,
                "accuracy": score.value,
                "low": score.interval[0],
                "high": score.interval[1],
                "chance": self.chance,
            }
            for size, score in zip(self.sizes, self.scores, strict=True)
        ]
        frame: pd.DataFrame = pandas.DataFrame(rows)
        return frame

    def plot(self) -> "Figure":
        """The curve, with its interval and chance."""
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
        values = np.array([[score.value, *score.interval] for score in self.scores])
        axes.plot(self.sizes, values[:, 0], marker="o")
        axes.fill_between(self.sizes, values[:, 1], values[:, 2], alpha=0.2)
        axes.axhline(self.chance, linestyle="--", color="grey", label="chance")
        axes.set(
            xscale="log", xlabel=self.what, ylabel="accuracy", ylim=(0, 1), xticks=self.sizes, xticklabels=self.sizes
        )
        axes.legend()
        return figure
