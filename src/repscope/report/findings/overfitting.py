"""Overfitting onset: the first layer from which classes are further apart in training than in validation."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.activations._layers import INPUT
from repscope.measures._curve import Curve, Effect, exceeding
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import CLASSES, DIMENSION, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import part, share
from repscope.report.findings.drift import apart

MARGIN = 0.01
"""A gap counts from one hundredth on: with enough samples, smaller ones would be found in every network."""


def beyond_input(gap: Curve, layer: str) -> Effect:
    """The gap at a layer, less the gap at the raw input where that was recorded: what the network adds."""
    return gap.effect({layer: 1, INPUT: -1} if INPUT in gap.layers else {layer: 1})


def parted(gap: Curve) -> tuple[str, ...]:
    """The consecutive layers, around the greatest gap, where it is beyond the intervals.

    Examples
    --------
    >>> import numpy as np
    >>> gap = Curve(("input", "b", "c", "d"), np.array([0.0, 0.001, 0.1, 0.2]), np.zeros((2, 4)), np.zeros(4))
    >>> parted(gap)
    ('c', 'd')
    """
    layers = [x for x in gap.layers if x != INPUT]
    added = [beyond_input(gap, x) for x in layers]
    beyond = exceeding(added, 0.0)
    wide = [effect.value > MARGIN and clear for effect, clear in zip(added, beyond, strict=True)]
    if not any(wide):
        return ()
    top = start = end = max(range(len(layers)), key=lambda i: added[i].value if wide[i] else -1.0)
    while start > 0 and wide[start - 1]:
        start -= 1
    while end < len(layers) - 1 and wide[end + 1]:
        end += 1
    assert start <= top <= end
    return tuple(layers[start : end + 1])


@final
class Overfitting(RunFinder):
    """Finds the onset (Hryniowski 2024, section 4.3)."""

    kind: ClassVar[str] = "overfitting"
    title: ClassVar[str] = "Onset of overfitting"
    criterion: ClassVar[str] = (
        "Training NNCS less validation NNCS exceeds its value at the input, beyond intervals that hold together for all "
        "layers (99.9 %) and count that neighbours share samples, and by more than 0.01; both parts are read with "
        "equally many samples of each class and equally many neighbours. The onset is the first of the consecutive "
        "layers, around the widest gap, where this holds."
    )
    order: ClassVar[int] = 40

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """At most one onset."""
        if evidence.training is None:
            return ()
        gap = evidence.gap(CLASSES, evidence.training, evidence.main)
        layers = () if gap is None else parted(gap)
        if gap is None or not layers:
            return ()
        widest = max(layers, key=gap.value)
        size = gap.value(widest)
        where = "" if len(layers) == 1 else f" (at {widest})"
        sentence = (
            f"{part(evidence.training)} and {part(evidence.main)} part from {layers[0]} on, "
            f"by up to {share(size)} of NNCS{where}: overfitting begins there{self._doubt(evidence, evidence.training)}"
        )
        numbers = {"gap": size, "gap_at_onset": gap.value(layers[0])}
        return (self.say(sentence, layers, evidence.main, numbers, tone="warning", brief=f"gap {share(size)}"),)

    @staticmethod
    def _doubt(evidence: Evidence, training: str) -> str:
        """What else it may be, where the images themselves differ."""
        gap = evidence.gap(DIMENSION, training, evidence.main)
        return ", or the difference of the images shows there" if gap is not None and INPUT in apart(gap) else ""


finder = Overfitting()
