"""repscope layers: what there is to look at in a network."""

from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope layers repscope:resnet20-digits

repscope layers timm:vit_tiny_patch16_224 --weights random --match 'blocks.*'
"""


def command(
    network: o.NetworkName,
    weights: o.Weights = None,
    network_set: o.NetworkSet = None,
    match: Annotated[
        list[str] | None, typer.Option("--match", "-l", help="Show only layers that match a glob pattern.")
    ] = None,
    json: o.Json = False,
) -> None:
    """List the layers of a network: names, shapes for one image, parameters; a star marks those recorded by default."""
    from repscope.activations import network_layers, usual_layers
    from repscope.activations._layers import choose_layers
    from repscope.cli._show import as_json, table

    opened = o.open_network(network, weights, network_set)
    found, silent = network_layers(opened)
    names = [layer.name for layer in found]
    usual = usual_layers(opened.module, names)
    chosen = choose_layers(match, names, silent) if match else tuple(names)
    shown = [layer for layer in found if layer.name in chosen]
    if json:
        as_json({"layers": [{**x.as_dict(), "default": x.name in usual} for x in shown], "silent": list(silent)})
        return
    rows = [
        [x.name, "*" if x.name in usual else "", x.kind, "×".join(map(str, x.shape)), x.features, x.parameters]
        for x in shown
    ]
    table(
        f"{opened.name}: {opened.parameters:,} parameters",
        ["layer", "", "module", "shape", "features", "parameters"],
        rows,
    )
    if silent:
        typer.echo(f"never fire in a forward pass: {', '.join(silent)}")
