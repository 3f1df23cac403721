"""Initial class-similarity contraction: the first layers mix the classes before later ones part them."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from repscope.measures._curve import Curve
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import CLASSES, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import share

MARGIN = 0.05
"""A dip counts from one twentieth of what the first layer has above chance."""


def dip(curve: Curve, chance: float) -> str | None:
    """The layer in the first half where NNCS is lowest, if that is beyond the intervals below its first value.

    It must also rise again beyond the intervals: a curve that only falls has no dip.

    Examples
    --------
    >>> curve = Curve(tuple("abcd"), np.array([0.3, 0.2, 0.5, 0.9]), np.zeros((2, 4)), np.zeros(4))
    >>> dip(curve, chance=0.1)
    'b'
    """
    half = curve.layers[1 : (len(curve.layers) + 1) // 2]
    if not half or not np.isfinite(chance):
        return None
    first = curve.layers[0]
    low = min(half, key=curve.value)
    later = max(curve.layers[curve.layers.index(low) :], key=curve.value)
    looks = len(half)
    below = curve.effect({first: 1 - MARGIN, low: -1}).exceeds(-MARGIN * chance, looks)
    return low if below and later != low and curve.rise(low, later).exceeds(0.0, looks) else None


@final
class Contraction(RunFinder):
    """Finds the dip (Hryniowski 2024, section 4.3)."""

    kind: ClassVar[str] = "contraction"
    title: ClassVar[str] = "Initial class contraction"
    criterion: ClassVar[str] = (
        "In the first half of the layers NNCS falls below the first layer's by more than a twentieth of what that "
        "has above chance, and rises again later, beyond intervals that hold together for all layers (99.9 %)."
    )
    order: ClassVar[int] = 30

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """At most one dip."""
        curve = evidence.curve(CLASSES, evidence.main)
        low = None if curve is None else dip(curve, evidence.chance(evidence.main))
        if curve is None or low is None:
            return ()
        first = curve.layers[0]
        start, end = curve.value(first), curve.value(low)
        sentence = (
            f"classes mix at first: NNCS falls from {share(start)} at {first} to {share(end)} at {low} before it rises"
        )
        numbers = {"first": start, "lowest": end}
        return (self.say(sentence, (first, low), evidence.main, numbers, brief=f"NNCS {share(start)} → {share(end)}"),)


finder = Contraction()
