"""One chart for every measure of single layers that the run holds, whichever package it comes from."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report._blocks import Block, Series
from repscope.report._scores import chart_of, curve_measures, series_of
from repscope.report.panels._contract import Panel
from repscope.studies import Run


@final
class CurvesPanel(Panel):
    """Scores by layer."""

    title: ClassVar[str] = "Layer by layer"
    lead: ClassVar[str] = (
        "One chart for each measure. Bands are 95 % intervals; a dashed line is what chance would give. "
        "Point at a chart, or focus it and use the arrow keys, to read its numbers."
    )
    order: ClassVar[int] = 20

    def blocks(self, run: Run) -> Sequence[Block]:
        """A chart for each measure, its curves one for each partition and, behind them, the untrained twin's."""
        charts = []
        for name in curve_measures(run.table):
            series: list[Series] = []
            for number, partition in enumerate(run.partitions):
                scores = run.table.select(name, partition)
                series += series_of(scores, partition, {"network": run.title, "partition": partition}, number)
            if run.twin is not None:
                for number, partition in enumerate(run.partitions):
                    scores = run.twin.table.select(name, partition)
                    keys = {"network": "untrained", "partition": partition}
                    series += series_of(scores, f"untrained, {partition}", keys, number, faint=True)
            charts.append(chart_of(name, series, run.table.select(name)))
        return charts


panel = CurvesPanel()
