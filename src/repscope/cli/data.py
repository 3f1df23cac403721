"""repscope data: what a data set holds."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope data glyphs --contact-sheet glyphs.png

repscope data folder:photos --skip-broken

repscope data digits --save photos
"""


def command(
    data: o.DataName,
    data_set: o.DataSet_ = None,
    skip_broken: o.SkipBroken = False,
    contact_sheet: Annotated[
        Path | None, typer.Option("--contact-sheet", help="Write a picture with some images of each class.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write all images into a new folder, which folder:DIR reads.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Say what a data set holds: images, classes, partitions; and show some of it."""
    import numpy as np

    from repscope.cli._show import as_json, table

    images = o.open_data(data, data_set, skip_broken)
    parts = {"all": np.arange(len(images)), **images.partitions}
    counts = {
        name: None
        if images.labels is None
        else np.bincount(images.labels[rows], minlength=len(images.class_names)).tolist()
        for name, rows in parts.items()
    }
    if contact_sheet is not None:
        from PIL import Image

        from repscope.data._contact_sheet import contact_sheet as draw

        contact_sheet.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw(images)).save(contact_sheet)
    if save is not None:
        from repscope.data import save_folder

        save_folder(images, save)
    if json:
        sizes = {name: len(rows) for name, rows in parts.items()}
        as_json({**images.describe(), "partitions": sizes, "per_class": counts, "first_ids": list(images.ids[:5])})
        return
    rows = [
        [
            name,
            len(rows),
            "" if (c := counts[name]) is None else f"{min(c)} to {max(c)}" if min(c) < max(c) else str(c[0]),
        ]
        for name, rows in parts.items()
    ]
    first = images.image(0)
    size = "×".join(map(str, first.shape))
    table(
        f"{images.name}: {len(images):,} images, the first {size}, {len(images.class_names)} classes",
        ["partition", "images", "per class"],
        rows,
    )
    if images.class_names:
        shown = images.class_names[:20]
        typer.echo(
            "classes: "
            + ", ".join(shown)
            + (f" and {len(images.class_names) - 20} more" if len(images.class_names) > 20 else "")
        )
    if contact_sheet is not None:
        typer.echo(f"contact sheet: {contact_sheet}")
    if save is not None:
        typer.echo(f"images: {save}")
