"""Agreement: at which layers two networks have the same neighbours, and at which they do not."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.activations._layers import INPUT
from repscope.report.findings._contract import ComparisonFinder
from repscope.report.findings._evidence import Between
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import share

LOWER = 0.8
"""The least agreement counts when it is below so much of the most."""


@final
class Agreement(ComparisonFinder):
    """Finds the extremes of the diagonal of the inter-NNLS matrix (Hryniowski 2024, section 4.4)."""

    kind: ClassVar[str] = "agreement"
    title: ClassVar[str] = "Where the networks agree"
    criterion: ClassVar[str] = (
        "NNLS between the same layer of the two networks is at one layer less than 0.8 of what it is at another, "
        "beyond intervals that hold together for all layers (99.9 %); the raw input, which is the same for both, is left out."
    )
    order: ClassVar[int] = 10

    def find(self, between: Between) -> Sequence[Finding]:
        """One sentence, or nothing."""
        pairs = between.pairs()
        layers = [x for x in between.layers if x != INPUT]
        if pairs is None or len(layers) < 2:
            return ()
        cells = {x: pairs.effect(x, x) for x in layers}
        most, least = max(cells, key=lambda x: cells[x].value), min(cells, key=lambda x: cells[x].value)
        fall = pairs.contrast({(most, most): LOWER, (least, least): -1})
        if not fall.exceeds(0.0, len(layers) * (len(layers) - 1)):
            return ()
        high, low = cells[most].value, cells[least].value
        sentence = (
            f"the two networks agree most at {most} (NNLS {share(high)}) and least at {least} ({share(low)}; "
            f"chance {share(pairs.chance)})"
        )
        numbers = {"most": high, "least": low, "chance": pairs.chance}
        return (self.say(sentence, [x for x in layers if x in (most, least)], between.main, numbers),)


finder = Agreement()
