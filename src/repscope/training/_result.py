"""What a training leaves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from repscope.networks import Network

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images left.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    learning_rate : float
        At its end.
    loss : float
        Mean cross-entropy of its batches, as augmented and while the weights moved.
    running_accuracy : float
        Of the same batches.
    validation_accuracy : float or None
        Afterwards, in evaluation mode; None without a validation partition.
    """

    epoch: int
    learning_rate: float
    loss: float
    running_accuracy: float
    validation_accuracy: float | None


@final
@dataclass(frozen=True, eq=False)
class Training:
    """What a training leaves.

    Attributes
    ----------
    network : Network
        The trained network.
    accuracies : mapping
        ``"train"``, and ``"validation"`` if the data have such a partition; in evaluation mode without augmentation.
    history : tuple of Epoch
        The log.
    path : Path or None
        The weights file; beside it lie NAME.jsonl (the log, written while training) and NAME.json (the record).
    """

    network: Network
    accuracies: Mapping[str, float]
    history: tuple[Epoch, ...]
    path: Path | None = None

    def frame(self) -> "pd.DataFrame":
        """One row per epoch (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Training.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame([asdict(epoch) for epoch in self.history])
        return frame
