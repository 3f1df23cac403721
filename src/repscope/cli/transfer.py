"""repscope transfer: which layer of which network serves your images best, ready to use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repscope.cli import _options as o
from repscope.core.errors import BadInput

if TYPE_CHECKING:
    from repscope.transfer import Opening

EXAMPLES = """[bold]Examples[/bold]

repscope transfer repscope:resnet20-glyphs repscope:resnet20-glyphs-augmented --data digits --out transfer/digits

repscope transfer timm:resnet18 torchvision:resnet50 --data folder:photos --out transfer/photos

repscope transfer timm:resnet18 --data folder:photos --use retrieval --post "l2" --post "l2, whiten:128, l2" --out transfer/search

repscope embed folder:photos --pipeline transfer/digits/pipeline.safetensors --out photos.npy
"""

OWN = "own"


def command(
    networks: Annotated[
        list[str],
        typer.Argument(
            metavar="NETWORKS",
            help="One network or more: repscope:NAME, timm:NAME, torchvision:NAME, FILE.py:FUNCTION …",
        ),
    ],
    data: Annotated[str, typer.Option("--data", help="Your images, with classes: folder:DIR, digits, glyphs, …")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for recordings, the page and the pipeline.")],
    weights: Annotated[
        list[str] | None,
        typer.Option(
            "--weights", help=f"Of the networks, in their order: a file, 'random', or '{OWN}' for a network's own."
        ),
    ] = None,
    layers: o.Layers = None,
    descriptor: Annotated[
        list[str] | None,
        typer.Option(
            "--descriptor", help="flat, average, maximum, spoc, gem, rmac; repeat for more. Default: average, maximum."
        ),
    ] = None,
    post: Annotated[
        list[str] | None,
        typer.Option("--post", help="Post-processing, such as 'l2, whiten:64, l2', or none; repeat for more."),
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option(
            "--use",
            help="logistic, svm, nearest_neighbor, nearest_mean; or retrieval alone. Default: logistic, nearest_neighbor.",
        ),
    ] = None,
    samples: o.Samples = None,
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    device: o.Device = None,
    seed: o.Seed = 0,
    top: Annotated[int, typer.Option("--top", min=1, help="Choices that are printed.")] = 10,
    json: o.Json = False,
) -> None:
    """Judge every layer of every network on your images, and save the best as a pipeline."""
    from repscope.cli._show import as_json, console, table
    from repscope.core.progress import set_quiet
    from repscope.report import write_selection
    from repscope.transfer import select_features
    from repscope.transfer._select import DESCRIBED, STEPS, USES

    set_quiet(json)
    openings = _openings(networks, weights or [], network_set or [])
    opened = {name: o.open_network(x.address, x.weights, network_set) for name, x in openings.items()}
    say = None if json else (lambda message: typer.echo(message, err=True))
    found = select_features(
        opened,
        o.open_data(data, data_set),
        out,
        layers=layers or None,
        descriptors=descriptor or DESCRIBED,
        steps=post or STEPS,
        uses=use or USES,
        samples=samples,
        device=device,
        seed=seed,
        say=say,
    )
    file = found.best.opened_by(openings[found.ranked[0].choice.network]).save(out / "pipeline.safetensors")
    write_selection(found, out / "transfer.json")
    page = write_selection(found, out / "transfer.html")
    if json:
        as_json(
            {"page": str(page), "pipeline": str(file), "expected": found.expected.as_dict(), "choices": found.rows()}
        )
        return
    rows = [
        (
            *vars(x.choice).values(),
            x.dimension,
            x.score.value,
            f"{100 * x.behind.value:.1f}",
            "yes" if x.as_good else "",
        )
        for x in found.ranked[:top]
    ]
    heads = (
        "network",
        "layer",
        "descriptor",
        "post-processing",
        "use",
        "numbers",
        found.expected.measure,
        "behind",
        "as good",
    )
    table(f"The best {len(rows)} of {len(found.ranked)} choices", heads, rows)
    for sentence in found.sentences():
        console().print(sentence, markup=False)
    typer.echo(f"page: {page}")
    typer.echo(f"pipeline: {file}")


def _openings(networks: list[str], weights: list[str], network_set: list[str]) -> "dict[str, Opening]":
    """How each is opened; two of one address are told apart by their numbers."""
    from repscope.transfer import Opening

    if weights and len(weights) != len(networks):
        raise BadInput(
            f"--weights came {len(weights)} times for {len(networks)} networks; expected one for each, '{OWN}' for its own"
        )
    given = [None if word == OWN else word for word in weights] or [None] * len(networks)
    names = [name if networks.count(name) == 1 else f"{name}#{place + 1}" for place, name in enumerate(networks)]
    settings = o.pairs(network_set)
    return {name: Opening(address, file, settings) for name, address, file in zip(names, networks, given, strict=True)}
