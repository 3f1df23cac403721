"""The page of a comparison of several runs: each with each."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from repscope.core.files import write_bytes
from repscope.core.numbers import shown
from repscope.measures import MEASURES, PairMeasure, Score
from repscope.report._blocks import Block, Chart, Column, Matrix, Series, Table
from repscope.report._comparison import FINDINGS, provenance
from repscope.report._explorer import explorer_of_runs
from repscope.report._page import Page, Section
from repscope.report._report import written
from repscope.report._scores import chart_of, curve_measures, matrix_of, on_one_scale, series_of, sheet_of
from repscope.report.panels.findings import finding_list
from repscope.studies import Comparison, Comparisons, Run, ScoreRow, ScoreTable
from repscope.studies._measure_words import measure_words


def write_comparisons(comparisons: Comparisons, path: str | Path) -> Path:
    """Write the page of a comparison of three runs or more as one offline HTML file, or as text or JSON.

    Parameters
    ----------
    comparisons : Comparisons
        What `compare` answered.
    path : path
        Where to; a name that ends in ``.txt`` gets all that the page says as plain text, one in ``.json`` all its numbers.

    Returns
    -------
    path
        The file.

    Raises
    ------
    OutOfSpace
        If the disk is full.
    """
    from repscope.report.findings import compare_findings

    runs, names, partition = comparisons.runs, comparisons.names, comparisons.partitions[-1]
    explorer = explorer_of_runs(runs, names, names, partition)
    sections = [
        Section("alike", "How alike the networks are", _ALIKE, tuple(_alike(comparisons))),
        Section("findings", "What was found", FINDINGS, (finding_list(compare_findings(comparisons)),)),
        Section("matrices", "Network against network", _MATRICES, tuple(_matrices(comparisons))),
        Section("diagonal", "The same layer in each", _DIAGONAL, tuple(_charts(comparisons, partition, _same))),
        Section("best", "The most alike layer", _BEST, tuple(_charts(comparisons, partition, _most_alike))),
        Section("curves", "Curves over each other", _CURVES, tuple(_curves(comparisons))),
        Section("neighbours", "Neighbour explorer", _EXPLORER, (explorer,)),
        Section("reproduce", "To make it again", "", provenance(runs, names)),
    ]
    titles = "; ".join(f"{name}: {run.title}" for name, run in zip(names, runs, strict=True))
    lead = f"{titles}. All networks saw the same samples, and each is compared with each."
    facts = (
        ("networks", f"{len(runs)}"),
        ("layers", _joined([f"{len(run.layers)}" for run in runs])),
        *((f"{p} images", f"{runs[0].recording(p).n:,}") for p in comparisons.partitions),
        ("parameters", _joined([f"{run.description['network']['parameters']:,}" for run in runs])),
    )
    page = Page("Comparison", comparisons.title, lead, facts, tuple(s for s in sections if s.blocks))
    target = Path(path)
    write_bytes(target, written(page, target))
    return target


_ALIKE = (
    "For each two networks the mean over layers at the same depth, from each one's first layer to its last. The input, "
    "which is the same for all, is left out."
)
_MATRICES = (
    "Rows are layers of the first network of a pair, columns layers of the second. A ridge along the diagonal means that "
    "both do the same at the same place; a ridge below or above it, that one of them does it earlier."
)
_DIAGONAL = (
    "The diagonals of the matrices above, those of the last partition: a chart for each network, in it a curve for each "
    "other network."
)
_BEST = (
    "For every layer of a network the layer of each other network that is most alike, wherever it is. The best of many is "
    "by chance a little better than any one of them."
)
_CURVES = "Colours are networks, the same in all charts. Charts of one measure have one scale."
_EXPLORER = "The same sample as each network sees it: switch between the networks and the sample stays."


def _joined(texts: list[str]) -> str:
    """One text where all are the same.

    >>> _joined(["13", "13"]), _joined(["13", "9"])
    ('13', '13 / 9')
    """
    return " / ".join(texts if len(set(texts)) > 1 else texts[:1])


def _alike(comparisons: Comparisons) -> Iterator[Block]:
    """Runs by runs: as a heat map, and with intervals as a table for each partition."""
    measure, table = comparisons.measure, comparisons.table
    words = measure_words(measure)
    sheets = [sheet_of(table.select(partition=p), p, {"partition": p}) for p in comparisons.partitions]
    matrix: Matrix = matrix_of(measure, table, sheets, "network", "network")
    yield replace(matrix, title=f"{words.title}, mean over layers")
    for partition in comparisons.partitions:
        scores = {(r.layer, r.other): r.score for r in table.select(partition=partition).rows}
        rows = [(a, *(_cell(scores.get((a, b))) for b in comparisons.names)) for a in comparisons.names]
        columns = (Column("network"), *(Column(name) for name in comparisons.names))
        yield Table(f"{words.symbol} with 95 % intervals ({partition})", columns, tuple(rows))


def _cell(score: Score | None) -> str:
    if score is None or not np.isfinite(score.value):
        return "–"
    value, low, high = (shown(x, "#.3g").rstrip(".") for x in (score.value, *score.interval))
    return f"{value} ({low} to {high})"


def _matrices(comparisons: Comparisons) -> Iterator[Matrix]:
    """For each partition all pairs side by side; the page gives them one scale."""
    for partition in comparisons.partitions:
        sheets, rows = [], []
        for (a, b), pair in zip(combinations(comparisons.names, 2), comparisons.pairs, strict=True):
            name = f"{a} × {b}"
            of_pair = [replace(row, partition=name) for row in pair.table.select(partition=partition).rows]
            keys = {"first": a, "second": b, "partition": partition}
            sheets.append(sheet_of(ScoreTable(tuple(of_pair)), name, keys))
            rows += of_pair
        matrix: Matrix = matrix_of(comparisons.measure, ScoreTable(tuple(rows)), sheets, "the first", "the second")
        yield replace(matrix, title=f"{matrix.title} ({partition})")


def _charts(
    comparisons: Comparisons, partition: str, read: Callable[[Comparison, Run, str], tuple[ScoreRow, ...]]
) -> list[Chart]:
    """A chart for each network: what `read` takes from its pairs with the others, in the others' colours."""
    charts = []
    for run, name in zip(comparisons.runs, comparisons.names, strict=True):
        series: list[Series] = []
        rows: list[ScoreRow] = []
        for number, (other, other_name) in enumerate(zip(comparisons.runs, comparisons.names, strict=True)):
            if other is run:
                continue
            pair = next(p for p in comparisons.pairs if {id(p.first), id(p.second)} == {id(run), id(other)})
            of_pair = tuple(replace(row, partition=other_name) for row in read(pair, run, partition))
            keys = {"network": name, "other": other_name, "partition": partition}
            series += series_of(ScoreTable(of_pair), other_name, keys, number)
            rows += of_pair
        if series:
            chart = chart_of(comparisons.measure, series, ScoreTable(tuple(rows)))
            charts.append(replace(chart, title=f"{name} and each other ({partition})"))
    return on_one_scale(charts)


