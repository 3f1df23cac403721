"""Channel steps: globally averaged, a layer's dimension follows its number of channels."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, final

import numpy as np

from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._scaled import log_dimension_at, scales_of, variants
from repscope.report.findings._words import dimension, part

MARGIN = np.log(1.1)
"""By which steps with more channels must exceed the others, as a logarithm."""


@final
class ChannelSteps(RunFinder):
    """Finds that the dimension of globally averaged maps rises where channels do, more than elsewhere."""

    kind: ClassVar[str] = "channel_steps"
    title: ClassVar[str] = "Steps of the channels"
    criterion: ClassVar[str] = (
        "Under global average pooling, the mean rise of the logarithm of the dimension at the steps with more channels exceeds that "
        "at the other steps by a tenth, beyond its 99.9 % interval."
    )
    order: ClassVar[int] = 84

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One sentence, or nothing."""
        if ("average", "global") not in scales_of(evidence.run):
            return ()
        recording = evidence.run.recording(evidence.main)
        curve = log_dimension_at(evidence, "average", "global")
        channels = {}
        for layer in curve.layers:
            pooled = recording.layer(variants(evidence, layer)["average", "global"])
            if pooled.name != layer:
                channels[layer] = pooled.features
        steps = [(a, b) for a, b in pairwise(curve.layers) if a in channels and b in channels]
        more = [(a, b) for a, b in steps if channels[b] > channels[a]]
        rest = [step for step in steps if step not in more]
        if len(more) < 2 or len(rest) < 2:
            return ()
        weights = dict.fromkeys(curve.layers, 0.0)
        for group, sign in ((more, 1.0), (rest, -1.0)):
            for a, b in group:
                weights[b] += sign / len(group)
                weights[a] -= sign / len(group)
        effect = curve.effect(weights)
        if not effect.exceeds(MARGIN):
            return ()
        said = [
            f"{dimension(float(np.exp(curve.value(a))))} → {dimension(float(np.exp(curve.value(b))))} at {b} ({channels[b]} channels)"
            for a, b in more
        ]
        sentence = (
            f"averaged over the whole map, the dimension in {part(evidence.main)} follows the number of channels: {', '.join(said)}; at the other "
            f"steps it changes by a factor of {np.exp(np.mean([curve.rise(a, b).value for a, b in rest])):.2f} on average"
        )
        names = tuple(b for _, b in more)
        return (self.say(sentence, names, evidence.main, {"factor": float(np.exp(effect.value))}, brief="it does"),)


finder = ChannelSteps()
