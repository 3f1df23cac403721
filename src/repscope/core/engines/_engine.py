"""What runs tasks."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, final

from repscope.core.errors import BadInput

ENGINES = ("local", "ray")


@final
@dataclass(frozen=True)
class Needs:
    """What one task takes.

    Attributes
    ----------
    memory : int
        Bytes, at most.
    gpu : bool
        A GPU of its own.
    cores : int, optional
        As many as it can use; without, as many as there are for it.
    """

    memory: int = 0
    gpu: bool = False
    cores: int | None = None


class Engine(ABC):
    """Runs tasks; use it in a `with`, which ends its workers."""

    here: ClassVar[bool]
    """Whether tasks run in this process, so that cutting a job into tasks gains nothing."""

    @abstractmethod
    def run(
        self,
        work: Callable[..., Any],
        items: Sequence[Any],
        *,
        folder: Path,
        prepare: Callable[[], Any] | None = None,
        needs: Needs = Needs(),
        done: Callable[[int], object] = lambda number: None,
    ) -> Iterator[Any]:
        """Call `work` for every item, and give back the results in the order of the items.

        Parameters
        ----------
        work : callable
            A function of a module, called with an item; a task may be repeated, and must give the same again.
        items : sequence
            What the tasks work on.
        folder : path
            Where they read and write: all workers must see it.
        prepare : callable, optional
            Called once in each worker; `work` is then called with what it returned, and the item.
        needs : Needs
            What one task takes.
        done : function of int
            Called with the number of each item that is done, in whatever order.
        """

    def close(self) -> None:
        """End the workers, if there are any."""
        return

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()


def opened(engine: "str | Engine", workers: int | None = None) -> AbstractContextManager[Engine]:
    """An engine to use in a `with`: the one given, which stays open, or one of that name."""
    return nullcontext(engine) if isinstance(engine, Engine) else open_engine(engine, workers)


def open_engine(name: str, workers: int | None = None) -> Engine:
    """The engine of that name.

    Parameters
    ----------
    name : {"local", "ray"}
    workers : int, optional
        How many tasks run at a time; by default one per GPU, eight cores, or as many cores as a task can use.

    Raises
    ------
    BadInput
        If there is no such engine, or it has no workers.

    Examples
    --------
    >>> with open_engine("local") as engine:
    ...     list(engine.run(abs, [-1, 2], folder=Path()))
    [1, 2]
    """
    if name not in ENGINES:
        raise BadInput(f"there is no engine {name!r}; choose one of {', '.join(ENGINES)}")
    if workers is not None and workers < 1:
        raise BadInput(f"{workers} workers cannot do anything; expected 1 or more")
    if name == "ray":
        from repscope.core.engines.ray import Ray

        return Ray(workers)
    if workers is not None:
        raise BadInput(
            f"{workers} workers were asked for and the engine 'local' is one process with all cores; leave them out, or "
            "choose the engine 'ray'"
        )
    from repscope.core.engines.local import Local

    return Local()
