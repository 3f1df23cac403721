"""repscope train: make the weights that ship with repscope again, or others like them."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope train repscope:resnet20 glyphs --augment --out glyphs-augmented.safetensors

repscope analyze repscope:resnet20 glyphs --weights glyphs-augmented.safetensors --network-set classes=10 --out runs/mine
"""


def command(
    network: o.NetworkName,
    data: o.DataName,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="The weights file, NAME.safetensors; NAME.json beside it records how they were made."
        ),
    ],
    settings: o.Settings = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = 10,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="The highest of the one-cycle schedule.")
    ] = 0.04,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Images per step.")] = 128,
    augment: Annotated[bool, typer.Option("--augment", help="Change the training images at random.")] = False,
    loss: Annotated[str, typer.Option("--loss", help="softmax, centre or arcface.")] = "softmax",
    precision: Annotated[
        str, typer.Option("--precision", help="float32; or bfloat16, twice as fast where the processor has it.")
    ] = "float32",
    seed: Annotated[int, typer.Option("--seed", help="Of the weights, the order and the augmentation.")] = 0,
    weights: Annotated[str, typer.Option("--weights", help="What to start from: 'random' or a file.")] = "random",
    device: Annotated[str, typer.Option("--device", help="cpu, cuda, …")] = "cpu",
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    json: o.Json = False,
) -> None:
    """Train a network on a data set's training partition, plainly, and measure it on both partitions."""
    from repscope.cli._show import as_json
    from repscope.core.progress import set_quiet
    from repscope.training import train_by_name

    set_quiet(json)
    result = train_by_name(
        network, data, out, epochs=epochs, learning_rate=learning_rate, batch=batch, augment=augment, loss=loss,
        precision=precision, seed=seed, weights=weights, device=device, network_settings=o.pairs(network_set), data_settings=o.pairs(data_set),
    )  # fmt: skip
    accuracies = dict(result.accuracies)
    if json:
        as_json({"weights": str(result.path), "accuracies": accuracies})
        return
    for partition, value in accuracies.items():
        typer.echo(f"{partition} accuracy: {100 * value:.1f} %")
    typer.echo(f"weights: {result.path}")
