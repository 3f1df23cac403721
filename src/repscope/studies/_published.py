"""Figures from the papers, to hold beside one's own."""

import csv
from importlib.resources import files

from repscope.core.errors import NotFound, nearest

THESIS = (
    "A. Hryniowski, A Representational Response Analysis Framework for Convolutional Neural Networks, "
    "PhD thesis, University of Waterloo, 2024"
)

SOURCES = {
    "resnet20_representational_response": f"{THESIS}, values read from the figures of the sections named in each row",
    "augmentation_ablation_cifar10": f"{THESIS}, table 4.2",
}
"""The tables that ship, and where their figures come from."""


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