def _same(pair: Comparison, run: Run, partition: str) -> tuple[ScoreRow, ...]:
    """Scores of layers with their namesakes, as if of a measure of single layers; none if fewer than two have one."""
    rows = [r for r in pair.table.select(partition=partition).rows if r.layer == r.other]
    return tuple(replace(row, other=None) for row in rows) if len(rows) > 1 else ()


def _most_alike(pair: Comparison, run: Run, partition: str) -> tuple[ScoreRow, ...]:
    """For each layer of the run its best score with a layer of the other."""
    rows = pair.table.select(partition=partition).rows
    found = MEASURES[rows[0].score.measure]
    sign = 1 if isinstance(found, PairMeasure) and found.higher_means_closer else -1
    out = []
    for layer in run.layers:
        own = [r for r in rows if (r.layer if run is pair.first else r.other) == layer]
        known = [r for r in own if np.isfinite(r.score.value)]
        best = max(known, key=lambda r: sign * r.score.value) if known else own[0]
        out.append(ScoreRow(partition, layer, None, best.score))
    return tuple(out)


def _curves(comparisons: Comparisons) -> list[Chart]:
    """A chart for each measure of single layers and each partition, a curve for each network."""
    runs = list(zip(comparisons.runs, comparisons.names, strict=True))
    charts = []
    for measure in dict.fromkeys(m for run, _ in runs for m in curve_measures(run.table)):
        of_measure = []
        for partition in comparisons.partitions:
            series: list[Series] = []
            rows: list[ScoreRow] = []
            for number, (run, name) in enumerate(runs):
                of_run = run.table.select(measure, partition).rows
                series += series_of(ScoreTable(of_run), name, {"network": name, "partition": partition}, number)
                rows += [replace(row, partition=name) for row in of_run]
            if series:
                chart = chart_of(measure, series, ScoreTable(tuple(rows)))
                of_measure.append(replace(chart, title=f"{chart.title} ({partition})"))
        charts += on_one_scale(of_measure)
    return charts
