"""Invariant to pooling: layers whose neighbours stay when their maps are pooled."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.activations._layers import INPUT
from repscope.core.errors import NotFound
from repscope.measures import Score
from repscope.measures._curve import Effect
from repscope.measures._interval import Z95
from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import LAYERS, Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._scaled import diagonal, scales_of, variants
from repscope.report.findings._words import few, part, share

KEPT = 0.8
"""NNLS from which on neighbours count as kept."""


@final
class PoolingInvariant(RunFinder):
    """Finds layers that the smallest window leaves as they are, where others are changed by it."""

    kind: ClassVar[str] = "pooling_invariant"
    title: ClassVar[str] = "Pooled already"
    criterion: ClassVar[str] = (
        "NNLS of the layer as it is with itself under the smallest window is above 0.8 with its whole 99.9 % interval over all "
        "layers, for every kind of pooling; the input and layers without height and width are left out."
    )
    order: ClassVar[int] = 82

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One finding with all such layers."""
        ways = scales_of(evidence.run)
        if not ways:
            return ()
        smallest = {pooling: scale for pooling, scale in reversed(ways) if scale != "global"}
        try:
            kept = {way: diagonal(evidence, LAYERS, *way) for way in smallest.items()}
        except NotFound:
            return ()
        inner = [x for x in evidence.layers if x != INPUT]  # an image that was enlarged has learned nothing
        spatial = [x for x in inner if any(name != x for name in variants(evidence, x).values())]
        looks = len(spatial) * max(len(kept), 1)
        same = [
            x for x in spatial if kept and all(x in d and _effect(d[x]).exceeds(KEPT, looks) for d in kept.values())
        ]
        if not same:
            return ()
        least = min(d[x].value for d in kept.values() for x in same)
        side = next(iter(smallest.values()))
        other = [d[x].value for d in kept.values() for x in spatial if x not in same]
        rest = f"; elsewhere it goes down to {share(min(other))}" if other else ""
        sentence = (
            f"pooling their maps {side} × {side} leaves the neighbours at {few(same)} nearly as they are in {part(evidence.main)} (NNLS "
            f"{share(least)} or more{rest}): what the window takes away does not tell these layers' neighbours"
        )
        return (
            self.say(
                sentence, tuple(same), evidence.main, {"least": least, "layers": float(len(same))}, brief=few(same)
            ),
        )


def _effect(score: Score) -> Effect:
    """A score with the error that its 95 % interval stands for."""
    return Effect(score.value, (score.value - score.interval[0]) / Z95)


finder = PoolingInvariant()
