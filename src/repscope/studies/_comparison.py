"""The Comparison: two runs on the same samples, and the similarity of their layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import final

import numpy as np

from repscope.core.errors import BadInput, Mismatch
from repscope.core.progress import progress
from repscope.measures import PairMeasure, PermutationTest, permutation_test
from repscope.studies._run import Run
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._view import RecordedLayer


@final
@dataclass(frozen=True, eq=False)
class Comparison:
    """Two runs on the same samples.

    Attributes
    ----------
    first, second : Run
    table : ScoreTable
        Scores of pairs of layers, per common partition: rows are layers of the first run, columns of the second.
    chance : mapping of str to PermutationTest
        By partition, how often other orders of the samples come out as close; empty unless asked for.
    """

    first: Run
    second: Run
    table: ScoreTable
    chance: Mapping[str, PermutationTest] = field(default_factory=dict)

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partitions that both runs have."""
        return tuple(p for p in self.first.partitions if p in self.second.partitions)

    @property
    def title(self) -> str:
        """Both networks, for headings."""
        return f"{self.first.description['network']['name']} and {self.second.description['network']['name']}"

    def report(self, path: str | Path) -> Path:
        """Write the comparison as one offline HTML file, and say where it is; ``NAME.txt`` gets text, ``NAME.json`` JSON."""
        from repscope.report import write_comparison

        return write_comparison(self, path)


def compare_pair(
    first: Run, second: Run, partitions: Sequence[str], found: PairMeasure, permutations: int
) -> Comparison:
    """Compare every layer of one run with every layer of another, of partitions whose samples are the same.

    Raises
    ------
    BadInput
        If the measure has no value for any pair of layers, or the permutations are fewer than 19.
    """
    rows = []
    chance = {}
    for partition in partitions:
        ours = [RecordedLayer(first.recording(partition), name, first.k(partition)) for name in first.layers]
        theirs = [RecordedLayer(second.recording(partition), name, second.k(partition)) for name in second.layers]
        with progress(f"comparing {partition}", len(ours) * len(theirs), "pairs") as advance:
            for (a, b), score in zip(product(ours, theirs), found.scores(ours, theirs), strict=True):
                rows.append(ScoreRow(partition, a.name, b.name, score))
                advance()
        if permutations:
            chance[partition] = permutation_test(found, ours, theirs, permutations)
    if all(row.score.interval_method == "none" for row in rows):
        raise BadInput(
            f"{found.title} of {rows[0].layer} and {rows[0].other}: {rows[0].score.notes[0].removeprefix('no value: ')}"
        )
    return Comparison(first, second, ScoreTable(tuple(rows)), chance)


def check_same_samples(first: Run, second: Run, partition: str) -> None:
    """Refuse two runs whose samples, or their order, or whose k differ.

    Raises
    ------
    Mismatch
        With how they differ.
    """
    a, b = first.recording(partition), second.recording(partition)
    names = f"{first.name!r} and {second.name!r} ({partition})"
    if a.ids != b.ids:
        if len(a.ids) != len(b.ids):
            how = f"{len(a.ids)} and {len(b.ids)} samples"
        elif set(a.ids) == set(b.ids):
            how = "the same samples in another order"
        else:
            how = f"{len(set(a.ids) - set(b.ids))} of {len(a.ids)} samples of the first are not in the second"
        raise Mismatch(f"{names} are not of the same samples: {how}; analyse both with the same data, samples and seed")
    contents = [r.manifest["data"]["contents"] for r in (a, b)]
    if contents[0] != contents[1]:
        raise Mismatch(f"{names} have the same ids and other images; analyse both with the same data")
    if a.labels is not None and b.labels is not None and not np.array_equal(a.labels, b.labels):
        different = int(np.count_nonzero(a.labels != b.labels))
        raise Mismatch(
            f"{names} have the same samples and {different} different labels; analyse both with the same labels"
        )
    if first.k(partition) != second.k(partition):
        raise Mismatch(
            f"{names} have {first.k(partition)} and {second.k(partition)} neighbours per sample; analyse both with the same k"
        )
