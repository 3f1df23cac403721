"""repscope map: the maps between all of several embedding spaces, from one pass."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope map repscope:nasnet-digits repscope:resnet_v1-digits --data digits --out maps

repscope map a.npy b.npy c.npy --ids ids.txt --kind procrustes --out maps
"""


def command(
    spaces: Annotated[
        list[str],
        typer.Argument(
            metavar="A B …", help="Networks, or .npy, .safetensors or .parquet files of the same samples; two or more."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for the maps and the atlas.")],
    kind: Annotated[str, typer.Option("--kind", help="least_squares, ridge, procrustes, whitened, …")] = "ridge",
    rank: Annotated[int | None, typer.Option("--rank", min=1, help="Of reduced_rank and whitened.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="The images, for networks.")] = None,
    partition: Annotated[str, typer.Option("--partition", "-p", help="Part of the images.")] = "all",
    data_set: o.DataSet_ = None,
    ids: Annotated[Path | None, typer.Option("--ids", help="Text file with the id of every row, of all files.")] = None,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Name of the first file's model; again for the next. Default: the file's."),
    ] = None,
    id_column: o.IdColumn = None,
    vector_column: o.VectorColumn = None,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Fit the maps between every two of several spaces; each says how much of its target it predicts on parts left out."""
    from repscope.cli._show import as_json, table
    from repscope.core.errors import BadInput
    from repscope.core.progress import set_quiet
    from repscope.studies._bridging import all_maps, kind_named, opened_embeddings

    set_quiet(json)
    if len(spaces) < 2:
        raise BadInput(f"{len(spaces)} space came; expected two or more networks or files")
    found = opened_embeddings(
        spaces, o.images(data, partition, data_set), o.texts(*[ids] * len(spaces)), name or (), device=device,
        id_column=id_column, vector_column=vector_column,
    )  # fmt: skip
    answers = all_maps(found, out, kind_named(kind, rank))
    if json:
        as_json(
            [{"source": m.source.name, "target": m.target.name, "r2": r2, "file": str(path)} for m, r2, path in answers]
        )
        return
    table(
        f"Maps ({kind}): R² on parts left out",
        ["source", "target", "dimensions", "R²", "file"],
        [
            (m.source.name, m.target.name, f"{m.source.dimension} → {m.target.dimension}", round(r2, 4), path.name)
            for m, r2, path in answers
        ],
    )
    typer.echo(f"maps and atlas: {out}")
