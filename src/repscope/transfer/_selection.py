"""Every choice of features judged, and what the best gives: rows and sentences."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from repscope.activations._layers import INPUT
from repscope.measures import Score
from repscope.transfer._choice import RETRIEVAL, Choice
from repscope.transfer._pipeline import FeaturePipeline

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False)
class Ranked:
    """A choice, and how well it did on the images to choose by.

    Attributes
    ----------
    choice : Choice
    dimension : int
        Of what comes out.
    score : Score
        Accuracy or mean average precision, each image judged without itself.
    behind : Score
        The best choice's values less these, image by image, with its interval.
    place : int
        Of the layer in its network, from 0.
    multiply_adds : int
        Of the whole network, for an image; 0 for the image itself.
    log_me, h_score : float
        Of the descriptor before post-processing.
    """

    choice: Choice
    dimension: int
    place: int
    multiply_adds: int
    score: Score
    behind: Score
    log_me: float
    h_score: float

    @property
    def as_good(self) -> bool:
        """Whether it cannot be told from the best on these images."""
        return not self.behind.interval[0] > 0


@final
@dataclass(frozen=True, eq=False)
class Selection:
    """Every choice, the best first, and what the best gives on images that it was not chosen by.

    Attributes
    ----------
    ranked : tuple of Ranked
    expected : Score
        Of the best choice, fitted on all images to choose by, on the images held back.
    best : FeaturePipeline
        Ready to use, and to save.
    chosen_by, held_back : int
        Numbers of images.
    """

    ranked: tuple[Ranked, ...]
    expected: Score
    best: FeaturePipeline
    chosen_by: int
    held_back: int

    def frame(self) -> "pd.DataFrame":
        """A row for each choice (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Selection.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame(self.rows())
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """The same as dictionaries."""
        return [
            {
                **vars(line.choice),
                "dimension": line.dimension,
                "score": line.score.value,
                "low": line.score.interval[0],
                "high": line.score.interval[1],
                "behind": line.behind.value,
                "as_good": line.as_good,
                "multiply_adds": line.multiply_adds,
                "log_me": line.log_me,
                "h_score": line.h_score,
            }
            for line in self.ranked
        ]

    def sentences(self) -> list[str]:
        """What it says."""
        first, last = self.ranked[0], self.ranked[-1]
        alike = [line for line in self.ranked[1:] if line.as_good]
        smallest = min(alike, key=lambda line: line.dimension, default=None)
        what = "accuracy" if first.choice.use != RETRIEVAL else "mean average precision"
        low, high = self.expected.interval
        out = [
            f"Take {first.choice.layer} of {first.choice.network}, {first.choice.descriptor}, post-processing {first.choice.postprocessing}, "
            f"{first.choice.use}: {first.dimension} numbers for an image, and an expected {what} of {100 * self.expected.value:.1f} % "
            f"[{100 * low:.1f}, {100 * high:.1f}] on {self.held_back:,} images that it was not chosen by.",
            f"Of {len(self.ranked)} choices {len(alike)} cannot be told from it on the {self.chosen_by:,} images to choose by"
            + (
                f"; the smallest of these is {smallest.choice}, with {smallest.dimension} numbers." if smallest else "."
            ),
            f"The worst, {last.choice}, is {100 * last.behind.value:.1f} points behind.",
        ]
        raw = [line for line in self.ranked if line.choice.layer == INPUT]
        if raw and raw[0] is not first:
            out.append(
                f"The pixels themselves are {100 * raw[0].behind.value:.1f} points behind at their best ({raw[0].choice.use})."
            )
        return out
