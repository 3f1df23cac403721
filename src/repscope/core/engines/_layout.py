"""How many workers a cluster has room for, and of how many cores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from repscope.core.engines._engine import Needs
from repscope.core.errors import BadInput, OutOfSpace

CORES = 8
"""Of a worker without a GPU, unless workers are counted: more do not speed up the forward pass of small batches."""


@final
@dataclass(frozen=True)
class Machine:
    """What a machine of the cluster has for tasks."""

    cores: int
    gpus: int
    memory: int

    def room(self, cores: int, needs: Needs) -> int:
        """How many workers of so many cores fit."""
        limits = [self.cores // cores]
        if needs.gpu:
            limits.append(self.gpus)
        if needs.memory:
            limits.append(self.memory // needs.memory)
        return max(0, min(limits))


@final
@dataclass(frozen=True)
class Layout:
    """So many workers of so many cores each."""

    workers: int
    cores: int


def lay_out(machines: Sequence[Machine], workers: int | None, needs: Needs) -> Layout:
    """The workers of a cluster: as many as asked for, each with as many cores as there are for all, and as a task can use.

    Raises
    ------
    OutOfSpace, BadInput
        If no machine has what one worker needs, or there is no room for so many.

    Examples
    --------
    >>> lay_out([Machine(16, 0, 2**36), Machine(8, 0, 2**36)], None, Needs())
    Layout(workers=3, cores=8)
    >>> lay_out([Machine(16, 2, 2**36)], None, Needs(gpu=True))
    Layout(workers=2, cores=8)
    >>> lay_out([Machine(16, 0, 2**36)], None, Needs(cores=1))
    Layout(workers=16, cores=1)
    """
    most = sum(machine.room(1, needs) for machine in machines)
    if most < 1:
        wanted = f"1 core, {needs.memory / 2**30:.2f} GiB{' and a GPU' if needs.gpu else ''}"
        had = ", ".join(f"{m.cores} cores, {m.memory / 2**30:.2f} GiB, {m.gpus} GPUs" for m in machines) or "none"
        raise OutOfSpace(
            f"a task needs {wanted}, and no machine of the cluster has that ({had}); give --memory less, or other machines"
        )
    if workers is None:
        each = needs.cores or CORES
        usual = sum(min(m.room(1, needs), m.gpus if needs.gpu else max(1, m.cores // each)) for m in machines)
        workers = max(1, usual)
    if workers > most:
        raise BadInput(
            f"{workers} workers were asked for and the cluster has room for {most}, a core each; expected 1 to {most}"
        )
    cores = max(machine.cores for machine in machines)
    cores = min(cores, needs.cores or cores)
    while sum(machine.room(cores, needs) for machine in machines) < workers:
        cores -= 1
    return Layout(workers, cores)
