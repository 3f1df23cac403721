"""Heat maps for every measure of pairs of layers."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report._blocks import Block
from repscope.report._scores import matrix_measures, matrix_of, sheet_of
from repscope.report.panels._contract import Panel
from repscope.studies import Run


@final
class MatricesPanel(Panel):
    """Scores of pairs of layers."""

    title: ClassVar[str] = "Layer against layer"
    lead: ClassVar[str] = (
        "How alike two layers are. Blocks along the diagonal are stretches of layers that keep the same neighbours; "
        "a pale gap between neighbouring layers is where the representation breaks."
    )
    order: ClassVar[int] = 30

    def blocks(self, run: Run) -> Sequence[Block]:
        """A block for each measure, in it a heat map for each partition."""
        return [
            matrix_of(
                name,
                run.table.select(name),
                [
                    sheet_of(run.table.select(name, partition), partition, {"partition": partition})
                    for partition in run.partitions
                    if run.table.select(name, partition).rows
                ],
            )
            for name in matrix_measures(run.table)
        ]


panel = MatricesPanel()
