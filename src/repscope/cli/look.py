"""repscope look: what units, classes and directions of a network respond to."""

from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repscope.cli import _options as o
from repscope.core.errors import BadInput
from repscope.core.files import replacing

if TYPE_CHECKING:
    from repscope.units.look import Look

EXAMPLES = """[bold]Examples[/bold]

repscope look repscope:resnet20-glyphs-augmented glyphs --layers stage2.2 --out looks/glyphs

repscope look repscope:resnet20-digits digits --class 3 --class 8 --layers pool --unit 5 --out looks/digits

repscope look repscope:resnet20-digits digits --layers stage3.2 --direction stage3.2=random:0 --out looks/random

repscope look repscope:resnet20-digits digits --layers stage3.2 --run runs/digits
"""


class Sheets(StrEnum):
    """Kinds of picture files."""

    png = "png"
    svg = "svg"


def command(
    network: o.NetworkName,
    data: o.DataName,
    layers: o.Layers = None,
    unit: Annotated[
        list[int] | None, typer.Option("--unit", "-u", help="Of every layer; repeat for more. Default: the first.")
    ] = None,
    class_: Annotated[
        list[int] | None, typer.Option("--class", "-c", help="A class of the network; repeat for more.")
    ] = None,
    direction: Annotated[
        list[str] | None,
        typer.Option(
            "--direction",
            metavar="LAYER=WHAT",
            help="In place of a layer's units: random:SEED, pca, or a file .npy of (directions, units); repeat for more.",
        ),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Units of a layer, where none are named.")] = 16,
    patches: Annotated[int, typer.Option("--patches", min=1, help="Of each unit.")] = 9,
    steps: Annotated[int, typer.Option("--steps", min=0, help="Of optimised pictures; 0 leaves them out.")] = 128,
    restarts: Annotated[int, typer.Option("--restarts", min=1, help="Of optimised pictures.")] = 2,
    methods: Annotated[
        list[str] | None,
        typer.Option("--method", "-m", help="An attribution; repeat for more. Default: all that apply."),
    ] = None,
    partition: Annotated[str, typer.Option("--partition", "-p", help="Of the data; 'all' takes everything.")] = "all",
    samples: o.Samples = None,
    weights: o.Weights = None,
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    sheets: Annotated[
        Sheets | None, typer.Option("--sheets", help="Also a picture file for each layer, all of it side by side.")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            help="A run folder on the same images: patches link to its neighbour explorer, and, without --out, its report to this page.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A folder for the page and pictures; default: a new one in the run's folder."),
    ] = None,
    seed: o.Seed = 0,
    json: o.Json = False,
) -> None:
    """Show what units, classes and directions respond to: patches, optimised pictures, attributions, each beside what chance gives."""
    from repscope.cli._show import as_json, console
    from repscope.core.progress import set_quiet
    from repscope.report import write_look
    from repscope.studies import Run
    from repscope.units.look import asked_for, look

    set_quiet(json)
    folder = _folder(out, run)
    opened, images = o.open_network(network, weights, network_set), o.open_data(data, data_set).partition(partition)
    images = images if samples is None else images.balanced(min(samples, len(images)), seed)
    directions = dict(_direction(word) for word in direction or ())
    chosen = list(layers or ()) + [layer for layer in directions if layer not in (layers or ())]
    asked = asked_for(opened, images, chosen, unit or None, class_ or (), directions, most)
    say = None if json else (lambda message: typer.echo(message, err=True))
    found = look(
        opened,
        images,
        asked,
        count=patches,
        side=64,
        steps=steps,
        restarts=restarts,
        methods=methods or None,
        seed=seed,
        say=say,
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_look(found, folder / "look.json")
    page = write_look(found, folder / "look.html", None if run is None else run / "report.html")
    if sheets is not None:
        _write_sheets(found, folder, sheets.value)
    if run is not None:
        Run(run).report()
    if json:
        rows = [
            {"layer": x.layer, "unit": u.name, "dead": u.dead, "highest": float(u.values[0]), "image": u.ids[0]}
            for x in found.layers
            for u in x.units
        ]
        as_json({"page": str(page), "units": rows, "refused": {x.layer: dict(x.refused) for x in found.layers}})
        return
    for layer in found.layers:
        dead = [u.name for u in layer.units if u.dead]
        console().print(
            f"{layer.layer}: {len(layer.units)} looked at{', dead: ' + ', '.join(dead) if dead else ''}", markup=False
        )
        for name, why in layer.refused.items():
            console().print(f"  {name} does not apply: {why}", markup=False)
    typer.echo(f"page: {page}")


def _folder(out: Path | None, run: Path | None) -> Path:
    """Where it goes; of a run, the first number that is free."""
    if out is not None:
        return out
    if run is None:
        raise BadInput("--out is missing; expected a folder for the page, or --run, in whose folder it then is")
    if not (run / "run.json").is_file():
        raise BadInput(f"{run} holds no run; expected a folder that 'repscope analyze' wrote")
    return next(folder for i in count(1) if not (folder := run / "looks" / str(i)).exists())


def _write_sheets(found: "Look", out: Path, kind: str) -> None:
    for layer in found.layers:
        alive = sum(not unit.dead for unit in layer.units)
        if alive:
            with replacing(out / f"{layer.layer.replace('/', '_')}.{kind}") as sheet:
                layer.plot(alive).savefig(sheet, format=kind, dpi=150)


def _direction(word: str) -> tuple[str, str]:
    layer, equals, what = word.partition("=")
    if not equals or not layer or not what:
        raise BadInput(f"--direction {word!r} came; expected LAYER=random:SEED, LAYER=pca or LAYER=FILE.npy")
    return layer, what
