"""repscope graphs: the second step of analyze alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repscope.cli import _options as o

if TYPE_CHECKING:
    from repscope.neighbors import NeighborGraph

EXAMPLES = """[bold]Examples[/bold]

repscope graphs runs/digits

repscope graphs runs/digits --k 50 --memory 4GiB

repscope graphs runs/digits --shard 2/8
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
    method: o.RunMethod = None,
    memory: o.Memory = o.MEMORY,
    device: o.Device = None,
    shard: o.Shard = None,
    engine: o.Engine = "local",
    workers: o.Workers = None,
    json: o.Json = False,
) -> None:
    """Build the neighbour graph of every recorded layer, and say how each was proved."""
    from repscope.cli._show import as_json, table
    from repscope.core.engines import open_engine
    from repscope.core.progress import set_quiet
    from repscope.core.shares import share_text
    from repscope.neighbors import load_method
    from repscope.studies import Run, share_graphs
    from repscope.studies._building import build_graphs

    set_quiet(json)
    opened = Run(run)
    ks = {p: k if k is not None else opened.k(p) for p in opened.partitions}
    recordings = [opened.recording(p) for p in opened.partitions]
    way = load_method(method or opened.settings.get("method", "exact"), memory, device)
    share = o.share(shard, engine)
    if share is not None:
        share_graphs(opened, share, k, way)
        if json:
            as_json({"share": share_text(share), "layers": len(opened.layers)})
        else:
            typer.echo(
                f"share {share_text(share)} of {len(opened.layers)} layers is there; join all: repscope merge {run}"
            )
        return
    with open_engine(engine, workers) as runner:
        build_graphs(recordings, ks, way, runner)
    rows = []
    for recording in recordings:
        for layer in recording.variants:
            graph = recording.graph(layer.name, ks[recording.partition], way)
            known = [layer.name, recording.partition, graph.n, graph.k, graph.ties, graph.duplicates]
            proved = [int(graph.metadata.get(f"proved_{how}", "0")) for how in WAYS]
            rows.append([*known, *([*proved] if way.checked == 0 else [_recall(graph)])])
    names = ["layer", "partition", "n", "k", "tied rows", "duplicates"]
    names += list(WAYS.values()) if way.checked == 0 else ["recall (95 %)"]
    if json:
        as_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    table(f"neighbour graphs in {run}", names, rows)


def _recall(graph: "NeighborGraph") -> str:
    """An exact graph that was there before serves as well."""
    found = graph.recall
    return "exact" if found is None else f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
