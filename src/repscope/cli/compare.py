"""repscope compare: two runs on the same samples, or several."""

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repscope.cli import _options as o
from repscope.core.numbers import shown

if TYPE_CHECKING:
    from repscope.studies import Comparison, Comparisons

EXAMPLES = """[bold]Examples[/bold]

repscope compare runs/plain runs/augmented --out runs/plain-augmented.html

repscope compare runs/plain runs/augmented runs/distilled --out runs/three.html

repscope compare runs/plain runs/augmented --measure cka --permutations 99
"""


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN [RUN...]", help="Run folders of the same samples.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Where the report goes; default: FIRST-SECOND.html beside the first run, FIRST-and-N-more.html of "
            "several. NAME.txt gets it as text, NAME.json its numbers.",
        ),
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
    """Compare networks layer by layer, each with each: inter-network similarity, and their curves over each other."""
    from repscope.cli._show import as_json, show_findings
    from repscope.core.errors import BadInput
    from repscope.core.progress import set_quiet
    from repscope.report.findings import compare_findings
    from repscope.studies import Comparison

    if len(runs) < 2:
        raise BadInput(f"one run was given, {runs[0]}; name two or more of the same samples")
    set_quiet(json)
    comparison = _compared(runs, measure, permutations)
    found = compare_findings(comparison)
    page = comparison.report(out or _beside(runs))
    if json:
        said = {"findings": [f.as_dict() for f in found]}
        told = (
            _pair_as_json(comparison, said) if isinstance(comparison, Comparison) else _all_as_json(comparison) | said
        )
        as_json({"report": str(page), **told})
        return
    if isinstance(comparison, Comparison):
        _show_layers(comparison, measure)
    else:
        _show_networks(comparison)
    show_findings(found)
    typer.echo(f"report: {page}")


def _compared(runs: list[Path], measure: str, permutations: int) -> "Comparison | Comparisons":
    from repscope.studies import Run, compare

    return compare(*map(Run, runs), measure=measure, permutations=permutations)


def _beside(runs: list[Path]) -> Path:
    """Where the page goes when nobody says so."""
    first, second, *more = runs
    return first.parent / (
        f"{first.name}-and-{len(runs) - 1}-more.html" if more else f"{first.name}-{second.name}.html"
    )


def _pair_as_json(comparison: "Comparison", said: dict[str, Any]) -> dict[str, Any]:
    scores = [row.as_dict() for row in comparison.table.rows]
    return {"scores": scores, **said, "chance": {p: test.records() for p, test in comparison.chance.items()}}


def _all_as_json(comparisons: "Comparisons") -> dict[str, Any]:
    """Networks by networks, and for each two of them their layers."""
    names = combinations(comparisons.names, 2)
    return {
        "networks": [row.as_dict() for row in comparisons.table.rows],
        "pairs": [
            {"first": a, "second": b, **_pair_as_json(pair, {})}
            for (a, b), pair in zip(names, comparisons.pairs, strict=True)
        ],
    }


def _show_layers(comparison: "Comparison", measure: str) -> None:
    """Print the layers of two networks."""
    from repscope.cli._show import table

    legend = ", ".join(f"#{i} {name}" for i, name in enumerate(comparison.second.layers))
    for partition in comparison.partitions:
        matrix = comparison.table.matrix(partition)
        rows = [
            [name, *(shown(v, ".2f") for v in row)] for name, row in zip(comparison.first.layers, matrix, strict=True)
        ]
        heads = [f"#{i}" for i in range(len(comparison.second.layers))]
        table(
            f"{comparison.title}, {partition}: {measure}, rows {comparison.first.name}, columns {comparison.second.name}",
            ["layer", *heads],
            rows,
        )
    typer.echo(f"columns: {legend}\n")
    for partition, test in comparison.chance.items():
        typer.echo(f"{partition}: {test}")


def _show_networks(comparisons: "Comparisons") -> None:
    """Print how alike the networks are, and what chance gives for each two."""
    from repscope.cli._show import table

    for partition in comparisons.partitions:
        matrix = comparisons.table.matrix(partition)
        rows = [
            [name, *("–" if v != v else shown(v, ".2f") for v in row)]
            for name, row in zip(comparisons.names, matrix, strict=True)
        ]
        table(f"{partition}: {comparisons.measure}, mean over layers", ["network", *comparisons.names], rows)
    for (a, b), pair in zip(combinations(comparisons.names, 2), comparisons.pairs, strict=True):
        for partition, test in pair.chance.items():
            typer.echo(f"{a} and {b}, {partition}: {test}")
