"""repscope record: the first step of analyze alone."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope record repscope:resnet20-digits digits --out runs/digits --layers 'stage*' --dtype float16

repscope record repscope:resnet20-digits digits --out runs/digits --shard 2/8
"""


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
    weights: o.Weights = None,
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    skip_broken: o.SkipBroken = False,
    scales: o.Scales = None,
    pooling: o.Pooling = None,
    seed: o.Seed = 0,
    seed_forward: o.SeedForward = None,
    dtype: o.Dtype = "float32",
    batch: o.Batch = None,
    device: o.Device = None,
    shard: o.Shard = None,
    engine: o.Engine = "local",
    workers: o.Workers = None,
    json: o.Json = False,
) -> None:
    """Pass a data set through a network once and keep the chosen layers on disk.

    Interrupted? The same command goes on where it was. Several machines may each record a share (--shard 2/8). 'repscope graphs' and 'repscope analyze' go on from here.
    """
    from repscope.activations import KINDS
    from repscope.cli._run_settings import write_settings
    from repscope.cli._show import as_json
    from repscope.core.progress import set_quiet
    from repscope.studies import analyze

    set_quiet(json)
    opened, images = (
        o.open_network(network, weights, network_set, seed_forward),
        o.open_data(data, data_set, skip_broken),
    )
    run = analyze(
        opened, images, layers or None, out, partitions=partitions or None, samples=samples, k=k, seed=seed, dtype=dtype,
        batch=batch, device=device, until="recording", share=o.share(shard, engine), engine=engine, workers=workers,
        scales=o.listed(scales, ["1"]), pooling=o.listed(pooling, KINDS), warn=o.warn,
    )  # fmt: skip
    write_settings(context, out)
    recordings = [run.recording(p) for p in run.partitions]
    if json:
        as_json(
            [
                {"path": str(r.path), "samples": r.recorded, "layers": [x.as_dict() for x in r.layers]}
                for r in recordings
            ]
        )
        return
    for recording in recordings:
        there = f"{recording.n}" if recording.recorded == recording.n else f"{recording.recorded} of {recording.n}"
        typer.echo(f"{recording.path}: {there} samples, {len(recording.layers)} layers")
