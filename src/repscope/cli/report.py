"""repscope report: the pages of runs, and an index when there are several."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope report runs/digits

repscope report runs/digits --out digits.txt

repscope report runs/digits runs/plain runs/augmented --index runs/index.html
"""


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Where the page of a single run goes; default: RUN/report.html. NAME.txt gets it as text, NAME.json its numbers.",
        ),
    ] = None,
    index: Annotated[Path | None, typer.Option("--index", help="Also write a page that links them all.")] = None,
    json: o.Json = False,
) -> None:
    """Write the reports of runs again, each one offline HTML file."""
    from repscope.cli._show import as_json
    from repscope.core.errors import BadInput
    from repscope.report import write_index
    from repscope.studies import Run

    if out is not None and len(runs) > 1:
        raise BadInput(f"--out names one page and {len(runs)} runs were given; leave it out, or give one run")
    pages = [str(Run(run).report(out)) for run in runs]
    if index is not None:
        from repscope.cli._index import entry_of

        entries = [entry_of(Run(run), Path(page), index.parent) for run, page in zip(runs, pages, strict=True)]
        pages.append(str(write_index(index.parent, entries)))
    if json:
        as_json({"reports": pages})
        return
    for page in pages:
        typer.echo(f"report: {page}")
