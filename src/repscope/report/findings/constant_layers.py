"""Constant layers: the same output for every image, so that nothing can be said about them."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import listed

MOST = 5
"""So many are named, the others counted."""


@final
class ConstantLayers(RunFinder):
    """Finds layers whose output is the same for every image."""

    kind: ClassVar[str] = "constant_layers"
    title: ClassVar[str] = "The same output for every image"
    criterion: ClassVar[str] = (
        "All samples have exactly the same activations; every sample is then as near to another as any, and the other "
        "findings leave the layer out."
    )
    order: ClassVar[int] = 6

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One finding with all of them."""
        names = evidence.constant
        if not names:
            return ()
        more = f" and {len(names) - MOST} more layers" if len(names) > MOST else ""
        gives = "give" if len(names) > 1 else "gives"
        return (
            self.say(
                f"{listed(names[:MOST])}{more} {gives} the same output for every image of {evidence.main} (units that are dead, or an "
                "output that is saturated)",
                names,
                evidence.main,
                {"layers": float(len(names))},
                brief=f"{len(names)} layers",
                tone="warning",
            ),
        )


finder = ConstantLayers()
