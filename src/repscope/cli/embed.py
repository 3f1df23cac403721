"""repscope embed: images to vectors, by the pipeline that 'repscope transfer' chose."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope embed folder:photos --pipeline transfer/photos/pipeline.safetensors --out photos.npy

repscope embed digits --partition validation --pipeline transfer/digits/pipeline.safetensors --out digits.parquet --classes digits.csv
"""


def command(
    data: o.DataName,
    pipeline: Annotated[Path, typer.Option("--pipeline", help="A file that 'repscope transfer' wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to: NAME.npy, NAME.safetensors or NAME.parquet.")],
    partition: Annotated[str, typer.Option("--partition", "-p", help="Of the data; 'all' takes everything.")] = "all",
    classes: Annotated[
        Path | None,
        typer.Option("--classes", help="Also a CSV file with the class that the pipeline names for each image."),
    ] = None,
    data_set: o.DataSet_ = None,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Embed images by a pipeline; ids are kept beside the vectors."""
    import csv

    from repscope.cli._show import as_json
    from repscope.core.files import replacing
    from repscope.core.progress import set_quiet
    from repscope.maps import write_store
    from repscope.transfer import FeaturePipeline

    set_quiet(json)
    images = o.open_data(data, data_set).partition(partition)
    features = FeaturePipeline.load(pipeline)
    found = features.embed(images, device)
    write_store(found, out)
    if classes is not None:
        indices, names = features.classify(found.vectors)
        with replacing(classes) as draft, draft.open("w", encoding="utf8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "class"))
            writer.writerows(zip(found.ids, (names[i] for i in indices.tolist()), strict=True))
    n, d = found.vectors.shape
    if json:
        as_json({"out": str(out), "images": n, "dimensions": d, "space": found.space.name})
        return
    typer.echo(f"{n:,} images, {d} numbers each, {features.choice}: {out}")
