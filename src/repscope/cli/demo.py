"""repscope demo: the main job on the embedded data."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope demo

repscope demo --samples 500 --out runs/quick
"""

RUNS = {
    "digits": ("repscope:resnet20-digits", "digits"),
    "glyphs": ("repscope:resnet20-glyphs", "glyphs"),
    "glyphs-augmented": ("repscope:resnet20-glyphs-augmented", "glyphs"),
}

DISK = "1GiB"
"""Of activations at a time, on a full disk too; graphs are kept."""


def command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the runs and reports go.")] = Path("runs/demo"),
    samples: Annotated[int, typer.Option("--samples", "-n", min=100, help="Images of each partition.")] = 2000,
    json: o.Json = False,
) -> None:
    """Analyse three small trained networks on real digits and on rendered glyphs, and compare two of them.

    The two glyph networks differ in training only: one saw the images as they are, the other saw them augmented.
    """
    from repscope.cli._index import entry_of
    from repscope.cli._show import as_json, layer_table, run_as_json, show_findings
    from repscope.core.progress import set_quiet
    from repscope.report import write_index
    from repscope.report.findings import compare_findings, findings
    from repscope.studies import analyze, compare

    set_quiet(json)
    runs, entries, told = {}, [], []
    images = {data: o.open_data(data, None) for _, data in RUNS.values()}
    for name, (network, data) in RUNS.items():
        run = analyze(
            o.open_network(network, None, None), images[data], out=out / name, samples=samples, disk=DISK, warn=o.warn
        )
        found = findings(run)
        page = run.report()
        runs[name] = run
        entries.append(entry_of(run, page, out))
        told.append(run_as_json(run, found, str(page)))
        if not json:
            layer_table(run)
            show_findings(found)
            typer.echo("")
    comparison = compare(runs["glyphs"], runs["glyphs-augmented"])
    compared = compare_findings(comparison)
    page = comparison.report(out / "glyphs-and-augmented.html")
    entries.append((comparison.title, page.name, "the two glyph networks compared, layer by layer"))
    index = write_index(out, entries)
    if json:
        as_json(
            {
                "runs": told,
                "comparison": {"report": str(page), "findings": [f.as_dict() for f in compared]},
                "index": str(index),
            }
        )
        return
    typer.echo(comparison.title)
    show_findings(compared)
    typer.echo(f"\nopen this in a browser: {index}")
