"""Ray's workers: tasks that run wherever there is room, and actors that hold something."""

import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, final

from repscope.core.engines._engine import Needs
from repscope.core.engines._layout import Layout
from repscope.core.errors import BadInput
from repscope.core.functions import USER_FILE

RETRIES = 5
"""How often a task is repeated when its worker ends."""


class Pool(ABC):
    """Starts tasks; a reference to a task is what Ray waits for."""

    @abstractmethod
    def start(self, item: Any) -> Any:
        """Start the task of an item, and give back its reference."""

    @abstractmethod
    def ended(self, reference: Any) -> None:
        """The task of the reference has ended."""

    @abstractmethod
    def close(self, running: Sequence[Any]) -> None:
        """End all, and what still runs."""


@final
class Tasks(Pool):
    """Tasks that run wherever there is room."""

    def __init__(self, ray: Any, work: Callable[..., Any], layout: Layout, needs: Needs) -> None:
        self._ray, self._work, self._cores = ray, work, layout.cores
        self._task = ray.remote(**_options(layout, needs), max_retries=RETRIES, name=_name(work))(_call)

    def start(self, item: Any) -> Any:
        """One more."""
        return self._task.remote(self._work, self._cores, item)

    def ended(self, reference: Any) -> None:
        """Nothing is to be given back."""

    def close(self, running: Sequence[Any]) -> None:
        """End what runs: the one who wanted it does not want it any more."""
        for reference in running:
            self._ray.cancel(reference, force=True)


@final
class Actors(Pool):
    """Workers that hold what `prepare` made; each does one task at a time."""

    def __init__(
        self, ray: Any, work: Callable[..., Any], prepare: Callable[[], Any], layout: Layout, needs: Needs
    ) -> None:
        self._ray, self._name = ray, _name(work)
        for name, module in list(sys.modules.items()):
            if name.startswith(USER_FILE):  # workers cannot import a user's file by this name
                ray.cloudpickle.register_pickle_by_value(module)
        try:
            self._sent = [
                ray.put(prepare)
            ]  # in a list, so that a worker that cannot read it can still start and say so
        except Exception as error:  # whatever a user's objects raise when pickled
            raise BadInput(
                f"the network or the data set cannot be sent to workers ({str(error).partition(chr(10))[0]}); leave out open "
                "files and the like, or use --shard, which sends nothing"
            ) from error
        made = ray.remote(**_options(layout, needs), max_restarts=RETRIES, max_task_retries=RETRIES)(_Worker)
        self._all = [made.remote(work, layout.cores) for _ in range(layout.workers)]
        self._idle = deque(self._all)
        self._busy: dict[Any, Any] = {}

    def start(self, item: Any) -> Any:
        """Give the task to a worker that has none."""
        worker = self._idle.popleft()
        reference = worker.do.options(name=self._name).remote(self._sent, item)
        self._busy[reference] = worker
        return reference

    def ended(self, reference: Any) -> None:
        """The worker has none now."""
        self._idle.append(self._busy.pop(reference))

    def close(self, running: Sequence[Any]) -> None:
        """End the workers, so that what they held is free."""
        for worker in self._all:
            self._ray.kill(worker)


def _options(layout: Layout, needs: Needs) -> dict[str, Any]:
    return {"num_cpus": layout.cores, "num_gpus": int(needs.gpu), "memory": needs.memory or None}


def _name(work: Callable[..., Any]) -> str:
    """What a worker is called while it does the work, in lists of processes and of tasks."""
    return str(getattr(work, "__name__", type(work).__name__))


def _call(work: Callable[..., Any], cores: int, item: Any) -> Any:
    """One task."""
    _use(cores)
    return work(item)


@final
class _Worker:
    """An actor."""

    def __init__(self, work: Callable[..., Any], cores: int) -> None:
        self._work, self._cores = work, cores
        self._made: list[Any] = []

    def do(self, sent: list[Any], item: Any) -> Any:
        """One task; what cannot be prepared is the task's error, which says more than a worker that does not start."""
        import ray

        _use(self._cores)
        if not self._made:
            self._made.append(ray.get(sent[0])())
        return self._work(self._made[0], item)


def _use(cores: int) -> None:
    import torch

    torch.set_num_threads(cores)
