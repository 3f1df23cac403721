"""The page of a study: what was found, figures, tables, and the pages of the runs behind it."""

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from repscope.core.files import read_json, write_bytes
from repscope.report._blocks import Block, Chart, Code, Column, Drawn, Links, Matrix, Series, Table, Text
from repscope.report._explorer import explorer_of_run
from repscope.report._page import Page, Section
from repscope.report._report import written
from repscope.report._scores import chart_of, matrix_of, on_one_scale, over_layers, series_of, sheet_of
from repscope.report._script import script
from repscope.studies import Run, StudyFigure, StudyResult, StudyTable
from repscope.studies._measure_words import measure_words
from repscope.studies._plots import FEW, in_one_order
from repscope.studies._run import SCORES
from repscope.studies._study import STUDY

RAMP = 9


def write_study(result: StudyResult, folder: str | Path, path: str | Path | None = None) -> Path:
    """Write the page of a study as one offline HTML file.

    Parameters
    ----------
    result : StudyResult
        What `Study.run` answered.
    folder : path
        The study's folder.
    path : path, optional
        Where to; ``report.html`` in that folder by default.

    Returns
    -------
    path
        The file.

    Raises
    ------
    OutOfSpace
        If the disk is full.
    """
    folder = Path(folder)
    target = folder / "report.html" if path is None else Path(path)
    sections = [
        Section("found", "What was found", "", tuple(Text(sentence) for sentence in result.sentences)),
        Section("drawings", "To look through", "", _drawings(result, folder)),
        Section("figures", "Figures", _FIGURES, tuple(_figure(figure) for figure in result.figures)),
        Section("tables", "Tables", "", tuple(_table(table) for table in result.tables)),
        Section("runs", "Runs behind it", "", _runs(result, folder, target)),
        Section("reproduce", "To make it again", _AGAIN, _settings(folder)),
    ]
    page = Page("Study", result.title, result.summary, (), tuple(s for s in sections if s.blocks))
    drawn = [name for _, name, _ in result.drawings] + _kinds(result)
    scripts = [script(name) for name in dict.fromkeys(drawn)]
    write_bytes(target, written(page, target, scripts))
    return target


_FIGURES = "Bands are 95 % intervals, a dashed line is what chance would give. Every figure can be taken away as CSV, SVG and PNG."
_AGAIN = "The same settings and versions give the same numbers, to the last bit."


def _figure(figure: StudyFigure, layers: Sequence[str] = ()) -> Block:
    """Curves or matrices, whichever its scores are; curves stand over the same layers, those given or their own."""
    table = figure.table
    name = table.measures[0]
    if figure.film:
        return _film(figure)
    if figure.scatter is not None:
        return _scatter(figure, *figure.scatter)
    if table.others:
        sheets = [sheet_of(table.select(partition=p), p, {"matrix": p}) for p in table.partitions]
        matrix: Matrix = matrix_of(name, table, sheets)
        return replace(matrix, title=figure.title, summary=figure.text)
    series: list[Series] = []
    for number, partition in enumerate(table.partitions):
        series += series_of(table.select(partition=partition), partition, {"curve": partition}, number)
    layers = layers or in_one_order([one.layers for one in series])
    chart: Chart = chart_of(name, on_a_ramp(over_layers(series, layers)), table)
    return replace(chart, title=figure.title, summary=figure.text)


def _kinds(result: StudyResult) -> list[str]:
    """The scripts that its figures need."""
    return [name for figure in result.figures for name in ("film", "scatter") if getattr(figure, name)]


def _film(figure: StudyFigure) -> Drawn:
    """One frame after the other, all on the same scale and over the same layers."""
    names = figure.table.partitions
    tables = [figure.table.select(partition=name) for name in names]
    layers = in_one_order([table.layers for table in tables])
    blocks = [_figure(replace(figure, film="", table=table), layers) for table in tables]
    if all(isinstance(block, Chart) for block in blocks):
        blocks = list(on_one_scale([block for block in blocks if isinstance(block, Chart)]))
    frames = [
        {"name": name, "block": replace(block, title=f"{figure.title}, {name}")}
        for name, block in zip(names, blocks, strict=True)
        if isinstance(block, Chart | Matrix)
    ]
    return Drawn("film", {"title": figure.title, "label": figure.film, "frames": frames})


def _scatter(figure: StudyFigure, across: str, area: str) -> Drawn:
    """Points with names, areas and intervals."""
    points = [
        {
            "name": row.layer,
            "x": row.score.details[across],
            "area": row.score.details[area],
            "value": row.score.value,
            "low": _number(row.score.interval[0]),
            "high": _number(row.score.interval[1]),
        }
        for row in figure.table.rows
    ]
    words = {"title": figure.title, "text": figure.text, "across": figure.axis, "area": area.replace("_", " ")}
    return Drawn("scatter", {**words, "measure": measure_words(figure.table.measures[0]).symbol, "points": points})


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def on_a_ramp(series: Sequence[Series]) -> list[Series]:
    """More than a few curves get a ramp, in their order."""
    if len(series) <= FEW:
        return list(series)
    last = len(series) - 1
    return [replace(one, ramp=round(i * (RAMP - 1) / last)) for i, one in enumerate(series)]


def _drawings(result: StudyResult, folder: Path) -> tuple[Block, ...]:
    """Pictures of their own kind; behind a map, the explorer of its run."""
    blocks: list[Block] = [Drawn(name, data) for _, name, data in result.drawings]
    if any(name == "map" for _, name, _ in result.drawings) and result.runs:
        run = (folder / result.runs[0][1]).parent
        if run.exists():
            blocks.append(explorer_of_run(Run(run)))
    return tuple(blocks)


def _table(table: StudyTable) -> Table:
    numeric = [
        all(isinstance(row[i], int | float) or row[i] is None for row in table.rows) for i in range(len(table.columns))
    ]
    columns = tuple(Column(label, "", number) for label, number in zip(table.columns, numeric, strict=True))
    return Table(table.title, columns, table.rows)


def _runs(result: StudyResult, folder: Path, target: Path) -> tuple[Block, ...]:
    """Links to the pages of the runs, which are written if they are not there."""
    items = []
    for title, place in result.runs:
        page = folder / place
        if not page.exists() and (page.parent / SCORES).exists():
            Run(page.parent).report(page)
        if page.exists():
            items.append((title, Path(os.path.relpath(page, target.parent)).as_posix(), place))
    return (Links(tuple(items)),) if items else ()


def _settings(folder: Path) -> tuple[Block, ...]:
    file = folder / STUDY
    if not file.exists():
        return ()
    about = read_json(file)
    text = yaml.safe_dump(about["settings"], sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
    head = f"# repscope study {about['study']} --settings settings.yaml --out NEW   (repscope {about['version']})\n"
    return (Code("Settings", head + text),)
