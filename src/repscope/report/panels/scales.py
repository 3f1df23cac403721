"""Layers over scales: curves coloured by window, the best window of each layer, matrices side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, final

import numpy as np

from repscope.report._blocks import Block, Column, Series, Sheet, Table
from repscope.report._scores import chart_of, curve_measures, matrix_measures, matrix_of, series_of, sheet_of
from repscope.report.panels._contract import Panel
from repscope.studies import Run, ScoreRow, ScoreTable
from repscope.studies._measure_words import measure_words

RAMP = 8
"""Last place on the ramp of colours."""

CLASSES = "class_similarity"


@final
class ScalesPanel(Panel):
    """Scores at every scale."""

    title: ClassVar[str] = "Over scales"
    lead: ClassVar[str] = (
        "Every layer's maps pooled over windows of the image, from the same forward pass. Darker curves are smaller windows; "
        "where curves lie on each other, pooling changes nothing. A layer without height and width is the same at all scales."
    )
    order: ClassVar[int] = 35

    def blocks(self, run: Run) -> Sequence[Block]:
        """Charts, the table of best windows, and heat maps, of the last partition; nothing without other scales."""
        if len(run.scales) < 2:
            return []
        partition = run.partitions[-1]
        blocks: list[Block] = []
        for name in curve_measures(run.table):
            for pooling in run.poolings:
                blocks.append(_chart(run, name, partition, pooling))
        if CLASSES in run.table.measures:
            blocks.append(best_windows(run, partition))
        for name in matrix_measures(run.table):
            for pooling in run.poolings:
                blocks += _matrices(run, name, partition, pooling)
        return blocks


def _chart(run: Run, name: str, partition: str, pooling: str) -> Block:
    series: list[Series] = []
    last = len(run.scales) - 1
    for number, scale in enumerate(run.scales):
        table = run.scores(name, partition, scale=scale, pooling=pooling)
        title = "unpooled" if scale == 1 else f"{scale} × {scale}" if scale != "global" else "global"
        keys = {"partition": partition, "pooling": pooling, "scale": str(scale)}
        series += [replace(one, ramp=round(number * RAMP / last)) for one in series_of(table, title, keys, number)]
    chart = chart_of(name, series, run.scores(name, partition, scale=run.scales[-1], pooling=pooling))
    return replace(chart, title=f"{chart.title}, {pooling} pooling ({partition})")


def best_windows(run: Run, partition: str) -> Table:
    """For every layer and kind of pooling the window with the highest NNCS, and the value beside that without pooling."""
    columns = [Column("layer"), Column("shape"), Column("unpooled", "NNCS", numeric=True)]
    for pooling in run.poolings:
        columns += [Column("best window", pooling), Column("NNCS", pooling, numeric=True)]
    values = {
        (pooling, scale): [
            s.value for s in run.scores(CLASSES, partition, scale=scale, pooling=pooling).curve(partition)
        ]
        for pooling in run.poolings
        for scale in run.scales
    }
    recording = run.recording(partition)
    rows: list[tuple[Any, ...]] = []
    for i, layer in enumerate(recording.layers):
        cells: list[Any] = [layer.name, " × ".join(map(str, layer.shape)), values[run.poolings[0], 1][i]]
        for pooling in run.poolings:
            of_scale = [values[pooling, scale][i] for scale in run.scales]
            best = int(np.nanargmax(of_scale)) if np.isfinite(of_scale).any() else 0
            spatial = recording.at_scale(layer.name, run.scales[-1], pooling).name != layer.name
            cells += [(str(run.scales[best]) if best else "none") if spatial else "no extent", of_scale[best]]
        rows.append(tuple(cells))
    return Table(
        f"The best window of each layer ({partition})",
        tuple(columns),
        tuple(rows),
        run.layers,
        "The side of the window with the highest class similarity; none where pooling only lowers it.",
    )


def _matrices(run: Run, name: str, partition: str, pooling: str) -> list[Block]:
    """Pooled layers with each other at every scale, and layers as they are with pooled ones."""
    words = measure_words(name)
    blocks: list[Block] = []
    for unpooled_rows in (False, True):
        sheets: list[Sheet] = []
        rows: tuple[ScoreRow, ...] = ()
        for scale in run.scales if not unpooled_rows else run.scales[1:]:
            table = run.scores(name, partition, scale=scale, pooling=pooling, unpooled_rows=unpooled_rows)
            title = "unpooled" if scale == 1 else "global" if scale == "global" else f"{scale} × {scale}"
            keys = {"partition": partition, "pooling": pooling, "scale": str(scale)}
            sheets.append(sheet_of(table, title, keys))
            rows = (*rows, *table.rows)
        column = f"layer, {pooling} pooled"
        matrix = matrix_of(name, ScoreTable(rows), sheets, "layer, unpooled" if unpooled_rows else column, column)
        what = "unpooled against pooled" if unpooled_rows else "pooled against pooled"
        blocks.append(replace(matrix, title=f"{words.title}, {what}, {pooling} ({partition})"))
    return blocks


panel = ScalesPanel()
