"""Double hunchback: behind the peak of the intrinsic dimension the fall halts, at a second peak or a plateau."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from repscope.measures._curve import Curve
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import DIMENSION, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import dimension
from repscope.report.findings.hunchback import MARGIN, peak

PLATEAU = 2
"""Steps that a plateau spans."""


def second_peak(curve: Curve, top: str) -> tuple[str, str] | None:
    """Behind the peak, the valley and the second peak with the greatest rise between them, beyond intervals.

    Examples
    --------
    >>> curve = Curve(tuple("abcde"), np.log([10.0, 30.0, 15.0, 22.0, 5.0]), np.zeros((2, 5)), np.zeros(5))
    >>> second_peak(curve, "b")
    ('c', 'd')
    """
    behind = curve.layers[curve.layers.index(top) + 1 : -1]
    pairs = [(v, p) for i, v in enumerate(behind) for p in behind[i + 1 :]]
    if not pairs:
        return None
    valley, summit = max(pairs, key=lambda pair: curve.value(pair[1]) - curve.value(pair[0]))
    drops = (curve.rise(valley, summit), curve.rise(valley, top), curve.rise(curve.layers[-1], summit))
    return (valley, summit) if all(d.exceeds(MARGIN, len(pairs)) for d in drops) else None


def plateau(curve: Curve, top: str) -> tuple[str, str] | None:
    """Behind the peak, two steps in which the fall is less than half as steep as before and after.

    Examples
    --------
    >>> curve = Curve(tuple("abcdefg"), np.log([20.0, 40.0, 30.0, 29.5, 29.0, 20.0, 12.0]), np.zeros((2, 7)), np.zeros(7))
    >>> plateau(curve, "b")
    ('c', 'e')
    """
    start, last = curve.layers.index(top), len(curve.layers) - 1
    starts = range(start + 1, last - PLATEAU)
    for i in starts:
        begin, end = curve.layers[i], curve.layers[i + PLATEAU]
        flat = {begin: 2 / PLATEAU, end: -2 / PLATEAU}  # twice the fall per step
        before = _sum({top: 1 / (i - start), begin: -1 / (i - start)}, flat)
        rest = last - i - PLATEAU
        after = _sum({end: 1 / rest, curve.layers[last]: -1 / rest}, flat)
        if all(curve.effect(weights).exceeds(0.0, len(starts)) for weights in (before, after)):
            return begin, end
    return None


def _sum(steep: dict[str, float], flat: dict[str, float]) -> dict[str, float]:
    """The weights of `steep` less those of `flat`."""
    return {name: steep.get(name, 0.0) - flat.get(name, 0.0) for name in (*steep, *flat)}


@final
class DoubleHunchback(RunFinder):
    """Finds a second peak, or else a plateau, behind the hunchback's peak (Hryniowski 2024, section 5.1)."""

    kind: ClassVar[str] = "double_hunchback"
    title: ClassVar[str] = "Double hunchback"
    criterion: ClassVar[str] = (
        "Behind the hunchback's peak the intrinsic dimension rises again by more than 5 % before it falls, or falls "
        "less than half as steeply over two layers as before and after them, beyond intervals that hold together "
        "for all places (99.9 %)."
    )
    order: ClassVar[int] = 51

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """At most one second peak or plateau."""
        curve = evidence.curve(DIMENSION, evidence.main)
        top = None if curve is None else peak(curve)
        if curve is None or top is None:
            return ()
        halt = second_peak(curve, top)
        rises = halt is not None
        halt = halt or plateau(curve, top)
        if halt is None:
            return ()
        begin, end = (float(np.exp(curve.value(x))) for x in halt)
        how = "rises again" if rises else "stays"
        brief = f"ID {dimension(begin)} → {dimension(end)} between {halt[0]} and {halt[1]}"
        sentence = (
            f"the fall of complexity halts: behind its peak at {top}, ID {how} from {dimension(begin)} at {halt[0]} "
            f"to {dimension(end)} at {halt[1]}"
        )
        if not rises:
            sentence = (
                f"the fall of complexity halts: behind its peak at {top}, ID hardly moves from {halt[0]} "
                f"({dimension(begin)}) to {halt[1]} ({dimension(end)})"
            )
        return (self.say(sentence, halt, evidence.main, {"begin": begin, "end": end}, brief=brief),)


finder = DoubleHunchback()
