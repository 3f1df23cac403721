"""repscope compare: two runs on the same samples."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope compare runs/plain runs/augmented --out runs/plain-augmented.html

repscope compare runs/plain runs/augmented --measure cka --permutations 99
"""


def command(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="Another, of the same samples.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where the report goes; default: FIRST-SECOND.html beside the first run."),
    ] = None,
    measure: Annotated[str, typer.Option("--measure", "-m", help="A measure of pairs of layers.")] = "layer_similarity",
    permutations: Annotated[
        int,
        typer.Option(
            "--permutations", help="Also compare so many times with shuffled samples, to say what chance would give."
        ),
    ] = 0,
    json: o.Json = False,
) -> None:
    """Compare two networks layer by layer: inter-network similarity, and their curves over each other."""
    from repscope.cli._show import as_json, show_findings, table
    from repscope.core.progress import set_quiet
    from repscope.report.findings import compare_findings
    from repscope.studies import Run, compare

    set_quiet(json)
    comparison = compare(Run(first), Run(second), measure, permutations=permutations)
    found = compare_findings(comparison)
    page = comparison.report(out or first.parent / f"{first.name}-{second.name}.html")
    if json:
        scores = [row.as_dict() for row in comparison.table.rows]
        chance = {p: test.records() for p, test in comparison.chance.items()}
        as_json({"report": str(page), "scores": scores, "findings": [f.as_dict() for f in found], "chance": chance})
        return
    legend = ", ".join(f"#{i} {name}" for i, name in enumerate(comparison.second.layers))
    for partition in comparison.partitions:
        matrix = comparison.table.matrix(partition)
        rows = [[name, *(f"{v:.2f}" for v in row)] for name, row in zip(comparison.first.layers, matrix, strict=True)]
        heads = [f"#{i}" for i in range(len(comparison.second.layers))]
        table(
            f"{comparison.title}, {partition}: {measure}, rows {comparison.first.name}, columns {comparison.second.name}",
            ["layer", *heads],
            rows,
        )
    typer.echo(f"columns: {legend}\n")
    for partition, test in comparison.chance.items():
        typer.echo(f"{partition}: {test}")
    show_findings(found)
    typer.echo(f"report: {page}")
