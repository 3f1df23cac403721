"""A network is analysed while it is trained: a run of validation images after every so many epochs."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, final

from repscope.core.errors import BadInput
from repscope.studies._analysis import analyze
from repscope.studies._run import Run

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

SAMPLES = 500
"""Images of a run, if nothing else is asked for: it is to cost little beside an epoch."""


@final
@dataclass(eq=False)
class AnalysesWhileTraining:
    """Runs of a network at several epochs of its training, and the time that they took.

    Parameters
    ----------
    data : DataSet
        That is trained on; analysed are images of its partition ``"validation"``.
    every : int
        After how many epochs, each time.
    samples : int
        How many images, balanced over the classes.
    seconds : float
        What the analyses took so far.
    runs : list of Run
        Those made so far, in NAME-runs/epoch-001 and so on.

    Raises
    ------
    BadInput
        If the data have no such partition, or `every` is less than one.
    """

    data: "DataSet"
    every: int
    samples: int = SAMPLES
    seconds: float = 0.0
    runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.every < 1:
            raise BadInput(f"an analysis every {self.every} epochs cannot be made; expected 1 or more")
        if "validation" not in self.data.partitions:
            raise BadInput(
                f"the data set {self.data.name!r} has no partition 'validation' to be analysed while training; it has "
                f"{', '.join(self.data.partitions) or 'none'}"
            )

    def of(self, out: Path, fresh: bool = False) -> "Callable[[int, Network], None]":
        """What is to be called after every epoch of the training that writes the weights file `out`.

        Raises
        ------
        BadInput
            If there are runs of an earlier training that is not to be gone on with; with `fresh` they are removed.
        """
        from repscope.training._state import state_path

        folder = out.with_name(f"{out.with_suffix('').name}-runs")
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.exists() and not state_path(out).exists():
            raise BadInput(
                f"{folder} holds analyses of another training; move them away, give another file to write, or remove them with --fresh"
            )

        def after(epoch: int, network: "Network") -> None:
            if epoch and epoch % self.every == 0:
                begin = time.perf_counter()
                place = folder / f"epoch-{epoch:03d}"
                run = analyze(
                    network,
                    self.data,
                    out=place,
                    partitions=["validation"],
                    samples=self.samples,
                    warn=lambda _message: None,
                )
                self.runs.append(run)
                self.seconds += time.perf_counter() - begin

        return after
