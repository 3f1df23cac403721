"""repscope search: the images of a collection that are most like others."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o
from repscope.core.errors import Mismatch

EXAMPLES = """[bold]Examples[/bold]

repscope embed folder:photos --pipeline transfer/photos/pipeline.safetensors --out photos.npy

repscope search folder:new --pipeline transfer/photos/pipeline.safetensors --index photos.npy --most 3

repscope search folder:many --pipeline transfer/photos/pipeline.safetensors --index photos.npy --approximate --json
"""


def command(
    data: Annotated[str, typer.Argument(metavar="QUERIES", help="The images to search by: folder:DIR, digits, …")],
    pipeline: Annotated[Path, typer.Option("--pipeline", help="A file that 'repscope transfer' wrote.")],
    index: Annotated[Path, typer.Option("--index", help="What 'repscope embed' wrote by the same pipeline.")],
    partition: Annotated[
        str, typer.Option("--partition", "-p", help="Of the queries; 'all' takes everything.")
    ] = "all",
    queries: Annotated[int | None, typer.Option("--queries", min=1, help="Only so many, the first.")] = None,
    most: Annotated[int, typer.Option("--most", "-k", min=1, help="Images that are shown for each.")] = 5,
    metric: Annotated[str, typer.Option("--metric", help="cosine, euclidean or dot.")] = "cosine",
    approximate: Annotated[
        bool,
        typer.Option(
            "--approximate",
            help="By faiss (the extra ann), for many queries of a large index; says which share of the answers it found, on standard error.",
        ),
    ] = False,
    data_set: o.DataSet_ = None,
    id_column: o.IdColumn = None,
    vector_column: o.VectorColumn = None,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Search an index by images, exactly unless asked otherwise; a query is not among its own answers."""
    import numpy as np

    from repscope.cli._show import as_json, table
    from repscope.core.progress import set_quiet
    from repscope.maps import read_store
    from repscope.maps._ranking import best
    from repscope.transfer import FeaturePipeline, approximate_best

    set_quiet(json)
    images = o.open_data(data, data_set).partition(partition)
    images = images if queries is None else images.subset(range(min(queries, len(images))))
    store = read_store(index, id_column=id_column, vector_column=vector_column)
    asked = FeaturePipeline.load(pipeline).embed(images, device)
    if asked.vectors.shape[1] != store.vectors.shape[1]:
        raise Mismatch(
            f"{index} has {store.vectors.shape[1]} dimensions and the pipeline gives {asked.vectors.shape[1]}; embed the collection by this pipeline"
        )
    if approximate:
        place = {name: row for row, name in enumerate(store.ids)}
        itself = np.array([place.get(name, -1) for name in asked.ids])
        most = min(most, len(store) - int((itself >= 0).any()))
        found, recall = approximate_best(asked.vectors, store.vectors, most, metric, itself)
        typer.echo(str(recall), err=True)
    else:
        found = best(asked.vectors, store.vectors, min(most + 1, len(store)), metric)
    answers = {
        query: [store.ids[row] for row in line if store.ids[row] != query][:most]
        for query, line in zip(asked.ids, found.tolist(), strict=True)
    }
    if json:
        as_json(answers)
        return
    table(
        f"The most like of {len(store):,}",
        ("query", "answers"),
        [(query, ", ".join(line)) for query, line in answers.items()],
    )
