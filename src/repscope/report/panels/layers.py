"""The table of layers: what each is, and its scores."""

from collections.abc import Sequence
from typing import Any, ClassVar, final

from repscope.report._blocks import Block, Column, Table
from repscope.report._scores import curve_measures
from repscope.report.panels._contract import Panel
from repscope.studies import Run
from repscope.studies._measure_words import measure_words


@final
class LayersPanel(Panel):
    """The layers."""

    title: ClassVar[str] = "The layers"
    lead: ClassVar[str] = "What each layer is, and every score of it in one row."
    order: ClassVar[int] = 40

    def blocks(self, run: Run) -> Sequence[Block]:
        """One table."""
        return [layer_table(run)]


def layer_table(run: Run) -> Table:
    """Name, shape, features and parameters of each layer, and its scores of every measure and partition."""
    columns = [
        Column("layer"),
        Column("kind"),
        Column("shape"),
        Column("features", numeric=True),
        Column("parameters", numeric=True),
    ]
    values: dict[tuple[str, str], dict[str, float]] = {}
    for name in curve_measures(run.table):
        for partition in run.partitions:
            rows = run.table.select(name, partition).rows
            if rows:
                values[name, partition] = {r.layer: r.score.value for r in rows if r.other is None}
                columns.append(Column(partition, measure_words(name).symbol, numeric=True))
    body: list[tuple[Any, ...]] = []
    for layer in run.recording(run.partitions[0]).layers:
        shape = " × ".join(str(side) for side in layer.shape)
        fixed = (layer.name, layer.kind, shape, layer.features, layer.parameters)
        body.append(fixed + tuple(found.get(layer.name) for found in values.values()))
    return Table("Layers", tuple(columns), tuple(body), run.layers)


panel = LayersPanel()
