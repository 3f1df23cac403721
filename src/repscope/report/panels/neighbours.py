"""The neighbour explorer: click a sample, see the images of its nearest neighbours at every layer."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report._blocks import Block
from repscope.report._explorer import explorer_of_run
from repscope.report.panels._contract import Panel
from repscope.studies import Run


@final
class NeighboursPanel(Panel):
    """The neighbour explorer."""

    title: ClassVar[str] = "Neighbour explorer"
    lead: ClassVar[str] = (
        "What a layer takes for alike: choose a sample and follow its nearest neighbours from the input to the output. "
        "Any picture that is shown can be chosen next."
    )
    order: ClassVar[int] = 50

    def blocks(self, run: Run) -> Sequence[Block]:
        """One explorer."""
        return [explorer_of_run(run)]


panel = NeighboursPanel()
