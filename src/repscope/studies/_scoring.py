"""Every measure on every layer, or pair of layers, of every recording."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

from repscope.activations import Recording
from repscope.core.digests import digest_json
from repscope.core.errors import BadInput, Damaged
from repscope.core.files import read_json, write_json
from repscope.core.progress import progress
from repscope.measures import MEASURES, LayerMeasure, PairMeasure, Score
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._view import RecordedLayer

Kept = Mapping[tuple[str, str, str, str | None], ScoreRow]
"""Rows by measure, partition, layer and other layer."""


def score_recordings(
    recordings: Sequence[Recording],
    ks: Mapping[str, int],
    names: Sequence[str],
    file: Path | None = None,
    method: str = "exact",
) -> ScoreTable:
    """The scores of these measures for all layers, and pairs of layers, of each recording.

    Scores that `file` already holds, from graphs of the same method, are taken from there.

    Raises
    ------
    BadInput
        If a measure has no answer for any layer; where it has none for some, they get a score of NaN that says why.
    """
    of = {r.partition: {"recording": r.digest, "k": ks[r.partition], "method": method} for r in recordings}
    have = {(r.score.measure, r.partition, r.layer, r.other): r for r in read_scores(file, of)} if file else {}
    rows: list[ScoreRow] = []
    refused: dict[str, list[BadInput]] = {name: [] for name in names}
    with progress("scores", len(recordings) * len(names), "measures") as advance:
        for recording in recordings:
            views = [RecordedLayer(recording, layer.name, ks[recording.partition]) for layer in recording.layers]
            for name in names:
                measure = MEASURES[name]
                if isinstance(measure, LayerMeasure):
                    rows += _of_layers(measure, recording.partition, views, have, refused[name])
                elif isinstance(measure, PairMeasure):
                    rows += _of_pairs(measure, recording.partition, views, have)
                advance()
    for errors in refused.values():
        if errors and len(errors) == sum(len(r.layers) for r in recordings):
            raise errors[0]  # nothing to do with a single layer or partition: the data or the settings do not suit
    if file is not None:
        write_scores(file, rows, of)
    return ScoreTable(tuple(rows))


def write_scores(file: Path, rows: Sequence[ScoreRow], of: Mapping[str, Any]) -> None:
    """Write scores, with what they are of and a digest of both."""
    content = {"rows": [row.as_dict() for row in rows], "of": dict(of)}
    write_json(file, {**content, "digest": digest_json(content)})


def read_scores(file: Path, of: Mapping[str, Any] | None = None) -> tuple[ScoreRow, ...]:
    """The scores in a file; none if there is no file, or if they are `of` other recordings.

    Raises
    ------
    Damaged
        If the file was changed after it was written.
    """
    if not file.exists():
        return ()
    content = read_json(file)
    written = content.pop("digest", None) if isinstance(content, dict) else None
    if written != digest_json(content):
        raise Damaged(
            f"{file} was changed after it was written; delete it, the scores are computed again from the graphs"
        )
    return tuple(ScoreRow.from_dict(r) for r in content["rows"]) if of is None or content["of"] == of else ()


def _of_layers(
    measure: LayerMeasure,
    partition: str,
    views: Sequence[RecordedLayer],
    have: Kept,
    refused: list[BadInput],
) -> Iterable[ScoreRow]:
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
        yield row


def _of_pairs(measure: PairMeasure, partition: str, views: Sequence[RecordedLayer], have: Kept) -> Iterable[ScoreRow]:
    known: dict[tuple[str, str], Score] = {}
    for first, second in combinations_with_replacement(views, 2) if measure.symmetric else product(views, repeat=2):
        row = have.get((measure.name, partition, first.name, second.name))
        known[first.name, second.name] = row.score if row else measure.score(first, second)
    for first, second in product(views, repeat=2):
        score = known.get((first.name, second.name)) or known[second.name, first.name]
        yield ScoreRow(partition, first.name, second.name, score)
