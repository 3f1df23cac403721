"""repscope bridge: change the embedding model behind an index, or link two collections of embeddings."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o
from repscope.core.numbers import shown, with_interval

EXAMPLES = """[bold]Examples[/bold]

repscope bridge check old.npy new.npy --ids ids.txt --relevance judgements.json

repscope bridge check repscope:nasnet-glyphs repscope:resnet_v1-glyphs --data glyphs --data-set per_class=1200 --data-set seed=1 --index 10000

repscope bridge fit old.npy new.npy --ids ids.txt --out old-new.safetensors

repscope bridge apply old-new.safetensors old.npy --out mapped.npy

repscope bridge export old-new.safetensors --to onnx --out old-new.onnx
"""

SUMMARY = "Maps between embedding models: is one good enough (check), make it (fit), use it (apply, export)."

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="Where the map goes from: a .npy, .safetensors or .parquet file, or a network."
    ),
]
Target = Annotated[str, typer.Argument(metavar="TARGET", help="Where it goes to: another of the same samples.")]
MapFile = Annotated[Path, typer.Argument(metavar="MAP", help="A file that 'repscope bridge fit' wrote.")]
Data = Annotated[str | None, typer.Option("--data", help="The images, for networks: digits, glyphs, folder:DIR, …")]
Part = Annotated[str, typer.Option("--partition", "-p", help="Part of the images.")]
Ids = Annotated[Path | None, typer.Option("--ids", help="Text file with the id of every row, of both files.")]
TargetIds = Annotated[Path | None, typer.Option("--target-ids", help="The same of the second file, if it has others.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", help="Name of the first file's model; again for the second's. Default: the file's."),
]
Kind = Annotated[
    str, typer.Option("--kind", help="least_squares, ridge, reduced_rank, procrustes, whitened, unit_norm.")
]
Rank = Annotated[int | None, typer.Option("--rank", min=1, help="Of reduced_rank and whitened.")]


def fit(
    source: Source,
    target: Target,
    out: Annotated[Path, typer.Option("--out", "-o", help="The map's file, NAME.safetensors.")],
    kind: Kind = "ridge",
    rank: Rank = None,
    data: Data = None,
    partition: Part = "all",
    data_set: o.DataSet_ = None,
    ids: Ids = None,
    target_ids: TargetIds = None,
    id_column: o.IdColumn = None,
    vector_column: o.VectorColumn = None,
    name: Names = None,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Fit a map from pairs: the same samples in two files, or as two networks see them."""
    from repscope.cli._show import as_json
    from repscope.core.progress import set_quiet
    from repscope.maps import fit_map
    from repscope.studies._bridging import kind_named, opened_embeddings

    set_quiet(json)
    both = opened_embeddings(
        [source, target],
        o.images(data, partition, data_set),
        o.texts(ids, target_ids or ids),
        name or (),
        device=device,
        id_column=id_column,
        vector_column=vector_column,
    )
    found = fit_map(both[0], both[1], kind_named(kind, rank))
    found.save(out)
    if json:
        as_json(
            {
                "map": str(out),
                "source": found.source.as_dict(),
                "target": found.target.as_dict(),
                "facts": dict(found.facts),
            }
        )
        return
    for note in found.facts.get("notes", []):
        typer.echo(f"note: {note}")
    typer.echo(f"{found}\n{found.facts.get('n', len(both[0])):,} pairs; written to {out}")


