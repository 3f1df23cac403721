"""What was found, in words."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, final

from repscope.report._blocks import Block, FindingCard, FindingList
from repscope.report.panels._contract import Panel
from repscope.studies import Run

SILENCE = (
    "Nothing stands out of chance and of the uncertainty of the numbers. The curves below show what there is; "
    "more samples narrow the intervals."
)


def finding_list(found: Iterable[Any]) -> FindingList:
    """Findings as a block; warnings first, otherwise in the order given."""
    cards = [
        FindingCard(f.kind, f.title, f.sentence, tuple(f.layers), f.partition or "", f.tone, dict(f.numbers))
        for f in found
    ]
    return FindingList(tuple(sorted(cards, key=lambda c: c.tone != "warning")), SILENCE)


@final
class FindingsPanel(Panel):
    """The findings."""

    title: ClassVar[str] = "What was found"
    lead: ClassVar[str] = (
        "Each sentence rests on the intervals and on what chance would give, not on a bare threshold. "
        "Choose a finding to mark its layers in everything below."
    )
    order: ClassVar[int] = 10

    def blocks(self, run: Run) -> Sequence[Block]:
        """One list."""
        from repscope.report.findings import findings

        return [finding_list(findings(run))]


panel = FindingsPanel()
