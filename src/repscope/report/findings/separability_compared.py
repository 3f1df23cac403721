"""Separability compared: in which of two networks the classes are further apart at the output."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings._contract import ComparisonFinder
from repscope.report.findings._evidence import CLASSES, Between
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import part, share

MARGIN = 0.01
"""A difference counts from one hundredth on."""


@final
class SeparabilityCompared(ComparisonFinder):
    """Compares NNCS at the last layer that both have."""

    kind: ClassVar[str] = "separability_compared"
    title: ClassVar[str] = "Which separates better"
    criterion: ClassVar[str] = (
        "NNCS at the last common layer differs, beyond its 99.9 % interval, and by more than 0.01, on the same samples."
    )
    order: ClassVar[int] = 40

    def find(self, between: Between) -> Sequence[Finding]:
        """One sentence, or nothing."""
        difference = between.difference(CLASSES)
        if difference is None:
            return ()
        last = difference.layers[-1]
        effect = difference.effect({last: 1})
        if effect.size.value <= MARGIN or not effect.size.exceeds(0.0, looks=2):
            return ()
        curves = [e.curve(CLASSES, between.main) for e in (between.first, between.second)]
        values = [curve.value(last) for curve in curves if curve is not None]
        order = (0, 1) if effect.value > 0 else (1, 0)
        sentence = (
            f"classes are further apart at {last} of {between.names[order[0]]}: NNCS {share(values[order[0]])} in "
            f"{part(between.main)}, and {share(values[order[1]])} in {between.names[order[1]]}"
        )
        return (self.say(sentence, (last,), between.main, {"first": values[0], "second": values[1]}),)


finder = SeparabilityCompared()
