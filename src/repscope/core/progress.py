"""A progress bar with rate and time left; silent when standard error is not a terminal.

A terminal shows one bar at a time: what is done within a body that has one already is silent.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

_quiet = False
_shown = False


@runtime_checkable
class Advance(Protocol):
    """Tells the bar that so many units more are done, and what else is worth knowing."""

    def __call__(self, amount: float = 1, note: str = "") -> None:
        """Advance by `amount`; a note stays until the next one."""


def set_quiet(quiet: bool) -> None:
    """Show no bars at all, terminal or not (the command line's ``--quiet`` and ``--json``)."""
    global _quiet
    _quiet = quiet


@contextmanager
def progress(title: str, total: int, unit: str, done: int = 0) -> Iterator[Advance]:
    """Show a bar while the body runs.

    Parameters
    ----------
    title : str
        What is going on, for example ``"recording"``.
    total, done : int
        Units in all, and those already done in an earlier, interrupted run.
    unit : str
        What is counted, for example ``"images"``.

    Examples
    --------
    >>> with progress("recording", 10, "images") as advance:
    ...     advance(10)
    """
    global _shown
    if _quiet or _shown or not sys.stderr.isatty():
        yield lambda amount=1, note="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total, completed=done, rate="", note="")

        def advance(amount: float = 1, note: str = "") -> None:
            bar.advance(task, amount)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f}/s" if speed else "", note=note or bar.tasks[0].fields["note"])

        _shown = True
        try:
            yield advance
        finally:
            _shown = False
