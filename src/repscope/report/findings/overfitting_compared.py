"""Overfitting compared: which of two networks parts training from validation more."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings._contract import ComparisonFinder
from repscope.report.findings._evidence import CLASSES, Between
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import part, share
from repscope.report.findings.overfitting import MARGIN, beyond_input


@final
class OverfittingCompared(ComparisonFinder):
    """Finds the layer where the gaps differ most."""

    kind: ClassVar[str] = "overfitting_compared"
    title: ClassVar[str] = "Which overfits more"
    criterion: ClassVar[str] = (
        "The gap between training and validation NNCS of one network exceeds the other's at a layer that both have, "
        "beyond intervals that hold together for all layers (99.9 %), and by more than 0.01, on the same samples."
    )
    order: ClassVar[int] = 30

    def find(self, between: Between) -> Sequence[Finding]:
        """At most one layer."""
        training = between.first.training
        if training is None or training != between.second.training:
            return ()
        difference = between.gap(CLASSES, training)
        if difference is None or not difference.layers:
            return ()
        effects = {x: beyond_input(difference, x) for x in difference.layers}
        widest = max(effects, key=lambda x: abs(effects[x].value))
        first_more = effects[widest].value > 0
        size = effects[widest].size
        if size.value <= MARGIN or not size.exceeds(0.0, 2 * len(effects)):
            return ()
        gaps = [e.gap(CLASSES, training, between.main) for e in (between.first, between.second)]
        more, less = sorted((gap.value(widest) for gap in gaps if gap is not None), reverse=True)
        names = between.names if first_more else between.names[::-1]
        sentence = (
            f"{names[0]} parts {part(training)} and {part(between.main)} more than {names[1]}: by {share(more)} of NNCS at "
            f"{widest} instead of {share(less)}"
        )
        return (self.say(sentence, (widest,), between.main, {"more": more, "less": less}),)


finder = OverfittingCompared()
