"""Exact copies: layers that pass on what another layer gives."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.measures._influence import FEWEST_ROWS
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import listed

MOST = 3
"""So many are named, the others counted."""


def unrelated(group: Sequence[str], outermost: str) -> tuple[str, ...]:
    """Members that are neither inside `outermost` nor around it: a block and its last module are one tensor.

    >>> unrelated(["stage1.0.relu", "stage1.0", "stage1", "drop"], "stage1")
    ('drop',)
    """
    return tuple(
        x for x in group if x != outermost and not x.startswith(f"{outermost}.") and not outermost.startswith(f"{x}.")
    )


@final
class ExactCopies(RunFinder):
    """Finds layers with the same neighbours in the same order for every sample."""

    kind: ClassVar[str] = "exact_copies"
    title: ClassVar[str] = "Layers that do nothing"
    criterion: ClassVar[str] = (
        "Every sample has the same neighbours in the same order as at another layer that neither contains this one nor "
        "is contained in it; the other findings leave such copies out."
    )
    order: ClassVar[int] = 75

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One finding with all copies."""
        groups = zip(evidence.layers, evidence.same, strict=True)
        pairs = [(layer, copy) for layer, group in groups for copy in unrelated(group, layer)]
        if not pairs or evidence.run.graph(evidence.layers[0], evidence.main).n < FEWEST_ROWS:
            return ()
        said = [f"{copy} has exactly the neighbours of {layer}" for layer, copy in pairs[:MOST]]
        more = f", and there are {len(pairs) - MOST} more such pairs" if len(pairs) > MOST else ""
        names = tuple(dict.fromkeys(name for pair in pairs for name in pair))
        return (
            self.say(
                f"{listed(said)}{more}: the later of them does nothing to the neighbours",
                names,
                evidence.main,
                {"pairs": float(len(pairs))},
                brief=f"{len(pairs)} such pairs",
            ),
        )


finder = ExactCopies()
