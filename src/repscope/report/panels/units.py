"""The looks at single units that lie in the run's folder."""

from collections.abc import Sequence
from typing import ClassVar, final
from urllib.parse import quote

from repscope.core.files import read_json
from repscope.report._blocks import Block, Links
from repscope.report.panels._contract import Panel
from repscope.studies import Run


@final
class UnitsPanel(Panel):
    """Links to looks."""

    title: ClassVar[str] = "Inside units"
    lead: ClassVar[str] = (
        "What single units, directions and classes respond to: 'repscope look … --run' adds a page here."
    )
    order: ClassVar[int] = 45

    def blocks(self, run: Run) -> Sequence[Block]:
        """A link for each page below ``looks``; nothing without one."""
        links = []
        for page in sorted(run.path.glob("looks/*/look.html")):
            told = read_json(page.with_suffix(".json"))
            layers = ", ".join(section["title"] for section in told["sections"])
            links.append((f"{told['title']}: {layers}", quote(page.relative_to(run.path).as_posix()), told["lead"]))
        return [Links(tuple(links))] if links else []


panel = UnitsPanel()
