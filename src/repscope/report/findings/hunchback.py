"""Hunchback: the intrinsic dimension rises to a peak inside the network and falls to the output."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from repscope.measures._curve import Curve
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import DIMENSION, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import dimension

MARGIN = float(np.log(1.05))
"""Two dimensions within 5 % of each other count as equal: so much do curves of one network vary (Hryniowski 2024)."""


def peak(curve: Curve) -> str | None:
    """The layer where a curve of log ID is highest, if that is beyond the intervals of its first and last value.

    Examples
    --------
    >>> curve = Curve(("a", "b", "c"), np.log([10.0, 20.0, 5.0]), np.zeros((2, 3)), np.zeros(3))
    >>> peak(curve)
    'b'
    """
    if len(curve.layers) < 3:
        return None
    first, last = curve.layers[0], curve.layers[-1]
    top = curve.layers[int(np.argmax(curve.values))]
    looks = len(curve.layers) - 2
    both = all(curve.rise(end, top).exceeds(MARGIN, looks) for end in (first, last))
    return top if both else None


@final
class Hunchback(RunFinder):
    """Finds the peak (Ansuini et al. 2019; Hryniowski 2024, section 4.2)."""

    kind: ClassVar[str] = "hunchback"
    title: ClassVar[str] = "Hunchback of intrinsic dimension"
    criterion: ClassVar[str] = (
        "The highest intrinsic dimension inside the network is more than 5 % above both the first layer's and the "
        "last layer's, beyond intervals that hold together for all layers (99.9 %)."
    )
    order: ClassVar[int] = 50

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """At most one peak."""
        curve = evidence.curve(DIMENSION, evidence.main)
        top = None if curve is None else peak(curve)
        if curve is None or top is None:
            return ()
        first, last = curve.layers[0], curve.layers[-1]
        low, high, end = (float(np.exp(curve.value(x))) for x in (first, top, last))
        words = [dimension(x) for x in (low, high, end)]
        sentence = (
            f"complexity rises, then falls: ID goes from {words[0]} at {first} up to {words[1]} at {top} "
            f"and down to {words[2]} at {last}"
        )
        numbers = {"first": low, "peak": high, "last": end}
        falls = self._falls(evidence.twin)
        brief = f"ID {' → '.join(words)}"
        return (self.say(sentence, (first, top, last), evidence.main, numbers, brief=brief, untrained=falls),)

    @staticmethod
    def _falls(untrained: Evidence | None) -> str:
        """What an untrained network shares of it if that is the fall alone, which pooling brings about."""
        curve = None if untrained is None else untrained.curve(DIMENSION, untrained.main)
        if curve is None or len(curve.layers) < 2 or peak(curve) is not None:
            return ""
        top, last = curve.layers[int(np.argmax(curve.values))], curve.layers[-1]
        if not curve.rise(last, top).exceeds(MARGIN, len(curve.layers)):
            return ""
        high, end = (dimension(float(np.exp(curve.value(x)))) for x in (top, last))
        return f"In an untrained network ID has no such peak, but falls too ({high} at {top}, {end} at {last})."


finder = Hunchback()
