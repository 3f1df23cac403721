"""Approximate graphs: neighbours that were not all found, which the reader of the other findings must know."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.neighbors import NeighborGraph
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import percent

ALLOWED = "the scores say what that changes, and the findings allow for it"


def recall_words(graphs: Sequence[tuple[str, NeighborGraph]]) -> tuple[str, dict[str, float]] | None:
    """How many of the true neighbours these graphs of layers have, in words and numbers; None if all are exact.

    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> recall_words([("pool", neighbor_graph(np.arange(9.0)[:, None], 2))]) is None
    True
    """
    found = {name: recall for name, graph in graphs if (recall := graph.recall) is not None}
    if not found:
        return None
    worst = min(found, key=lambda name: found[name].value)
    highest = max(recall.value for recall in found.values())
    shares = list(dict.fromkeys((percent(found[worst].value), percent(highest))))
    words = (
        f"neighbours were found by an approximate method, which has {' to '.join(shares)} of the true ones "
        f"(fewest at {worst}: {found[worst]}); {ALLOWED}"
    )
    return words, {"lowest": found[worst].value, "highest": highest}


@final
class ApproximateGraphs(RunFinder):
    """Says that graphs are approximate, and how much they miss."""

    kind: ClassVar[str] = "approximate_graphs"
    title: ClassVar[str] = "Approximate neighbours"
    criterion: ClassVar[str] = (
        "Graphs of the run are approximate; the share of the true neighbours that they have is measured on exact rows drawn "
        "at random, with its 95 % interval."
    )
    order: ClassVar[int] = 5
    untrained: ClassVar[str] = ""

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One warning where a graph is approximate."""
        graphs = [(layer, evidence.run.graph(layer, evidence.main)) for layer in evidence.run.layers]
        said = recall_words(graphs)
        if said is None:
            return ()
        layers = tuple(layer for layer, graph in graphs if graph.checked is not None)
        return (self.say(said[0], layers, evidence.main, said[1], tone="warning"),)


finder = ApproximateGraphs()
