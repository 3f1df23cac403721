"""Dimension compared: where one network's representation is more complex than the other's."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from repscope.activations._layers import INPUT
from repscope.report.findings._contract import ComparisonFinder
from repscope.report.findings._evidence import DIMENSION, Between
from repscope.report.findings._finding import Finding
from repscope.report.findings._words import dimension, spanned
from repscope.report.findings.drift import apart


@final
class DimensionCompared(ComparisonFinder):
    """Finds the consecutive layers where the ID of one network is above that of the other."""

    kind: ClassVar[str] = "dimension_compared"
    title: ClassVar[str] = "Which is more complex"
    criterion: ClassVar[str] = (
        "The intrinsic dimensions of a layer differ by more than 5 % between the networks, beyond intervals that hold "
        "together for all layers (99.9 %), on the same samples."
    )
    order: ClassVar[int] = 50

    def find(self, between: Between) -> Sequence[Finding]:
        """One finding for each run of consecutive layers of one sign."""
        difference = between.difference(DIMENSION)
        if difference is None:
            return ()
        wide = set(apart(difference)) - {INPUT}
        runs: list[list[str]] = []
        previous = None
        for name in difference.layers:
            if name in wide:
                sign = difference.value(name) > 0
                joins = bool(runs) and runs[-1][-1] == previous and (difference.value(runs[-1][-1]) > 0) == sign
                runs = [*runs[:-1], [*runs[-1], name]] if joins else [*runs, [name]]
            previous = name
        return tuple(self._say(between, run) for run in runs)

    def _say(self, between: Between, run: list[str]) -> Finding:
        curves = [e.curve(DIMENSION, between.main) for e in (between.first, between.second)]
        first, second = (c for c in curves if c is not None)
        widest = max(run, key=lambda x: abs(first.value(x) - second.value(x)))
        a, b = float(np.exp(first.value(widest))), float(np.exp(second.value(widest)))
        names = between.names if a > b else between.names[::-1]
        where = f" at {widest}" if len(run) > 1 else ""
        sentence = (
            f"the representation of {names[0]} is more complex than that of {names[1]} at {spanned(run)}: "
            f"ID {dimension(max(a, b))} against {dimension(min(a, b))}{where}"
        )
        return self.say(sentence, run, between.main, {"first": a, "second": b})


finder = DimensionCompared()
