"""Breaks of similarity: where the network changes neighbours faster than around it, and the blocks in between."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, final

import numpy as np

from repscope.measures._curve import Effect
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._pairs import Pairs
from repscope.report.findings._words import percent, share, spanned

DEEP = {1: 0.8, 2: 1.0}
"""A break keeps less than so much of the similarity around it, between layers one step and two steps apart."""


def breaks(pairs: Pairs) -> tuple[tuple[str, str], ...]:
    """Consecutive layers whose similarity is less than 0.8 of that of the steps around, beyond the intervals.

    The mean of both sides is compared, so that a steady fall or rise along the depth has no break, and layers
    two steps apart must part there too, so that a single odd layer makes none.

    Examples
    --------
    >>> position = np.array([0.0, 1.0, 2.0, 6.0, 7.0, 8.0])
    >>> values = np.exp(-np.abs(position[:, None] - position) / 4)
    >>> names = tuple("abcdef")
    >>> breaks(Pairs(names, names, values, 0 * values, values, 0.01))
    (('c', 'd'),)
    """
    names = pairs.rows
    inner = range(1, len(names) - 2)
    looks = len(inner)
    deep = [i for i in inner if all(_deficit(pairs, i, lag).exceeds(0.0, looks) for lag in DEEP)]
    return tuple((names[i], names[i + 1]) for i in deep)


def _deficit(pairs: Pairs, i: int, lag: int) -> Effect:
    """DEEP times the mean similarity beside the step from layer i to the next, less that across, so many steps apart.

    Where the network ends before a pair of that distance fits in, the one side that there is counts alone, and
    where there is none on either, nothing speaks against the break.
    """
    names = pairs.rows
    across = [(a, a + lag) for a in range(i - lag + 1, i + 1) if a >= 0 and a + lag < len(names)]
    beside = [(a, a + lag) for a in (i - lag, i + 1) if a >= 0 and a + lag < len(names)]
    if not beside:
        return Effect(np.inf, 0.0)
    weights = {pair: DEEP[lag] / len(beside) for pair in beside} | {pair: -1 / len(across) for pair in across}
    return pairs.contrast({(names[a], names[b]): weight for (a, b), weight in weights.items()})


@final
class SimilarityBreaks(RunFinder):
    """Finds the breaks, and with them the stage blocks of the NNLS matrix (Hryniowski 2024, section 4.4)."""

    kind: ClassVar[str] = "similarity_breaks"
    title: ClassVar[str] = "Where similarity breaks"
    criterion: ClassVar[str] = (
        "NNLS across a step is less than 0.8 of the mean NNLS of the steps beside it, and for layers two steps apart it is "
        "lower across than beside, beyond intervals that hold together for all steps (99.9 %)."
    )
    order: ClassVar[int] = 80

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One finding with all breaks, the deepest in numbers."""
        pairs = evidence.pairs
        steps = () if pairs is None else breaks(pairs)
        if pairs is None or not steps:
            return ()
        a, b = min(steps, key=lambda step: pairs.effect(*step).value)
        kept = pairs.share_kept(a, b)
        i = pairs.rows.index(a)
        value, before, after = (pairs.effect(pairs.rows[j], pairs.rows[j + 1]).value for j in (i, i - 1, i + 1))
        sentence = (
            f"similarity breaks between {a} and {b}: they keep {percent(kept)} of each other's neighbours "
            f"(NNLS {share(value)}; {share(before)} one step before, {share(after)} one after)"
        )
        blocks = self._blocks(pairs.rows, steps)
        if len(steps) > 1 or all(len(block) > 1 for block in blocks):
            sentence += f"; the layers form {len(blocks)} blocks: {', '.join(spanned(block) for block in blocks)}"
        numbers = {"kept": kept, "similarity": value, "before": before, "after": after, "breaks": float(len(steps))}
        layers = [x for x in pairs.rows if any(x in step for step in steps)]
        return (self.say(sentence, layers, evidence.main, numbers, brief=f"NNLS {share(value)} between {a} and {b}"),)

    @staticmethod
    def _blocks(layers: tuple[str, ...], steps: tuple[tuple[str, str], ...]) -> list[tuple[str, ...]]:
        starts = [0, *(layers.index(after) for _, after in steps), len(layers)]
        return [layers[a:b] for a, b in pairwise(starts)]


finder = SimilarityBreaks()
