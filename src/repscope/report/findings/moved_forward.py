"""Moved forward: early layers of one network resemble later layers of the other."""

from collections.abc import Sequence
from itertools import combinations
from typing import ClassVar, final

from repscope.activations._layers import INPUT
from repscope.measures._curve import Effect
from repscope.report.findings._contract import ComparisonFinder
from repscope.report.findings._evidence import Between
from repscope.report.findings._finding import Finding
from repscope.report.findings._pairs import Pairs
from repscope.report.findings._words import percent, share

STRONGER = 1.1
"""The one direction must be so many times as similar as the other."""


def forwardness(pairs: Pairs, layers: Sequence[str]) -> tuple[float, float, Effect]:
    """Mean similarity above the diagonal, and below it, and by how much the greater exceeds the other sufficiently.

    Above: an earlier layer of the first network with a later one of the second.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[0.5, 0.4, 0.3], [0.1, 0.5, 0.4], [0.1, 0.1, 0.5]])
    >>> above, below, excess = forwardness(Pairs(tuple("abc"), tuple("abc"), values, 0 * values, values, 0.01), "abc")
    >>> round(above, 2), round(below, 2), round(excess.value, 2)
    (0.37, 0.1, 0.26)
    """
    cells = list(combinations(layers, 2))
    up, down = {(a, b): 1 / len(cells) for a, b in cells}, {(b, a): 1 / len(cells) for a, b in cells}
    above, below = pairs.contrast(up).value, pairs.contrast(down).value
    more, less = (up, down) if above > below else (down, up)
    return above, below, pairs.contrast(more | {cell: -STRONGER * weight for cell, weight in less.items()})


@final
class MovedForward(ComparisonFinder):
    """Finds the asymmetry of the inter-NNLS matrix (Hryniowski 2024, section 4.4)."""

    kind: ClassVar[str] = "moved_forward"
    title: ClassVar[str] = "Features that come earlier"
    criterion: ClassVar[str] = (
        "On the average over all pairs of layers, NNLS of an earlier layer of one network with a later one of the "
        "other is more than 10 % higher than the reverse, beyond its 99.9 % interval."
    )
    order: ClassVar[int] = 20

    def find(self, between: Between) -> Sequence[Finding]:
        """One direction, or nothing."""
        pairs = between.pairs()
        layers = [x for x in between.layers if x != INPUT]
        if pairs is None or len(layers) < 3:
            return ()
        above, below, excess = forwardness(pairs, layers)
        if not excess.exceeds(0.0, looks=2):
            return ()
        forward, more, less = above > below, max(above, below), min(above, below)
        early, late = between.names if forward else between.names[::-1]
        a, b = max(combinations(layers, 2), key=lambda cell: self._gain(pairs, cell, forward))
        there, back = (pairs.effect(a, b), pairs.effect(b, a)) if forward else (pairs.effect(b, a), pairs.effect(a, b))
        sentence = (
            f"early layers of {early} resemble later layers of {late}, by {percent(more / less - 1)} more than the "
            f"reverse; most of all {a} of {early} and {b} of {late}: NNLS {share(there.value)} against "
            f"{share(back.value)}"
        )
        numbers = {"forward": more, "backward": less, "best": there.value, "best_reverse": back.value}
        return (self.say(sentence, (a, b), between.main, numbers),)

    @staticmethod
    def _gain(pairs: Pairs, cell: tuple[str, str], forward: bool) -> float:
        gain = pairs.effect(*cell).value - pairs.effect(cell[1], cell[0]).value
        return gain if forward else -gain


finder = MovedForward()
