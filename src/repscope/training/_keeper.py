"""What is on disk while a network is trained, and after it: the log, checkpoints, the state, and in the end the weights."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from repscope.core.errors import BadInput
from repscope.core.files import read_tensors, write_bytes
from repscope.data import DataSet
from repscope.networks import Network
from repscope.training._distributed import World
from repscope.training._recipe import Recipe
from repscope.training._record import record_of, write_weights
from repscope.training._result import Epoch, Training
from repscope.training._state import Running, forget, resume, settings_of, state_path, write_state


def checked_checkpoints(epochs: Sequence[int], last: int, out: str | Path | None) -> tuple[int, ...]:
    """The epochs after which weights are to be written, in order.

    Raises
    ------
    BadInput
        If the training does not have one of them, or there is no name for the files.

    Examples
    --------
    >>> checked_checkpoints([5, 1], 10, "mine.safetensors")
    (1, 5)
    """
    odd = [epoch for epoch in epochs if not 1 <= epoch <= last]
    if odd:
        raise BadInput(f"checkpoints={list(epochs)} names epochs that the training does not have; expected 1 to {last}")
    if epochs and out is None:
        raise BadInput(f"checkpoints={list(epochs)} were asked for, and no file for the weights; give one as out")
    return tuple(sorted(set(epochs)))


def checkpoint_path(out: Path, epoch: int) -> Path:
    """Where the weights after an epoch lie.

    >>> checkpoint_path(Path("mine.safetensors"), 5).name
    'mine-epoch-005.safetensors'
    """
    return out.with_name(f"{out.with_suffix('').name}-epoch-{epoch:03d}.safetensors")


@final
@dataclass(frozen=True, eq=False)
class Keeper:
    """Writes what a training leaves; of several processes only the first one's does.

    Attributes
    ----------
    out : Path or None
        The weights file; None writes nothing.
    network, data, recipe, command
        What the training was begun with.
    world : World
        The processes.
    checkpoints : tuple of int
        Epochs after which the weights are written too.
    """

    out: Path | None
    network: Network
    data: DataSet
    recipe: Recipe
    command: str
    world: World
    checkpoints: tuple[int, ...]

    def resumed(self, running: Running, fresh: bool, say: Callable[[str], object] | None) -> list[Epoch]:
        """The epochs that an interrupted training has done, with all else put back where it was then."""
        if self.out is None:
            return []
        if fresh and self.world.first:
            forget(self.out)
        self.world.wait()
        history = resume(self.out, self._settings, running)
        self.world.agree(len(history), f"epochs in {state_path(self.out)}")
        if history and self.world.first:
            # one line more may have been written before the interruption
            write_bytes(self._log, "".join(map(_line, history)).encode())
            if say is not None:
                done = len(history)
                say(f"going on after epoch {done} of {self.recipe.epochs}, from {state_path(self.out)}")
        return history

    def keep(self, history: list[Epoch], trained: Network, running: Running) -> None:
        """After an epoch: a line in the log, a checkpoint if it is one, and the state, which comes last."""
        if self.out is None or not self.world.first:
            return
        self.out.parent.mkdir(parents=True, exist_ok=True)
        mode = "w" if len(history) == 1 else "a"  # a new training begins a new log
        with self._log.open(mode, encoding="utf8") as file:
            file.write(_line(history[-1]))
        if history[-1].epoch in self.checkpoints:
            path = checkpoint_path(self.out, history[-1].epoch)
            write_weights(path, trained.module.state_dict(), self._record(_so_far(history, trained)))
        write_state(self.out, self._settings, history, running)

    def last_good(self, history: list[Epoch], trained: Network) -> str:
        """Of a training that diverged: the weights after its last good epoch become a file, and this says which."""
        if not history or self.out is None:
            return "no epoch was complete" if not history else "no weights were kept, for want of a file to write to"
        path = checkpoint_path(self.out, history[-1].epoch)
        if self.world.first:
            tensors, _ = read_tensors(state_path(self.out))
            weights = {n.removeprefix("module."): t for n, t in tensors.items() if n.startswith("module.")}
            names = self.network.module.state_dict()
            write_weights(path, {name: weights[name] for name in names}, self._record(_so_far(history, trained)))
            forget(self.out)  # going on from there would end in the same way
        return f"the weights after epoch {history[-1].epoch} are kept in {path}"

    def finish(self, done: Training) -> None:
        """The weights and their record; the state is then needed no more."""
        if self.out is None or not self.world.first:
            return
        write_weights(self.out, done.network.module.state_dict(), self._record(done))
        forget(self.out)

    def _record(self, done: Training) -> dict[str, Any]:
        return record_of(done, self.network, self.data, self.recipe, self.command)

    @property
    def _log(self) -> Path:
        assert self.out is not None
        return self.out.with_suffix(".jsonl")

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return settings_of(self.network, self.data, self.recipe, self.world.device, self.world.size, self.checkpoints)


def _line(epoch: Epoch) -> str:
    return json.dumps(asdict(epoch)) + "\n"


def _so_far(history: list[Epoch], trained: Network) -> Training:
    """What a training that is not complete would leave."""
    known = history[-1].validation_accuracy
    return Training(trained, {} if known is None else {"validation": known}, tuple(history))
