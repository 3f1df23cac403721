"""repscope analyze: from a network and images to graphs, scores, findings and a report."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o
from repscope.measures import MEASURES

EXAMPLES = f"""[bold]Examples[/bold]

repscope analyze repscope:resnet20-digits digits --out runs/digits

repscope analyze torchvision:resnet18 folder:photos --weights mine.safetensors --network-set classes=2 --out runs/photos

repscope analyze model.py:build folder:photos --network-set size=64 -l input -l 'blocks.*' --samples 2000 --out runs/mine

repscope analyze repscope:resnet20-glyphs glyphs --scales 2,4,8,global --out runs/scales

repscope analyze --settings runs/digits/settings.yaml --out runs/again

[bold]Measures[/bold]

{", ".join(MEASURES.names())}
"""

_TWIN = "Also analyse the same architecture untrained, so that findings can say what training did."


def command(
    context: typer.Context,
    network: o.NetworkName,
    data: o.DataName,
    out: Annotated[Path, typer.Option("--out", "-o", help="The run folder; a new one, or one to go on with.")],
    settings: o.Settings = None,
    layers: o.Layers = None,
    partitions: o.Partitions = None,
    samples: o.Samples = None,
    k: o.Neighbors = None,
    measures: Annotated[
        list[str] | None,
        typer.Option(
            "--measures", "-m", help="A measure to compute; repeat for more. Default: all that need no asking."
        ),
    ] = None,
    weights: o.Weights = None,
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    skip_broken: o.SkipBroken = False,
    scales: o.Scales = None,
    pooling: o.Pooling = None,
    untrained_twin: Annotated[bool, typer.Option("--untrained-twin", help=_TWIN)] = False,
    seed: o.Seed = 0,
    seed_forward: o.SeedForward = None,
    dtype: o.Dtype = "float32",
    batch: o.Batch = None,
    device: o.Device = None,
    method: o.Method = "exact",
    memory: o.Memory = o.MEMORY,
    engine: o.Engine = "local",
    workers: o.Workers = None,
    disk: o.Disk = None,
    report: Annotated[bool, typer.Option(help="Write the report.")] = True,
    json: o.Json = False,
) -> None:
    """Look inside a network: layers recorded, neighbour graphs built and scored, findings in words, a report.

    Interrupted? The same command goes on where it was.
    """
    from repscope.activations import KINDS
    from repscope.cli._run_settings import write_settings
    from repscope.cli._show import as_json, layer_table, run_as_json, show_findings
    from repscope.core.progress import set_quiet
    from repscope.report.findings import findings
    from repscope.studies import analyze

    set_quiet(json)
    opened, images = (
        o.open_network(network, weights, network_set, seed_forward),
        o.open_data(data, data_set, skip_broken),
    )
    run = analyze(
        opened, images, layers or None, out, partitions=partitions or None, samples=samples, k=k, measures=measures or None,
        seed=seed, dtype=dtype, batch=batch, device=device, method=method, memory=memory,
        engine=engine, workers=workers, untrained_twin=untrained_twin, disk=disk,
        scales=o.listed(scales, ["1"]), pooling=o.listed(pooling, KINDS), warn=o.warn, say=None if json else o.say,
    )  # fmt: skip
    write_settings(context, out)
    found = findings(run)
    page = str(run.report()) if report else None
    if json:
        as_json(run_as_json(run, found, page))
        return
    layer_table(run)
    show_findings(found)
    if page is not None:
        typer.echo(f"report: {page}")
