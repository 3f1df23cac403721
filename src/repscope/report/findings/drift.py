"""Drift: the intrinsic dimensions of training and validation do not follow each other."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from repscope.activations._layers import INPUT
from repscope.measures._curve import Curve, exceeding
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import DIMENSION, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import dimension, few, part, percent

MARGIN = float(np.log(1.05))
"""Curves of one network on two parts of one data set run within about 5 % (Hryniowski 2024, section 4.2)."""


def apart(gap: Curve) -> tuple[str, ...]:
    """The layers where the difference of two curves of log ID is more than 5 %, beyond the intervals.

    Examples
    --------
    >>> gap = Curve(("a", "b", "c"), np.array([0.01, 0.02, -0.3]), np.zeros((2, 3)), np.zeros(3))
    >>> apart(gap)
    ('c',)
    """
    beyond = exceeding([gap.effect({x: 1}).size for x in gap.layers], MARGIN, sides=2)
    return tuple(x for x, clear in zip(gap.layers, beyond, strict=True) if clear)


@final
class Drift(RunFinder):
    """Finds data drift (already at the input) or a network that treats the two parts differently (only later)."""

    kind: ClassVar[str] = "drift"
    title: ClassVar[str] = "Training and validation differ"
    criterion: ClassVar[str] = (
        "The intrinsic dimensions of training and validation differ by more than 5 %, beyond intervals that hold "
        "together for all layers (99.9 %) and count that neighbours share samples; both parts are read with equally "
        "many samples of each class."
    )
    order: ClassVar[int] = 60

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """At most one difference."""
        if evidence.training is None:
            return ()
        gap = evidence.gap(DIMENSION, evidence.training, evidence.main)
        layers = () if gap is None else apart(gap)
        if gap is None or not layers:
            return ()
        widest = max(layers, key=lambda x: abs(gap.value(x)))
        ours = evidence.curve(DIMENSION, evidence.training, like=evidence.main)
        theirs = evidence.curve(DIMENSION, evidence.main, like=evidence.training)
        assert ours is not None  # the gap is the difference of the two
        assert theirs is not None
        a, b = float(np.exp(ours.value(widest))), float(np.exp(theirs.value(widest)))
        parts = part(evidence.training), part(evidence.main)
        brief = (
            f"ID {dimension(a)} in {parts[0]} and {dimension(b)} in {parts[1]} at {widest}, "
            f"{percent(max(a, b) / min(a, b) - 1)} apart"
        )
        if INPUT in layers:
            what, why = f"the images of {parts[0]} and {parts[1]} differ before any layer sees them", "the data drift"
        else:
            what = f"the complexity of {parts[0]} and {parts[1]} does not agree at {few(layers)}"
            why = "the network treats the two differently, by overfitting or a pathological training"
            why += "" if INPUT in gap.layers else ", or the data drift (the raw input was not recorded)"
        sentence = f"{what} ({brief}): {why}"
        numbers = {"training": a, "other": b, "ratio": a / b}
        return (self.say(sentence, layers, evidence.main, numbers, tone="warning", brief=brief),)


finder = Drift()
