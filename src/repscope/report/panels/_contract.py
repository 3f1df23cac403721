"""What a panel is: a part of the report, with a heading, a place, and blocks of data."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from repscope.core.registry import Registry
from repscope.report._blocks import Block
from repscope.studies import Run


class Panel(ABC):
    """A part of the report. A file of this folder defines one instance under the name `panel`.

    Examples
    --------
    >>> from typing import final
    >>> from repscope.report import Text
    >>> @final
    ... class Greeting(Panel):
    ...     title = "Greeting"
    ...     lead = "Says who is here."
    ...     order = 90
    ...
    ...     def blocks(self, run):
    ...         return [Text(f"This is {run.title}.")]
    """

    title: ClassVar[str]
    """The heading."""
    lead: ClassVar[str]
    """One or two sentences that say how to read it; may be empty."""
    order: ClassVar[int]
    """Where it stands: ours are at 10, 20, … 60."""
    script: ClassVar[str] = ""
    """JavaScript of the panel's own, for blocks of kind `Drawn`: ``R.drawn.NAME = (data) => element``. It must build
    elements with ``R.el`` and set text, never markup. ``R.tools(what, file, rows, parts)`` makes the buttons that take
    the numbers and the picture away: `what` says to people what it is, `file` names the files within the panel, `rows`
    answers the numbers, and `parts` the elements that are the picture."""

    @abstractmethod
    def blocks(self, run: Run) -> Sequence[Block]:
        """What the panel shows; nothing leaves the panel out."""


PANELS: Registry[Panel] = Registry("repscope.report.panels", "panel", Panel)  # type: ignore[type-abstract]
