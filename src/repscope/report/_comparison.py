"""The page of a comparison: two runs over each other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from repscope.core.files import write_bytes
from repscope.report._blocks import Block, Chart, Series
from repscope.report._explorer import explorer_of_runs
from repscope.report._page import Page, Section
from repscope.report._report import written
from repscope.report._scores import chart_of, curve_measures, matrix_measures, matrix_of, series_of, sheet_of
from repscope.report.panels.findings import finding_list
from repscope.report.panels.reproduce import provenance_of, settings_of
from repscope.studies import Comparison, Run, ScoreTable


def write_comparison(comparison: Comparison, path: str | Path) -> Path:
    """Write the page of a comparison of two runs as one offline HTML file, or as text or JSON.

    Parameters
    ----------
    comparison : Comparison
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

    first, second = comparison.first, comparison.second
    sections = [
        Section("findings", "What was found", FINDINGS, (finding_list(compare_findings(comparison)),)),
        Section("matrices", "Network against network", _MATRICES, tuple(_matrices(comparison))),
        Section("diagonal", "The same layer in both", _DIAGONAL, tuple(_diagonals(comparison.table))),
        Section("curves", "Curves over each other", _CURVES, tuple(_curves(comparison))),
        Section("neighbours", "Neighbour explorer", _EXPLORER, tuple(_explorers(comparison))),
        Section("reproduce", "To make it again", "", provenance((first, second), (first.name, second.name))),
    ]
    lead = (
        f"{first.name}: {first.title}. {second.name}: {second.title}. "
        "Both networks saw the same samples; their layers are compared by who is whose neighbour."
    )
    facts = (
        ("layers", f"{len(first.layers)} / {len(second.layers)}"),
        *((f"{p} images", f"{first.recording(p).n:,}") for p in comparison.table.partitions),
        ("parameters", " / ".join(f"{r.description['network']['parameters']:,}" for r in (first, second))),
    )
    page = Page("Comparison", f"{first.name} and {second.name}", lead, facts, tuple(s for s in sections if s.blocks))
    target = Path(path)
    write_bytes(target, written(page, target))
    return target


FINDINGS = "Each sentence rests on the intervals and on what chance would give, not on a bare threshold."
_MATRICES = (
    "Rows are layers of the first network, columns layers of the second. A ridge along the diagonal means that both do "
    "the same at the same place; a ridge below or above it, that one of them does it earlier."
)
_DIAGONAL = "The diagonal of the matrices above: how alike the two networks are at each layer."
_CURVES = "Colours are networks; a filled and an open marker of one colour are two partitions of one network's data."
_EXPLORER = "The same sample as both networks see it: switch between the networks and the sample stays."


def _matrices(comparison: Comparison) -> list[Block]:
    table = comparison.table
    return [
        matrix_of(
            name,
            table.select(name),
            [
                sheet_of(table.select(name, partition), partition, {"partition": partition})
                for partition in table.select(name).partitions
            ],
            comparison.first.name,
            comparison.second.name,
        )
        for name in matrix_measures(table)
    ]


def _diagonals(table: ScoreTable) -> list[Chart]:
    """For networks whose layers bear the same names."""
    charts = []
    for name in matrix_measures(table):
        rows = tuple(r for r in table.select(name).rows if r.layer == r.other)
        if len(rows) < 2 * len({r.partition for r in rows}):
            continue
        series: list[Series] = []
        for number, partition in enumerate(dict.fromkeys(r.partition for r in rows)):
            # as if it were a measure of single layers
            alone = ScoreTable(tuple(replace(r, other=None) for r in rows if r.partition == partition))
            series += series_of(alone, partition, {"partition": partition}, number)
        charts.append(chart_of(name, series, ScoreTable(())))
    return charts


def _curves(comparison: Comparison) -> list[Chart]:
    charts = []
    runs = (comparison.first, comparison.second)
    for name in dict.fromkeys(m for run in runs for m in curve_measures(run.table)):
        series: list[Series] = []
        for number, run in enumerate(runs):
            for place, partition in enumerate(run.partitions):
                scores = run.table.select(name, partition)
                keys = {"network": run.name, "partition": partition}
                hollow = place + 1 < len(run.partitions)
                series += series_of(scores, f"{run.name}, {partition}", keys, number, hollow=hollow)
        rows = tuple(r for run in runs for r in run.table.select(name).rows)
        charts.append(chart_of(name, series, ScoreTable(rows)))
    return charts


def _explorers(comparison: Comparison) -> list[Block]:
    partitions, runs = comparison.table.partitions, (comparison.first, comparison.second)
    names = [run.name for run in runs]
    return [explorer_of_runs(runs, ("first", "second"), names, partitions[-1])] if partitions else []


def provenance(runs: Sequence[Run], names: Sequence[str]) -> tuple[Block, ...]:
    """Settings and identity of each run."""
    return tuple(
        block
        for run, name in zip(runs, names, strict=True)
        for block in (settings_of(run, f"Settings of {name}"), provenance_of(run, f"Identity of {name}"))
    )
