"""repscope graphs: the second step of analyze alone."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope graphs runs/digits

repscope graphs runs/digits --k 50 --memory 4GiB
"""


WAYS = {
    "int8": "proved in int8",
    "tf32": "in tf32",
    "float32": "in float32",
    "float64": "in float64",
    "direct": "directly",
}
"""How a row of a graph can have been proved."""


def command(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A folder that 'repscope record' or 'repscope analyze' wrote.")
    ],
    k: o.Neighbors = None,
    method: o.Method = "exact",
    memory: o.Memory = o.MEMORY,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Build the neighbour graph of every recorded layer, and say how each was proved."""
    from repscope.cli._show import as_json, table
    from repscope.core.progress import set_quiet
    from repscope.neighbors import load_method
    from repscope.studies import Run
    from repscope.studies.analysis import build_graphs

    set_quiet(json)
    opened = Run(run)
    ks = {p: k if k is not None else opened.k(p) for p in opened.partitions}
    recordings = [opened.recording(p) for p in opened.partitions]
    build_graphs(recordings, ks, load_method(method, memory, device))
    rows = []
    for recording in recordings:
        for layer in recording.layers:
            graph = recording.graph(layer.name, ks[recording.partition])
            proved = [graph.metadata.get(f"proved_{way}", "0") for way in WAYS]
            rows.append(
                [layer.name, recording.partition, graph.n, graph.k, graph.ties, graph.duplicates, *map(int, proved)]
            )
    names = ["layer", "partition", "n", "k", "tied rows", "duplicates", *WAYS.values()]
    if json:
        as_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    table(f"neighbour graphs in {run}", names, rows)
