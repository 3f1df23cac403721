"""A data set as a folder of pictures, which `folder:DIR` reads back."""

import re
from pathlib import Path

import numpy as np

from repscope.core.errors import BadInput
from repscope.core.files import replacing
from repscope.core.progress import progress
from repscope.data._dataset import DataSet


def save_folder(data: DataSet, folder: str | Path) -> Path:
    """Write every image as a PNG file: DIR/partition/class/id.png; without partitions or classes, without that folder.

    Parameters
    ----------
    data : DataSet
    folder : path
        A new one, or an empty one.

    Raises
    ------
    BadInput
        If the folder holds something, a name cannot be one of a file, or two would be the same.

    Examples
    --------
    >>> import tempfile
    >>> from repscope.data import load_data
    >>> path = save_folder(load_data("glyphs", classes="AB", per_class=4), tempfile.mkdtemp())
    >>> back = load_data(f"folder:{path}")
    >>> len(back), back.class_names, sorted(back.partitions)
    (8, ('A', 'B'), ['train', 'validation'])
    """
    from PIL import Image

    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{target} is there already and not an empty folder; give a new one")
    paths = [target / name for name in _names(data)]
    with progress("writing", len(data), "images") as advance:
        for row, path in enumerate(paths):
            image = data.image(row)
            pixels = image if image.dtype.itemsize == 1 else (255 * image).round().byte()
            with replacing(path) as draft:
                Image.fromarray(np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())).save(draft, "PNG")
            advance(1)
    return target


def _names(data: DataSet) -> list[str]:
    """Of the files, in the order of the images."""
    part = {int(row): f"{name}/" for name, rows in data.partitions.items() for row in rows}
    if part and len(part) < len(data):
        raise BadInput(
            f"{len(data) - len(part)} of {len(data)} images of {data.name!r} are in no partition; take one partition"
        )
    names = []
    for row, image in enumerate(data.ids):
        label = "" if data.labels is None else f"{_safe(data.class_names[data.labels[row]])}/"
        names.append(f"{part.get(row, '')}{label}{_safe(image)}.png")
    if len({name.lower() for name in names}) < len(names):
        raise BadInput(
            f"ids or classes of {data.name!r} differ by letters that file names do not tell apart; rename them"
        )
    return names


def _safe(name: str) -> str:
    """A name as one of a file: what is not a letter, digit, '.', '-' or '_' becomes '_'."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "_"
