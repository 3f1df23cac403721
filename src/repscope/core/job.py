"""What a long computation is told by its caller: whom to tell how far it is, and where to keep what is done."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

EVERY = 60.0
"""Seconds of work that an interruption may cost."""


@final
@dataclass(eq=False)
class Job:
    """A long computation.

    Parameters
    ----------
    state : Path, optional
        File in which what is done is kept, so that an interrupted computation goes on where it was; removed when it
        has finished. Nothing is kept without it.
    tell : function of float, optional
        Called with the share that is done, 0 to 1, now and then.
    every : float
        Seconds between two writes of the state.
    identity : str
        Digest of what is computed on; a state of something else is refused.

    Examples
    --------
    >>> shares = []
    >>> job = Job(tell=shares.append)
    >>> job.tell(0.5)
    >>> shares, job.due
    ([0.5], False)
    """

    state: Path | None = None
    tell: Callable[[float], object] = lambda share: None
    every: float = EVERY
    identity: str = ""
    _since: float = field(default_factory=time.monotonic)

    @property
    def due(self) -> bool:
        """Whether it is time to write the state."""
        return self.state is not None and time.monotonic() - self._since >= self.every

    def written(self) -> None:
        """The state was written just now."""
        self._since = time.monotonic()

    def finished(self) -> None:
        """All is done: the state is not needed any more."""
        if self.state is not None:
            self.state.unlink(missing_ok=True)
