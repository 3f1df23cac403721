"""Every measure on every layer, or pair of layers, of every recording."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement, product
from pathlib import Path

from repscope.activations import Recording
from repscope.core.errors import BadInput
from repscope.core.files import read_json
from repscope.core.progress import progress
from repscope.measures import MEASURES, LayerMeasure, PairMeasure, Score
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._view import RecordedLayer

Kept = Mapping[tuple[str, str, str, str | None], ScoreRow]
"""Rows by measure, partition, layer and other layer."""


def score_recordings(
    recordings: Sequence[Recording], ks: Mapping[str, int], names: Sequence[str], file: Path | None = None
) -> ScoreTable:
    """The scores of these measures for all layers, and pairs of layers, of each recording.

    Scores that `file` already holds are taken from there.

    Raises
    ------
    BadInput
        If a measure has no answer for any layer; where it has none for some, they get a score of NaN that says why.
    """
    have = _read(file)
    rows: list[ScoreRow] = []
    with progress("scores", len(recordings) * len(names), "measures") as advance:
        for recording in recordings:
            views = [RecordedLayer(recording, layer.name, ks[recording.partition]) for layer in recording.layers]
            for name in names:
                measure = MEASURES[name]
                if isinstance(measure, LayerMeasure):
                    rows += _of_layers(measure, recording.partition, views, have)
                elif isinstance(measure, PairMeasure):
                    rows += _of_pairs(measure, recording.partition, views, have)
                advance()
    return ScoreTable(tuple(rows))


def _of_layers(measure: LayerMeasure, partition: str, views: Sequence[RecordedLayer], have: Kept) -> Iterable[ScoreRow]:
    rows, refused = [], []
    for view in views:
        row = have.get((measure.name, partition, view.name, None))
        if row is None:
            try:
                score = measure.score(view)
            except BadInput as error:
                refused.append(BadInput(f"{measure.title} of layer {view.name!r}: {error}"))
                nan = float("nan")
                score = Score(measure.name, nan, (nan, nan), "none", notes=(f"no value: {error}",))
            row = ScoreRow(partition, view.name, None, score)
        rows.append(row)
    if len(refused) == len(views):  # nothing to do with a single layer: the data or the settings do not suit
        raise refused[0]
    return rows


def _of_pairs(measure: PairMeasure, partition: str, views: Sequence[RecordedLayer], have: Kept) -> Iterable[ScoreRow]:
    known: dict[tuple[str, str], Score] = {}
    for first, second in combinations_with_replacement(views, 2) if measure.symmetric else product(views, repeat=2):
        row = have.get((measure.name, partition, first.name, second.name))
        known[first.name, second.name] = row.score if row else measure.score(first, second)
    for first, second in product(views, repeat=2):
        score = known.get((first.name, second.name)) or known[second.name, first.name]
        yield ScoreRow(partition, first.name, second.name, score)


def _read(file: Path | None) -> Kept:
    if file is None or not file.exists():
        return {}
    rows = [ScoreRow.from_dict(r) for r in read_json(file)["rows"]]
    return {(r.score.measure, r.partition, r.layer, r.other): r for r in rows}
