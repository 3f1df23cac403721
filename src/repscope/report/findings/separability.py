"""Separability: how well the classes are apart at the last layer, the graph's word for accuracy."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import CLASSES, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import part, percent, share


@final
class Separability(RunFinder):
    """Says NNCS at the last layer where it is above chance."""

    kind: ClassVar[str] = "separability"
    title: ClassVar[str] = "Separability at the output"
    criterion: ClassVar[str] = "NNCS at the last layer is above that of shuffled labels, beyond its 99.9 % interval."
    order: ClassVar[int] = 10
    untrained: ClassVar[str] = "In an untrained network it is {brief}."

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One sentence, or nothing."""
        curve = evidence.curve(CLASSES, evidence.main)
        if curve is None or not curve.layers:
            return ()
        last, chance = curve.layers[-1], evidence.chance(evidence.main)
        if not curve.effect({last: 1}).exceeds(chance, looks=1):
            return ()
        value = curve.value(last)
        sentence = (
            f"at {last}, {percent(value)} of a sample's neighbours in {part(evidence.main)} are of its own class "
            f"(NNCS {share(value)}, chance {share(chance)})"
        )
        numbers = {"value": value, "chance": chance}
        return (self.say(sentence, (last,), evidence.main, numbers, brief=f"NNCS {share(value)}"),)


finder = Separability()
