"""Redundant layers: consecutive layers that keep almost all of each other's neighbours."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, final

from repscope.measures._curve import exceeding
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._pairs import Pairs
from repscope.report.findings._words import listed, percent, share, spanned

MOST = 3
"""Beyond so many runs, or layers in a run, they are summed up and not listed."""
ALIKE = 0.75
"""NNLS from which layers are alike: six of seven neighbours are kept."""


def alike(pairs: Pairs) -> list[tuple[str, ...]]:
    """Runs of consecutive layers, each alike to the next, beyond the intervals.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[1.0, 0.9, 0.2], [0.9, 1.0, 0.3], [0.2, 0.3, 1.0]])
    >>> alike(Pairs(tuple("abc"), tuple("abc"), values, 0 * values, values, 0.01))
    [('a', 'b')]
    """
    runs: list[tuple[str, ...]] = []
    steps = list(pairwise(pairs.rows))
    beyond = exceeding([pairs.effect(a, b) for a, b in steps], ALIKE)
    for (a, b), clear in zip(steps, beyond, strict=True):
        if not clear:
            continue
        if runs and runs[-1][-1] == a:
            runs[-1] = (*runs[-1], b)
        else:
            runs.append((a, b))
    return runs


@final
class RedundantLayers(RunFinder):
    """Finds runs of layers that change little (Hryniowski 2024, section 4.4)."""

    kind: ClassVar[str] = "redundant_layers"
    title: ClassVar[str] = "Layers that add little"
    criterion: ClassVar[str] = (
        "NNLS of consecutive layers is above 0.75, which is six of seven neighbours kept, beyond intervals that hold "
        "together for all pairs (99.9 %)."
    )
    order: ClassVar[int] = 70

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One finding for each run of layers; a single one where there are many."""
        pairs = evidence.pairs
        if pairs is None:
            return ()
        runs = alike(pairs)
        if len(runs) <= MOST:
            return tuple(self._one(evidence.main, pairs, run) for run in runs)
        return (self._many(evidence.main, pairs, runs),)

    def _one(self, partition: str, pairs: Pairs, run: tuple[str, ...]) -> Finding:
        kept, similarity = _least(pairs, run)
        numbers = {"kept": kept, "similarity": similarity}
        if len(run) == 2:
            sentence = (
                f"layers {run[0]} and {run[1]} keep {percent(kept)} of each other's neighbours "
                f"(NNLS {share(similarity)}): one of them adds little"
            )
        else:
            which = f"layers {listed(run)}" if len(run) <= MOST else f"the {len(run)} layers from {spanned(run)}"
            sentence = (
                f"{which} keep at least {percent(kept)} of their neighbours from one to the next "
                f"(NNLS {share(similarity)} or more): they add little to one another"
            )
        return self.say(sentence, run, partition, numbers, brief=f"{percent(kept)} from {spanned(run)}")

    def _many(self, partition: str, pairs: Pairs, runs: list[tuple[str, ...]]) -> Finding:
        kept, similarity = (min(least) for least in zip(*(_least(pairs, run) for run in runs), strict=True))
        longest = sorted(runs, key=len, reverse=True)[:MOST]
        sentence = (
            f"{sum(len(run) for run in runs)} layers, in {len(runs)} runs, keep at least {percent(kept)} of their "
            f"neighbours from one to the next (NNLS {share(similarity)} or more) and add little to one another; "
            f"the longest runs: {'; '.join(spanned(run) for run in longest)}"
        )
        numbers = {"kept": kept, "similarity": similarity, "runs": float(len(runs))}
        layers = tuple(name for run in runs for name in run)
        return self.say(sentence, layers, partition, numbers, brief=f"{percent(kept)} in {len(runs)} runs")


def _least(pairs: Pairs, run: tuple[str, ...]) -> tuple[float, float]:
    """The least share of neighbours kept, and the least NNLS, from one layer of a run to the next."""
    steps = list(pairwise(run))
    return min(pairs.share_kept(*step) for step in steps), min(pairs.effect(*step).value for step in steps)


finder = RedundantLayers()
