"""Figures from the papers, to hold beside one's own."""

import csv
from collections.abc import Mapping, Sequence
from importlib.resources import files

from repscope.core.errors import NotFound, nearest
from repscope.studies._result import StudyTable

THESIS = (
    "A. Hryniowski, A Representational Response Analysis Framework for Convolutional Neural Networks, "
    "PhD thesis, University of Waterloo, 2024"
)

MAPS_THESIS = "D. McNeely-White, Same Data, Same Features, MSc thesis, Colorado State University, 2020"

INTERCHANGE = "D. McNeely-White, B. Sattelberg, N. Blanchard, R. Beveridge, Exploring the Interchangeability of CNN Embedding Spaces"

SOURCES = {
    "resnet20_representational_response": f"{THESIS}, values read from the figures of the sections named in each row",
    "augmentation_ablation_cifar10": f"{THESIS}, table 4.2",
    "attention_modules_complexity": f"{THESIS}, chapter 7, the comparisons of attention modules",
    "imagenet_networks": f"{MAPS_THESIS}, the ten networks",
    "imagenet_affine_least_squares_top1": f"{MAPS_THESIS}, mapped accuracies on the 50,000 validation images",
    "imagenet_affine_gradient_descent_top1": (
        "D. McNeely-White, R. Beveridge, B. Draper, Inception & ResNet: Same Training, Same Features, 2019"
    ),
    "imagenet_linear_ridge_top1_with_random_control": f"{INTERCHANGE}, the closed-set table",
    "lfw_models": f"{INTERCHANGE}, the networks of the open set",
    "lfw_linear_map_accuracy": f"{INTERCHANGE}, the open-set table",
}
"""The tables that ship, and where their figures come from."""

RESPONSE = "resnet20_representational_response"


def published(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a published table, as text, the way it was printed.

    Parameters
    ----------
    name : str
        One of `SOURCES`, which says where the figures come from.

    Raises
    ------
    NotFound
        If there is no such table.

    Examples
    --------
    >>> rows = published("augmentation_ablation_cifar10")
    >>> rows[0]["augmentation"], rows[0]["mean_accuracy"]
    ('none', '81.0')
    """
    if name not in SOURCES:
        raise NotFound(f"there is no published table {name!r}; {nearest(name, SOURCES)}")
    text = (files("repscope.studies") / "published" / f"{name}.csv").read_text(encoding="utf8")
    return tuple(csv.DictReader(text.splitlines()))


def whether_same_data(dataset: str, data: str) -> str:
    """Whether published figures are of the data here, as far as anybody looked: at the address, and not at the images.

    Parameters
    ----------
    dataset : str
        What the figures are of, such as ``"CIFAR10"``.
    data : str
        The address of the data here.

    Examples
    --------
    >>> whether_same_data("CIFAR10", "glyphs"), whether_same_data("CIFAR10", "folder:photos")
    ('not the same data', 'perhaps not the same data')
    >>> whether_same_data("CIFAR10", "cifar10:/data"), whether_same_data("CIFAR10", "cifar10.py:mine")
    ('the same data by their address, the images were not compared', 'not the same data')
    """
    source = data.partition(":")[0]
    if source == dataset.lower():
        return "the same data by their address, the images were not compared"
    return "perhaps not the same data" if source == "folder" else "not the same data"


def published_title(what: str, dataset: str, data: str) -> str:
    """The title of a table of published figures and those found here.

    Examples
    --------
    >>> published_title("four networks on LFW", "LFW", "glyphs")
    'Published figures (four networks on LFW) beside those found on glyphs: not the same data'
    >>> published_title("four networks on LFW", "LFW", "lfw:faces")
    'Published figures (four networks on LFW, with images that were not compared) beside those found on lfw:faces'
    """
    words = whether_same_data(dataset, data)
    by_address = words.startswith("the same")
    said = f"{what}, with images that were not compared" if by_address else what
    return f"Published figures ({said}) beside those found on {data}" + ("" if by_address else f": {words}")


def beside_published(asked: Sequence[tuple[Mapping[str, str], str]], data: str) -> StudyTable:
    """Published figures of the thesis' ResNet20, each with what was found here and whether it is the same data.

    Parameters
    ----------
    asked : sequence of (mapping, str)
        Fields that tell one row of `RESPONSE`, and what was found here; empty where there is nothing to compare.
    data : str
        The address of the data here.

    Raises
    ------
    NotFound
        If the fields fit no row, or more than one.

    Examples
    --------
    >>> table = beside_published([({"quantity": "ID peak layer"}, "6")], "cifar10:/data")
    >>> table.rows
    (('ID peak layer, train, augmentation: both', '4', 'CIFAR10, 4.2', '6', 'yes'),)
    """
    rows = []
    for fields, here in asked:
        found = [row for row in published(RESPONSE) if fields.items() <= row.items()]
        if len(found) != 1:
            raise NotFound(f"{len(found)} published figures fit {dict(fields)}; expected one")
        row = found[0]
        same = whether_same_data(row["dataset"].split("x")[0], data)
        where = f"{row['dataset']}, {row['where']}"
        rows.append((_what(row), row["value"], where, here, _SHORT[same.split()[0]]))
    title = f"Published figures beside those found on {data}"
    if all(row[-1] == rows[0][-1] for row in rows):
        title += f": {same}"
    return StudyTable(
        "published", title, ("figure", "published", "data, section", "here", "same data, by the address"), tuple(rows)
    )


_SHORT = {"the": "yes", "perhaps": "not known", "not": "no"}


def _what(row: Mapping[str, str]) -> str:
    """What a published figure is of, in words."""
    said = [
        row["quantity"],
        f"layers {row['layers']}",
        row["partition"],
        f"augmentation: {row['augmentation']}",
        row["setting"],
    ]
    known = [row["quantity"], row["layers"], row["partition"], row["augmentation"], row["setting"]]
    return ", ".join(text for text, value in zip(said, known, strict=True) if value)
