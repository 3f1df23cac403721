"""repscope retrieve: which layer finds the images that answer a query."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope retrieve repscope:resnet20-glyphs glyphs --data-set seed=5 --samples 300 --out retrieval/glyphs

repscope retrieve timm:resnet50 oxford:DIR --descriptor spoc --descriptor rmac --post "l2, whiten:128, l2" --definition trapezoid --out retrieval/oxford

repscope retrieve repscope:resnet20 glyphs --weights new.safetensors --queries-of repscope:resnet20-glyphs --samples 300 --out retrieval/changed

repscope retrieve timm:resnet50 holidays:DIR --layers layer4 --definition trapezoid --out retrieval/holidays
"""


def command(
    network: o.NetworkName,
    data: o.DataName,
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for recordings and the page.")],
    layers: o.Layers = None,
    descriptor: Annotated[
        list[str] | None,
        typer.Option(
            "--descriptor", help="flat, average, maximum, spoc, gem, rmac; repeat for more. Default: average."
        ),
    ] = None,
    post: Annotated[str, typer.Option("--post", help="Post-processing, such as 'l2, whiten:64, l2', or none.")] = "l2",
    sizes: Annotated[
        list[str] | None,
        typer.Option("--sizes", help="Numbers of dimensions for the curves, such as 8,32,128; 'none' for no curves."),
    ] = None,
    queries_of: Annotated[
        str | None,
        typer.Option(
            "--queries-of", help="Another network, whose queries a linear map takes to each layer of the same name."
        ),
    ] = None,
    queries_weights: Annotated[
        str | None, typer.Option("--queries-weights", help="Of --queries-of, as --weights.")
    ] = None,
    queries_set: Annotated[
        list[str] | None,
        typer.Option("--queries-set", metavar="NAME=VALUE", help="Of --queries-of, as --network-set."),
    ] = None,
    definition: Annotated[
        str, typer.Option("--definition", help="Of average precision: step, or trapezoid (Oxford, Paris, Holidays).")
    ] = "step",
    partition: Annotated[
        str | None,
        typer.Option("--partition", "-p", help="Of labelled data, every image a query. Default: validation."),
    ] = None,
    samples: o.Samples = None,
    weights: o.Weights = None,
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    device: o.Device = None,
    seed: o.Seed = 0,
    json: o.Json = False,
) -> None:
    """Retrieve images by every layer: mean average precision, recall, curves against dimensions, and the hits themselves."""
    from repscope.cli._show import as_json, console, table
    from repscope.core.progress import set_quiet
    from repscope.report import write_searched
    from repscope.transfer import search_layers
    from repscope.transfer._by_dimension import SIZES

    set_quiet(json)
    words = o.listed(sizes, ())
    wanted = () if words == ["none"] else tuple(o.whole_numbers(sizes, "--sizes")) or SIZES
    found = search_layers(
        o.open_network(network, weights, network_set),
        o.open_data(data, data_set),
        out,
        layers=layers or None,
        descriptors=descriptor or ("average",),
        steps=post,
        sizes=wanted,
        queries_of=None if queries_of is None else o.open_network(queries_of, queries_weights, queries_set),
        definition=definition,
        partition=partition,
        samples=samples,
        device=device,
        seed=seed,
        say=None if json else (lambda message: typer.echo(message, err=True)),
    )
    write_searched(found, out / "retrieval.json")
    page = write_searched(found, out / "retrieval.html")
    if json:
        as_json({"page": str(page), "definition": definition, "layers": found.rows(), "notes": list(found.notes)})
        return
    heads = (
        "layer",
        "descriptor",
        "queries of",
        "numbers",
        found.best.found.score.measure,
        "95 %",
        "chance",
        "recall@1",
        "recall@10",
    )
    rows = [
        (
            r["layer"],
            r["descriptor"],
            r["queries_of"],
            r["dimension"],
            r["map"],
            f"{r['low']:.3f} to {r['high']:.3f}",
            r["chance"],
            r["recall_1"],
            r["recall_10"],
        )
        for r in found.rows()
    ]
    table("Retrieval by layer", heads, rows)
    for sentence in found.sentences():
        console().print(sentence, markup=False)
    typer.echo(f"page: {page}")
