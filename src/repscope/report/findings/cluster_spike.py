"""Cluster spike: the step in the network at which the classes part."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, final

from repscope.measures._curve import Curve
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import CLASSES, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import share

MARGIN = 0.02
"""A rise of NNCS counts from two hundredths on."""
STEEPER = 1.5
"""The spike is more than so many times as steep as the mean of the other steps."""


def steepest(curve: Curve) -> tuple[str, str] | None:
    """The two consecutive layers between which NNCS rises most, if it does so beyond the intervals.

    Examples
    --------
    >>> import numpy as np
    >>> curve = Curve(tuple("abcd"), np.array([0.1, 0.12, 0.7, 0.75]), np.zeros((2, 4)), np.zeros(4))
    >>> steepest(curve)
    ('b', 'c')
    """
    steps = list(pairwise(curve.layers))
    if not steps:
        return None
    before, after = max(steps, key=lambda step: curve.value(step[1]) - curve.value(step[0]))
    looks = len(steps)
    if not curve.rise(before, after).exceeds(MARGIN, looks):
        return None
    others = len(steps) - 1
    if others == 0:
        return before, after
    weights = dict.fromkeys(curve.layers, 0.0)
    weights[before] -= 1 + STEEPER / others  # the step, less STEEPER times the mean of the others,
    weights[after] += 1 + STEEPER / others  # which together are the whole rise without the step
    weights[curve.layers[0]] += STEEPER / others
    weights[curve.layers[-1]] -= STEEPER / others
    return (before, after) if curve.effect(weights).exceeds(0.0, looks) else None


@final
class ClusterSpike(RunFinder):
    """Finds the steepest rise; where none stands out, says that the rise is gradual (Hryniowski 2024, section 4.3)."""

    kind: ClassVar[str] = "cluster_spike"
    title: ClassVar[str] = "Where classes part"
    criterion: ClassVar[str] = (
        "The steepest step of NNCS between two consecutive layers is a rise of more than 0.02 and more than one and "
        "a half times the mean of the other steps, beyond intervals that hold together for all steps (99.9 %); where no step stands "
        "out, the rise from the first to the last layer is reported."
    )
    order: ClassVar[int] = 20

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One step, or one gradual rise, or nothing."""
        curve = evidence.curve(CLASSES, evidence.main)
        if curve is None or len(curve.layers) < 2:
            return ()
        step = steepest(curve)
        first, last = curve.layers[0], curve.layers[-1]
        if step is None and not curve.rise(first, last).exceeds(MARGIN):
            return ()
        low, high = (curve.value(x) for x in step or (first, last))
        brief = f"NNCS {share(low)} → {share(high)}"
        numbers = {"before": low, "after": high}
        if step is None:
            sentence = f"classes part gradually: NNCS rises from {share(low)} at {first} to {share(high)} at {last}"
            return (self.say(sentence, (first, last), evidence.main, numbers, brief=brief),)
        sentence = f"classes part from {step[1]} on: NNCS rises from {share(low)} to {share(high)}"
        return (self.say(sentence, step, evidence.main, numbers, brief=brief),)


finder = ClusterSpike()