def check(
    source: Source,
    target: Target,
    k: Annotated[int, typer.Option("-k", min=1, help="Answers that are looked at.")] = 10,
    index: Annotated[int | None, typer.Option("--index", min=1, help="Samples in the index; half by default.")] = None,
    queries: Annotated[int, typer.Option("--queries", min=20)] = 500,
    relevance: Annotated[
        Path | None,
        typer.Option("--relevance", help="Judgements as JSON, {query: \\[answers]}; for images their classes."),
    ] = None,
    kind: Kind = "ridge",
    rank: Rank = None,
    sizes: Annotated[
        list[int] | None,
        typer.Option(
            "--pairs", min=2, help="Numbers of pairs to fit on; repeat for more. Default: 500 to 20,000, and all."
        ),
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option(
            "--candidates", min=1, help="That the new model ranks again. Default: 200, at most a tenth of the index."
        ),
    ] = None,
    metric: Annotated[str, typer.Option("--metric", help="cosine, euclidean or dot.")] = "cosine",
    data: Data = None,
    partition: Part = "all",
    data_set: o.DataSet_ = None,
    ids: Ids = None,
    target_ids: TargetIds = None,
    id_column: o.IdColumn = None,
    vector_column: o.VectorColumn = None,
    name: Names = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the division into index, queries and pairs.")] = 0,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Is a map from the old model (SOURCE) to the new one (TARGET) good enough? Beside doing nothing, and doing it all."""
    from repscope.cli._show import as_json, table
    from repscope.core.progress import set_quiet
    from repscope.maps._migration import SIZES
    from repscope.studies._bridging import checked_migration, kind_named, opened_embeddings, read_relevance

    set_quiet(json)
    images = o.images(data, partition, data_set)
    both = opened_embeddings(
        [source, target], images, o.texts(ids, target_ids or ids), name or (), device=device, id_column=id_column,
        vector_column=vector_column,
    )  # fmt: skip
    labels = None
    if images is not None and images.labels is not None:
        labels = {one: images.class_names[label] for one, label in zip(images.ids, images.labels.tolist(), strict=True)}
    judged = None if relevance is None else read_relevance(relevance)
    found = checked_migration(
        both[0],
        both[1],
        labels,
        judged,
        index,
        queries,
        k,
        kind_named(kind, rank),
        metric,
        seed,
        sizes or SIZES,
        candidates,
    )
    if json:
        as_json(
            {
                "rows": [
                    {
                        "way": r.way,
                        "pairs": r.pairs,
                        "recall": r.recall,
                        "ndcg": r.ndcg,
                        "against_status_quo": r.against_status_quo,
                    }
                    for r in found.rows
                ],
                "judged": found.judged,
                "verdict": found.verdict,
                "limits": list(found.limits),
            }
        )
        return
    truth = "judgements" if found.judged else "the new model's own neighbours"
    table(
        f"Recall@{k} and nDCG@{k} in per cent, by {truth}",
        ["way", "pairs", "recall", "95 %", "nDCG", "95 %", "against the status quo"],
        [(r.way, r.pairs, *_cells(r.recall), *_cells(r.ndcg), _change(r.against_status_quo)) for r in found.rows],
    )
    typer.echo(f"\n{found.verdict}")
    for line in found.limits:
        typer.echo(f"- {line}")


def apply(
    file: MapFile,
    store: Annotated[str, typer.Argument(metavar="STORE", help="Embeddings of the map's source, or that network.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the mapped embeddings go.")],
    name: Annotated[
        str | None, typer.Option("--name", help="The model that made them; refused if it is not the map's source.")
    ] = None,
    data: Data = None,
    partition: Part = "all",
    data_set: o.DataSet_ = None,
    ids: Ids = None,
    id_column: o.IdColumn = None,
    vector_column: o.VectorColumn = None,
    device: o.Device = None,
    json: o.Json = False,
) -> None:
    """Map embeddings; refused if they are not, or do not look like, those of the map's source."""
    from repscope.cli._show import as_json
    from repscope.core.progress import set_quiet
    from repscope.maps import LinearMap, write_store
    from repscope.studies._bridging import applied, opened_embeddings

    set_quiet(json)
    given = opened_embeddings(
        [store], o.images(data, partition, data_set), o.texts(ids), (name,), device=device, id_column=id_column,
        vector_column=vector_column,
    )[0]  # fmt: skip
    found = LinearMap.load(file)
    mapped = applied(found, given, known=name is not None or data is not None)
    write_store(mapped, out)
    if json:
        as_json(
            {
                "embeddings": len(mapped),
                "source": found.source.as_dict(),
                "target": found.target.as_dict(),
                "file": str(out),
            }
        )
        return
    typer.echo(f"{len(mapped):,} embeddings, {found}: written to {out}")


def export(
    file: MapFile,
    to: Annotated[str, typer.Option("--to", help="onnx, faiss or sklearn.")],
    out: Annotated[Path, typer.Option("--out", "-o")],
    normalise: Annotated[bool, typer.Option("--normalise", help="What is mapped, to unit length (onnx).")] = False,
    json: o.Json = False,
) -> None:
    """Write a map in a form that other programs take."""
    from repscope.cli._show import as_json
    from repscope.maps import LinearMap
    from repscope.maps import export as write

    found = LinearMap.load(file)
    written = write(found, out, to, normalise)
    if json:
        as_json({"to": to, "source": found.source.as_dict(), "target": found.target.as_dict(), "file": str(written)})
        return
    typer.echo(f"{found}: written to {written}")


def _cells(numbers: tuple[float, float, float]) -> tuple[str, str]:
    value, low, high = (100 * x for x in numbers)
    return shown(value, ".1f"), f"{shown(low, '.1f')} to {shown(high, '.1f')}"


def _change(numbers: tuple[float, float, float]) -> str:
    return with_interval([100 * x for x in numbers], "+.1f") if any(numbers) else ""


commands = {"check": check, "fit": fit, "apply": apply, "export": export}
