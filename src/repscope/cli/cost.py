"""repscope cost: parameters and multiply-adds of a network, layer by layer."""

from typing import Annotated

import typer

from repscope.cli import _options as o
from repscope.core.errors import BadInput

EXAMPLES = """[bold]Examples[/bold]

repscope cost repscope:resnet20 --network-set attention=stac --network-set window=8

repscope cost timm:resnet18 --weights random --input 3x64x64

repscope cost --published
"""


def command(
    network: Annotated[
        str | None, typer.Argument(metavar="NETWORK", help="As for 'repscope analyze', such as repscope:resnet20.")
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", help="Shape of the image, CHANNELSxHEIGHTxWIDTH; by default the network's own."),
    ] = None,
    weights: o.Weights = None,
    network_set: o.NetworkSet = None,
    published: Annotated[
        bool,
        typer.Option(
            "--published", help="Instead, the networks of the thesis' attention comparison, beside its figures."
        ),
    ] = False,
    json: o.Json = False,
) -> None:
    """Count parameters, multiply-adds, and FLOPs as the thesis does: multiply-adds and five per value of a batch norm."""
    from repscope.cli._show import as_json, table
    from repscope.networks import cost

    if published:
        if network is not None:
            raise BadInput(f"--published is a table of its own; leave out {network!r}, or --published")
        _show_published(json)
        return
    if network is None:
        raise BadInput("which network? expected an address, such as repscope:resnet20, or --published")
    found = cost(o.open_network(network, weights, network_set), _shape(input_))
    if json:
        as_json(found.as_dict())
        return
    rows = [
        [x.layer or "(the network itself)", x.kind, "×".join(map(str, x.shape)), x.parameters, x.multiply_adds, x.flops]
        for x in found.layers
    ]
    rows.append(["all", "", "", found.parameters, found.multiply_adds, found.flops])
    shape = "×".join(map(str, found.input_shape))
    table(f"{found.network} at {shape}", ["layer", "module", "shape", "parameters", "multiply-adds", "FLOPs"], rows)
    for note in found.notes:
        typer.echo(note)


def _shape(text: str | None) -> tuple[int, int, int] | None:
    if text is None:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) != 3 or not all(side.isdigit() for side in sides):
        raise BadInput(f"--input {text!r} is no shape; expected CHANNELSxHEIGHTxWIDTH, such as 3x32x32")
    channels, height, width = map(int, sides)
    return channels, height, width


def _show_published(json: bool) -> None:
    from repscope.cli._show import as_json, table
    from repscope.studies import complexity_table

    found = complexity_table()
    if json:
        as_json({"columns": list(found.columns), "rows": [list(row) for row in found.rows]})
        return
    table(found.title, found.columns, found.rows)
