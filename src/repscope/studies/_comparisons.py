"""compare(): two runs on the same samples, or several, each with each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import final, overload

import numpy as np

from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput
from repscope.measures import MEASURES, PairMeasure, Score
from repscope.studies._comparison import Comparison, check_same_samples, compare_pair
from repscope.studies._run import Run
from repscope.studies._table import ScoreRow, ScoreTable

MOST = 8
"""Runs in one comparison: a chart has as many colours and markers that can be told apart."""


@final
@dataclass(frozen=True, eq=False)
class Comparisons:
    """Three runs or more on the same samples.

    Attributes
    ----------
    runs : tuple of Run
    pairs : tuple of Comparison
        Each run with each later one.
    """

    runs: tuple[Run, ...]
    pairs: tuple[Comparison, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What to call the runs: the names of their folders, numbered where two have the same."""
        counts = Counter(run.name for run in self.runs)
        return tuple(
            run.name if counts[run.name] == 1 else f"{run.name} ({number})" for number, run in enumerate(self.runs, 1)
        )

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partitions that all runs have."""
        return common_partitions(self.runs)

    @property
    def measure(self) -> str:
        """The measure of pairs of layers."""
        return self.pairs[0].table.measures[0]

    @property
    def title(self) -> str:
        """All runs, for headings."""
        return f"{', '.join(self.names[:-1])} and {self.names[-1]}"

    @cached_property
    def table(self) -> ScoreTable:
        """How alike the networks are, by partition: rows and columns are runs.

        Each value is the mean of the measure over layers at the same depth, from each network's first layer to its
        last; the input, which is the same for all, is left out. There is none of a run with itself and, of a measure
        that is not symmetric, none of a run with an earlier one.
        """
        found, nan = MEASURES[self.measure], float("nan")
        both_ways = isinstance(found, PairMeasure) and found.symmetric
        nothing = Score(self.measure, nan, (nan, nan), "")
        rows = []
        for partition in self.partitions:
            scores = {}
            for (a, b), pair in zip(combinations(self.names, 2), self.pairs, strict=True):
                scores[a, b] = mean_by_depth(pair.table.select(partition=partition))
                scores[b, a] = scores[a, b] if both_ways else nothing
            rows += [ScoreRow(partition, a, b, scores.get((a, b), nothing)) for a, b in product(self.names, self.names)]
        return ScoreTable(tuple(rows))

    def report(self, path: str | Path) -> Path:
        """Write the comparison as one offline HTML file, and say where it is; ``NAME.txt`` gets text, ``NAME.json`` JSON."""
        from repscope.report import write_comparisons

        return write_comparisons(self, path)


@overload
def compare(first: Run, second: Run, /, *, measure: str = "layer_similarity", permutations: int = 0) -> Comparison: ...
@overload
def compare(
    first: Run, second: Run, third: Run, /, *others: Run, measure: str = "layer_similarity", permutations: int = 0
) -> Comparisons: ...
def compare(
    first: Run, second: Run, *others: Run, measure: str = "layer_similarity", permutations: int = 0
) -> Comparison | Comparisons:
    """Compare every layer of one run with every layer of another on the same samples, or several runs each with each.

    Parameters
    ----------
    first, second, *others : Run
        Two to eight runs on the same samples in the same order, with the same k.
    measure : str
        A measure of pairs of layers.
    permutations : int
        Also compare so many times with the samples of the second run in other orders, 19 or more, to say how large the
        closest of all pairs is by chance; takes as many times as long.

    Returns
    -------
    Comparison or Comparisons
        Of two runs, or of more.

    Raises
    ------
    Mismatch
        If the samples of two runs, their order, or k differ; the message names the two and says how.
    BadInput
        If something else than a run is given, the measure is not one of pairs, the runs have no partition in common, or
        there are more than eight.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import analyze, compare, load_data, load_network
    >>> data = load_data("digits").partition("validation").balanced(100)
    >>> runs = [
    ...     analyze(load_network("repscope:resnet20", weights="random", seed=s), data, ["input", "pool"], tempfile.mkdtemp())
    ...     for s in (0, 1, 2)
    ... ]
    >>> float(compare(*runs[:2]).table.matrix()[0, 0])
    1.0
    >>> compare(*runs).table.matrix().shape
    (3, 3)
    """
    runs = (first, second, *others)
    for run in runs:
        if not isinstance(run, Run):
            raise BadInput(
                f"{run!r} is no run; expected runs, such as Run({str(run)!r}), and a measure by its name: measure=…"
            )
    if len(runs) > MOST:
        raise BadInput(
            f"{len(runs)} runs; expected {MOST} at most, as a chart has no more colours that can be told apart; "
            "compare fewer at a time, or families of networks by the study 'ab'"
        )
    found = MEASURES[measure]
    if not isinstance(found, PairMeasure):
        raise BadInput(
            f"the measure {measure!r} is of single layers; compare needs one of pairs, such as 'layer_similarity'"
        )
    partitions = common_partitions(runs)
    if not partitions:
        named = ", ".join(f"{run.name!r} has {', '.join(run.partitions)}" for run in runs)
        raise BadInput(f"the runs have no partition in common: {named}; analyse the same partitions")
    for partition in partitions:
        for a, b in combinations(runs, 2):
            check_same_samples(a, b, partition)
    pairs = tuple(compare_pair(a, b, partitions, found, permutations) for a, b in combinations(runs, 2))
    return pairs[0] if len(runs) == 2 else Comparisons(runs, pairs)


def common_partitions(runs: Sequence[Run]) -> tuple[str, ...]:
    """The partitions that all runs have, in the order of the first."""
    return tuple(p for p in runs[0].partitions if all(p in run.partitions for run in runs))


def mean_by_depth(table: ScoreTable) -> Score:
    """The mean of the scores of layers at the same depth, of one measure and one partition.

    Parameters
    ----------
    table : ScoreTable
        Rows are layers of one network, other layers those of another. Where one has more layers, each of them goes with
        the layer of the other that is nearest in depth.

    Returns
    -------
    Score
        `interval`: from the mean of the lower to the mean of the upper ends, which holds however the layers' errors
        depend on each other. `null`: the mean of theirs, where all have one. `details`: `layers`, how many were averaged.

    Examples
    --------
    >>> values = {("a", "a"): 0.5, ("a", "b"): 0.1, ("b", "a"): 0.1, ("b", "b"): 0.7}
    >>> rows = [ScoreRow("train", *names, Score("m", v, (v - 0.1, v + 0.1), "made")) for names, v in values.items()]
    >>> print(mean_by_depth(ScoreTable(tuple(rows))))
    m 0.6 [0.5, 0.7]
    """
    rows, columns = ([x for x in names if x != INPUT] or names for names in (table.layers, table.others))
    count = max(len(rows), len(columns))
    cells = {(row.layer, row.other): row.score for row in table.rows}
    scores = [cells[_at_depth(rows, i, count), _at_depth(columns, i, count)] for i in range(count)]
    known = [score for score in scores if np.isfinite(score.value)]
    measure, missing = scores[0].measure, count - len(known)
    if not known:
        return Score.refused(measure, f"none of {count} pairs of layers has one")
    nulls = [score.null for score in known if score.null is not None]
    low, high = np.mean([score.interval for score in known], axis=0)
    return Score(
        measure,
        float(np.mean([score.value for score in known])),
        (float(low), float(high)),
        "mean of the layers' intervals",
        float(np.mean(nulls)) if len(nulls) == len(known) else None,
        notes=(f"{missing} of {count} pairs of layers have no value",) if missing else (),
        details={"layers": len(known)},
    )


def _at_depth(layers: Sequence[str], i: int, count: int) -> str:
    """The layer nearest to place i of count places from the first layer to the last."""
    return layers[int(i * (len(layers) - 1) / max(1, count - 1) + 0.5)]
