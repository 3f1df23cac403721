"""Approximate graphs compared: which of two runs has not all of its neighbours."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings._contract import ComparisonFinder
from repscope.report.findings._evidence import Between
from repscope.report.findings._finding import Finding
from repscope.report.findings.approximate_graphs import recall_words


@final
class ApproximateCompared(ComparisonFinder):
    """Says of which run the graphs are approximate, and how much they miss."""

    kind: ClassVar[str] = "approximate_compared"
    title: ClassVar[str] = "Approximate neighbours"
    criterion: ClassVar[str] = (
        "Graphs of a run are approximate; the share of the true neighbours that they have is measured on exact rows drawn "
        "at random, with its 95 % interval."
    )
    order: ClassVar[int] = 5

    def find(self, between: Between) -> Sequence[Finding]:
        """A warning for each run that has an approximate graph."""
        found = []
        for name, evidence in zip(between.names, (between.first, between.second), strict=True):
            layers = evidence.run.layers
            said = recall_words([(layer, evidence.run.graph(layer, between.main)) for layer in layers])
            if said is not None:
                found.append(self.say(f"in {name}, {said[0]}", layers, between.main, said[1], tone="warning"))
        return found


finder = ApproximateCompared()
