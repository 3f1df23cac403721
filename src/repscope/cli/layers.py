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
    from repscope.activations import list_layers, usual_layers
    from repscope.activations._layers import choose_layers
    from repscope.activations._planned import notes_on_default_layers
    from repscope.cli._show import as_json, table

    opened = o.open_network(network, weights, network_set)
    listing = list_layers(opened)
    usual = usual_layers(opened.module, listing.names)
    chosen = choose_layers(match, listing.names, listing.silent) if match else tuple(listing.names)
    shown = [layer for layer in listing.layers if layer.name in chosen]
    if json:
        as_json(
            {
                "layers": [{**x.as_dict(), "default": x.name in usual} for x in shown],
                "silent": list(listing.silent),
                "left_out": dict(listing.left_out),
            }
        )
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
    if listing.silent:
        typer.echo(f"never fire in a forward pass: {', '.join(listing.silent)}")
    if listing.windows:
        typer.echo(
            f"inside of layers, several windows or heads for each image, not listed: {len(listing.windows)} outputs"
        )
    for name, reason in listing.left_out.items():
        if name not in listing.windows:
            typer.echo(f"no layer: {name}, {reason}")
    for note in notes_on_default_layers(opened, listing):
        o.warn(note)
