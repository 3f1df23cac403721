"""The papers' tables of hybrids on ImageNet, beside what was found here."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from repscope.studies._published import published, published_title
from repscope.studies._result import StudyTable

TABLES = {
    "imagenet_affine_least_squares_top1": "least squares with an intercept",
    "imagenet_linear_ridge_top1_with_random_control": "ridge without an intercept",
}


def published_summary(name: str) -> dict[str, float]:
    """Median and worst change against the source over the real maps of a published table, and how many beat whom.

    Computed from the printed accuracies: some of the printed percentages are of an earlier state, and the printed median
    counts the zeros of the diagonal.

    >>> found = published_summary("imagenet_affine_least_squares_top1")
    >>> round(found["median"], 2), round(found["worst_change"], 1), found["above_source"], found["above_target"]
    (-2.17, -11.6, 0, 38)
    """
    rows = published(name)
    first = next(iter(rows[0]))
    names = [row[first] for row in rows if "random" not in row[first]]
    top = {row[first]: {k: float(v) for k, v in row.items() if k != first and v} for row in rows}
    pairs = [(a, b) for a in names for b in names if a != b]
    changes = [100 * (top[a][b] - top[a][a]) / top[a][a] for a, b in pairs]
    return {
        "pairs": len(pairs),
        "median": float(np.median(changes)),
        "worst_change": float(min(changes)),
        "above_source": sum(c > 0 for c in changes),
        "above_target": sum(top[a][b] > top[b][b] for a, b in pairs),
    }


_ASKED = (
    "median change against the source, %",
    "worst change against the source, %",
    "hybrids above their source",
    "hybrids above their target's own network",
)


def _said(one: Mapping[str, Any]) -> list[str]:
    """The figures of `_ASKED`."""
    said = [
        f"{one['median']:.2f}",
        f"{one['worst_change']:.1f}",
        f"{one['above_source']} of {one['pairs']}",
        f"{one['above_target']} of {one['pairs']}",
    ]
    return [text.replace("-", "−") for text in said]


def published_table(data: str, here: Mapping[str, Any]) -> StudyTable:
    """The figures that the papers draw from their tables, beside ours."""
    kinds = {label: published_summary(name) for name, label in TABLES.items()}
    columns = [_said(one) for one in (*kinds.values(), {**here, "worst_change": here["worst_change"].value})]
    rows = tuple((what, *(column[i] for column in columns)) for i, what in enumerate(_ASKED))
    title = published_title("ten networks on ImageNet", "ImageNet", data)
    return StudyTable("published", title, ("figure", *(f"published, {label}" for label in kinds), "here"), rows)
