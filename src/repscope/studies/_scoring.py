"""Every measure on every layer, or pair of layers, of every recording, at every scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from repscope.activations import Recording, Scale, precision_note
from repscope.core.digests import digest_json
from repscope.core.errors import BadInput, Damaged
from repscope.core.files import read_json, write_json
from repscope.core.progress import progress
from repscope.measures import MEASURES, LayerMeasure, Measure, PairMeasure, Score
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
    rows: dict[tuple[str, str, str, str | None], ScoreRow] = {}
    with progress("scores", sum(len(scales_of(r)) for r in recordings) * len(names), "measures") as advance:
        for recording in recordings:
            plain: list[RecordedLayer] = []
            for scale, pooling in scales_of(recording):
                infos = [recording.at_scale(layer.name, scale, pooling) for layer in recording.layers]
                k = ks[recording.partition]
                known = {view.name: view for view in plain}
                views = [known.get(info.name) or RecordedLayer(recording, info.name, k) for info in infos]
                plain = plain or views
                for name in names:
                    for row in _of(MEASURES[name], recording.partition, plain, views, have):
                        rows.setdefault((name, row.partition, row.layer, row.other), row)
                    advance()
            for key, row in rows.items():
                if row.partition == recording.partition:
                    rows[key] = _note_precision(row, recording)
    _require_values(names, list(rows.values()))
    if file is not None:
        write_scores(file, list(rows.values()), of)
    return ScoreTable(tuple(rows.values()))


def _note_precision(row: ScoreRow, recording: Recording) -> ScoreRow:
    """The row, with what must be read with it where float16 did not hold a layer."""
    layers = [layer for layer in dict.fromkeys((row.layer, row.other)) if layer is not None]
    notes = [precision_note(x, recording.imprecise[x], recording.n) for x in layers if x in recording.imprecise]
    new = tuple(note for note in notes if note not in row.score.notes)
    return replace(row, score=replace(row.score, notes=(*row.score.notes, *new))) if new else row


def scales_of(recording: Recording) -> list[tuple[Scale, str | None]]:
    """Every scale of a recording with every kind of pooling; first the layers as they are."""
    pooled = [(s, kind) for kind in recording.poolings for s in recording.scales if s != 1]
    return [(1, None), *pooled]


def _of(
    measure: Measure,
    partition: str,
    plain: Sequence[RecordedLayer],
    views: Sequence[RecordedLayer],
    have: Kept,
) -> Iterator[ScoreRow]:
    """Of the layers at a scale; for a measure of pairs with each other, and unpooled rows with pooled columns."""
    if isinstance(measure, LayerMeasure):
        yield from _of_layers(measure, partition, views, have)
    elif isinstance(measure, PairMeasure):
        yield from _of_pairs(measure, partition, views, views, have)
        if plain != views:
            yield from _of_pairs(measure, partition, plain, views, have)


def _require_values(names: Sequence[str], rows: Sequence[ScoreRow]) -> None:
    """Raise what a measure says if it has no answer at all: then data or settings do not suit it."""
    for name in names:
        scores = [row.score for row in rows if row.score.measure == name]
        if scores and all(s.interval_method == "none" for s in scores):
            where = next(row.layer for row in rows if row.score.measure == name)
            reason = scores[0].notes[0].removeprefix("no value: ")
            raise BadInput(f"{MEASURES[name].title} of layer {where!r}: {reason}")


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


def _of_layers(measure: LayerMeasure, partition: str, views: Sequence[RecordedLayer], have: Kept) -> Iterator[ScoreRow]:
    for view in views:
        row = have.get((measure.name, partition, view.name, None))
        if row is None:
            try:
                score = measure.score(view)
            except BadInput as error:
                score = Score.refused(measure.name, error)
            row = ScoreRow(partition, view.name, None, score)
        yield row


def _of_pairs(
    measure: PairMeasure,
    partition: str,
    firsts: Sequence[RecordedLayer],
    seconds: Sequence[RecordedLayer],
    have: Kept,
) -> Iterator[ScoreRow]:
    pairs = list(product(firsts, seconds))
    kept = [have.get((measure.name, partition, first.name, second.name)) for first, second in pairs]
    if all(row is not None for row in kept):
        yield from (row for row in kept if row is not None)
        return
    for (first, second), score in zip(pairs, measure.scores(firsts, seconds), strict=True):
        yield ScoreRow(partition, first.name, second.name, score)
