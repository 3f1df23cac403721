"""From scores to charts and matrices."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from repscope.report._blocks import Chart, Matrix, Note, Series, Sheet
from repscope.studies import ScoreRow, ScoreTable
from repscope.studies._measure_words import MeasureWords, measure_words


def curve_measures(table: ScoreTable) -> tuple[str, ...]:
    """Measures of single layers that are in the table; what is in the table counts, not what is installed."""
    return tuple(dict.fromkeys(r.score.measure for r in table.rows if r.other is None))


def matrix_measures(table: ScoreTable) -> tuple[str, ...]:
    """Measures of pairs of layers that are in the table."""
    return tuple(dict.fromkeys(r.score.measure for r in table.rows if r.other is not None))


def series_of(
    table: ScoreTable, name: str, keys: Mapping[str, str], colour: int, faint: bool = False, hollow: bool = False
) -> tuple[Series, ...]:
    """The curve of a table of one measure and one partition; none if the table is empty."""
    rows = [r for r in table.rows if r.other is None]
    if not rows:
        return ()
    scores = [r.score for r in rows]
    return (
        Series(
            name,
            keys,
            tuple(r.layer for r in rows),
            tuple(s.value for s in scores),
            tuple(s.interval[0] for s in scores),
            tuple(s.interval[1] for s in scores),
            tuple(s.null for s in scores),
            tuple(tuple(s.notes) for s in scores),
            colour,
            faint,
            hollow,
        ),
    )


def over_layers(series: Sequence[Series], layers: Sequence[str]) -> list[Series]:
    """The same curves over these layers, with a gap where a curve has none of them.

    Examples
    --------
    >>> one = Series("born", {}, ("b", "c"), (0.5, 0.7), (0.4, 0.6), (0.6, 0.8), (None, None), ((), ("odd",)))
    >>> [(found.values, found.remarks) for found in over_layers([one], ("a", "b", "c"))]
    [((nan, 0.5, 0.7), ((), (), ('odd',)))]
    """
    nan = float("nan")

    def moved(one: Series) -> Series:
        place = {layer: i for i, layer in enumerate(one.layers)}
        at = [place.get(layer) for layer in layers]

        def of(values: Sequence[float]) -> tuple[float, ...]:
            return tuple(nan if i is None else values[i] for i in at)

        return replace(
            one,
            layers=tuple(layers),
            values=of(one.values),
            low=of(one.low),
            high=of(one.high),
            null=tuple(None if i is None else one.null[i] for i in at),
            remarks=tuple(() if i is None else one.remarks[i] for i in at),
        )

    return [moved(one) for one in series]


def chart_of(measure: str, series: Sequence[Series], table: ScoreTable) -> Chart:
    """The chart of a measure.

    Curves over the same layers share an axis of layers; curves of networks that are built differently share an axis of
    depth, from each one's first to its last layer.
    """
    words = measure_words(measure)
    same = len({s.layers for s in series}) <= 1
    return Chart(
        measure,
        words.title,
        words.symbol,
        words.summary,
        tuple(series),
        words.bounds,
        "layers" if same else "depth",
        notes_of(table.rows),
        caption_of(words, table.rows),
    )


def on_one_scale(charts: Sequence[Chart]) -> list[Chart]:
    """Charts that are looked at side by side, with one range of values."""
    shown = [
        x
        for c in charts
        for s in c.series
        for values in (s.values, s.low, s.high, s.null)
        for x in values
        if _finite(x)
    ]
    if not shown:
        return list(charts)
    low, high = min(shown), max(shown)
    margin = 0.05 * (high - low or 1.0)
    return [replace(chart, range=(low - margin, high + margin)) for chart in charts]


def _finite(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def sheet_of(table: ScoreTable, name: str, keys: Mapping[str, str]) -> Sheet:
    """The matrix of a table of one measure and one partition."""
    found = {(r.layer, r.other): r.score for r in table.rows if r.other is not None}
    rows, columns = (
        tuple(dict.fromkeys(a for a, _ in found)),
        tuple(dict.fromkeys(b for _, b in found if b is not None)),
    )
    nan = float("nan")

    def cells(read: str) -> tuple[tuple[float, ...], ...]:
        out = []
        for a in rows:
            scores = [found.get((a, b)) for b in columns]
            if read == "value":
                out.append(tuple(nan if s is None else s.value for s in scores))
            elif read == "null":
                out.append(tuple(nan if s is None or s.null is None else s.null for s in scores))
            else:
                out.append(tuple(nan if s is None else s.interval[read == "high"] for s in scores))
        return tuple(out)

    return Sheet(name, keys, rows, columns, cells("value"), cells("low"), cells("high"), cells("null"))


def matrix_of(
    measure: str, table: ScoreTable, sheets: Sequence[Sheet], row_title: str = "layer", column_title: str = "layer"
) -> Matrix:
    """The heat maps of a measure of pairs."""
    words = measure_words(measure)
    return Matrix(
        measure,
        words.title,
        words.symbol,
        words.summary,
        tuple(sheets),
        words.bounds,
        row_title,
        column_title,
        notes_of(table.rows),
        caption_of(words, table.rows),
    )


def notes_of(rows: Iterable[ScoreRow]) -> tuple[Note, ...]:
    """What must be read with the scores: notes that differ in nothing but their numbers stand as one, with all places.

    Examples
    --------
    >>> from repscope.measures import Score
    >>> scores = [Score("m", 1.0, (1.0, 1.0), "exact", notes=(f"{n} tied rows",)) for n in (3, 5)]
    >>> [(note.text, note.where, note.more) for note in notes_of(ScoreRow("train", f"l{s.notes[0][0]}", None, s) for s in scores)]
    [('3 tied rows', 'train: all', 1)]
    """
    rows = list(rows)
    places: dict[str, dict[str, list[str]]] = {}
    texts: dict[str, dict[str, None]] = {}
    for r in rows:
        for text in r.score.notes:
            alike = re.sub(r"[-+]?[0-9]+(?:[.,][0-9]+)*(?:e[-+][0-9]+)?", "#", text)
            texts.setdefault(alike, {})[text] = None
            place = r.layer if r.other is None else f"{r.layer} × {r.other}"
            places.setdefault(alike, {}).setdefault(r.partition, []).append(place)
    counts = Counter(r.partition for r in rows)
    return tuple(
        Note(
            next(iter(texts[alike])),
            "; ".join(_place(partition, names, counts[partition]) for partition, names in found.items()),
            len(texts[alike]) - 1,
        )
        for alike, found in places.items()
    )


def _place(partition: str, names: list[str], total: int) -> str:
    """Where a note holds: all of a partition, or the names, the first of them when they are many."""
    if len(names) == total:
        return f"{partition}: all"
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return f"{partition}: {shown}"


def caption_of(words: MeasureWords, rows: Iterable[ScoreRow]) -> str:
    """How the intervals were made, and the paper."""
    methods = list(dict.fromkeys(r.score.interval_method for r in rows if r.score.interval_method))
    parts = [f"95 % interval: {'; '.join(methods)}."] if methods else []
    if words.reference:
        parts.append(words.reference.rstrip(".") + ".")
    return " ".join(parts)
