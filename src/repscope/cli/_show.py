"""What commands print: tables and findings for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from repscope.core.numbers import shown

if TYPE_CHECKING:
    from rich.console import Console

    from repscope.studies import Run


def console() -> "Console":
    """Where people look: standard output, as wide as the terminal."""
    import sys

    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def as_json(value: Any) -> None:
    """Print JSON."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table, in a pipe as wide as it needs; columns whose cells are numbers or intervals stand to the right."""
    import sys

    from rich.markup import escape
    from rich.measure import Measurement
    from rich.table import Table

    body = [[_cell(v) for v in row] for row in rows]
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False, header_style="bold")
    for position, column in enumerate(columns):
        numeric = bool(body) and all(_is_number(row[position]) for row in body)
        shown.add_column(escape(column), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        shown.add_row(*(escape(cell) for cell in row))
    out = console()
    if not sys.stdout.isatty():
        out.width = max(out.width, Measurement.get(out, out.options.update(max_width=10_000), shown).maximum)
    out.print(shown)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return shown(value, ".3g") if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or (cell[0] in "-." and cell[1:2].isdigit())


def layer_table(run: "Run") -> None:
    """Print the scores of single layers, a column per measure and partition, and the similarity to the next layer."""
    from repscope.measures import MEASURES

    infos = run.recording().layers
    columns, cells = ["layer", "shape"], [[i.name, "×".join(map(str, i.shape))] for i in infos]
    for partition in run.partitions:
        for name in run.table.measures:
            rows = {(r.layer, r.other): r.score for r in run.scores(name, partition).rows}
            symbol = MEASURES[name].symbol if name in MEASURES else name
            if any(other is not None for _, other in rows):
                columns.append(f"{symbol} to next\n{partition}")
                following = [*run.layers[1:], None]
                values = [
                    rows.get((a, b)) if b is not None else None for a, b in zip(run.layers, following, strict=True)
                ]
            else:
                columns.append(f"{symbol}\n{partition}")
                values = [rows.get((layer, None)) for layer in run.layers]
            for row, score in zip(cells, values, strict=True):
                row.append("" if score is None else _short(score.value))
    n = ", ".join(f"{run.recording(p).n} {p} (k = {run.k(p)})" for p in run.partitions)
    table(f"{run.title}: {n}", columns, cells)


def _short(value: float) -> str:
    """Two decimals for shares, three digits for dimensions, a dash where there is no value."""
    if value != value:
        return "–"
    return shown(value, ".3g" if abs(value) >= 10 else ".2f")


def show_findings(findings: Iterable[Any]) -> None:
    """Print findings, one sentence each."""
    from rich.markup import escape
    from rich.padding import Padding

    found = list(findings)
    out = console()
    if not found:
        out.print("No findings: nothing stands out beyond its uncertainty.")
    for finding in found:
        mark = "[yellow]![/yellow]" if finding.tone == "warning" else "[green]•[/green]"
        out.print(Padding(f"{mark} {escape(finding.sentence)}", (0, 0, 0, 2)))


def run_as_json(run: "Run", findings: Iterable[Any], report: str | None) -> dict[str, Any]:
    """What a program needs of a run: scores, findings, where things are."""
    return {
        "run": str(run.path),
        "report": report,
        "network": run.description["network"],
        "data": run.description["data"],
        "layers": [layer.as_dict() for layer in run.recording().layers],
        "k": run.description["k"],
        "scores": [row.as_dict() for row in run.table.rows],
        "findings": [f.as_dict() for f in findings],
    }
