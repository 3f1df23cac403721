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
        FindingCard(
            f.kind,
            f.title,
            sentence(f.sentence, f.layers),
            tuple(f.layers),
            f.partition or "",
            f.tone,
            f.criterion,
            dict(f.numbers),
        )
        for f in found
    ]
    return FindingList(tuple(sorted(cards, key=lambda c: c.tone != "warning")), SILENCE)


def sentence(text: str, layers: Sequence[str]) -> str:
    """A clause as a sentence: with a capital, unless it begins with the name of a layer, and with a full stop.

    >>> sentence("classes part from pool on", ["pool"]), sentence("pool adds little.", ["pool"])
    ('Classes part from pool on.', 'pool adds little.')
    """
    begins_with_name = any(text.startswith(layer) for layer in layers)
    capital = text if begins_with_name else text[:1].upper() + text[1:]
    return capital if capital.endswith((".", "!", "?")) else capital + "."


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
