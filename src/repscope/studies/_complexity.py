"""What the networks of the attention comparison cost, beside what the thesis published of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from repscope.networks import cost, load_network
from repscope.studies._published import published
from repscope.studies._result import StudyTable

ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "ResNet20": ("repscope:resnet20", {}),
    "ResNet20 2x deep": ("repscope:resnet20", {"depth_factor": 2}),
    "ResNet20 sqrt(2) wide": ("repscope:resnet20", {"width_factor": 2**0.5}),
    "ResNet34": ("repscope:resnet34", {}),
    "ResNet34 2x deep": ("repscope:resnet34", {"depth_factor": 2}),
    "ResNet34 sqrt(2) wide": ("repscope:resnet34", {"width_factor": 2**0.5}),
}
"""The address and settings of each published name."""


@cache
def complexity_table() -> StudyTable:
    """Every published row: parameters and FLOPs, theirs and ours, and the difference in per cent.

    Windows are 8 in every stage, the thesis' choice for its complexity.

    Examples
    --------
    >>> table = complexity_table()
    >>> table.columns[4:7], table.rows[0][4:7]  # doctest: +ELLIPSIS
    (('parameters/1e3 published', 'parameters/1e3 here', 'parameters/1e3 difference %'), (272.0, 272.474, 0.17...))
    """
    import torch

    rows = []
    for row in published("attention_modules_complexity"):
        address, settings = _addressed(row)
        with torch.device("meta"):  # shapes without numbers, which nobody looks at
            found = cost(load_network(address, weights="random", **settings))
        place = f"{row['attention']} {row['placement']}".strip()
        rows.append(
            (
                row["network"], row["dataset"], place, found.input_shape[1],
                *_beside(row["parameters_thousands"], found.parameters / 1e3),
                *_beside(row["flops_millions"], found.flops / 1e6),
            )
        )  # fmt: skip
    heads = [
        f"{what} {which}" for what in ("parameters/1e3", "FLOPs/1e6") for which in ("published", "here", "difference %")
    ]
    return StudyTable(
        "complexity",
        "Parameters and FLOPs, published and ours",
        ("network", "data", "attention", "pixels", *heads),
        tuple(rows),
    )


def _addressed(row: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    address, settings = ARCHITECTURES[row["network"]]
    attention = row["attention"].lower()
    given = {} if attention == "none" else {"attention": attention, "placement": row["placement"]}
    return address, {**settings, **given, "classes": int(row["classes"]), "size": int(row["input"])}


def _beside(theirs: str, ours: float) -> tuple[float | None, float, float | None]:
    if not theirs:
        return None, ours, None
    return float(theirs), ours, 100 * (ours / float(theirs) - 1)
