"""Figures and tables of scores over numbers of samples n and of neighbours k.

`found` is what was read from the graphs of n samples, as files hold it: `usual` k, scores by layer under `dimension` and
`classes`, under `over_k` by k, and quantiles of the ratio of distances under `ratios`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from repscope.measures import Score
from repscope.studies._published import beside_published
from repscope.studies._result import StudyFigure, StudyTable
from repscope.studies._table import ScoreRow, ScoreTable

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Of the ratio of the second to the first neighbour's distance."""


def over_k(by: Mapping[str, Any]) -> list[tuple[int, Any]]:
    """What files hold by k, in the order of k: files order it as text.

    >>> over_k({"130": "b", "279": "c", "28": "a"})
    [(28, 'a'), (130, 'b'), (279, 'c')]
    """
    return sorted((int(k), value) for k, value in by.items())


def by_size(
    name: str, title: str, kind: str, layers: Sequence[str], sizes: Sequence[int], found: dict[int, Any]
) -> StudyFigure:
    rows = [
        ScoreRow(f"n = {n:,}", layer, None, Score.from_dict(score))
        for n in sizes
        for layer, score in zip(layers, found[n][kind], strict=False)
    ]
    return StudyFigure(
        name, title, "One curve for each number of samples, k = n / (10 · classes).", ScoreTable(tuple(rows))
    )


def by_k(name: str, layers: Sequence[str], n: int, found: dict[str, Any]) -> StudyFigure:
    rows = [
        ScoreRow(f"k = {k:,}", layer, None, Score.from_dict(score))
        for k, scores in over_k(found["over_k"])
        for layer, score in zip(layers, scores, strict=True)
    ]
    return StudyFigure(
        name, f"NNCS over k, n = {n:,}", "One curve for each number of neighbours.", ScoreTable(tuple(rows))
    )


def ratios_figure(layers: Sequence[str], found: dict[str, Any]) -> StudyFigure:
    rows = [
        ScoreRow(f"{100 * q:g} % quantile", layer, None, Score("ratio_of_distances", value, (value, value), "none"))
        for layer, values in zip(layers, found["ratios"], strict=True)
        for q, value in zip(QUANTILES, values, strict=True)
        if value is not None
    ]
    ordered = sorted(rows, key=lambda r: float(r.partition.split()[0]))
    text = "Quantiles of the ratio of the second to the first neighbour's distance, from which the dimension is read."
    return StudyFigure("ratios", "Ratios of distances by layer", text, ScoreTable(tuple(ordered)))


def scores_table(layers: Sequence[str], sizes: Sequence[int], found: dict[int, Any]) -> StudyTable:
    rows = [
        (
            layer,
            n,
            found[n]["usual"],
            found[n]["dimension"][i]["value"],
            found[n]["classes"][i]["value"] if found[n]["classes"] else None,
        )
        for i, layer in enumerate(layers)
        for n in sizes
    ]
    return StudyTable("scores", "Scores by layer and number of samples", ("layer", "n", "k", "ID", "NNCS"), tuple(rows))


def ratios_table(layers: Sequence[str], found: dict[str, Any]) -> StudyTable:
    columns = ("layer", *(f"{100 * q:g} %" for q in QUANTILES))
    rows = tuple((layer, *values) for layer, values in zip(layers, found["ratios"], strict=True))
    return StudyTable("ratios", "Quantiles of r2 / r1", columns, rows)


def published_table(layers: Sequence[str], sizes: Sequence[int], found: Mapping[int, Any], data: str) -> StudyTable:
    """What the thesis published of ResNet20 at n = 1,000, beside the size here that is nearest to it."""
    n = min(sizes, key=lambda size: abs(size - 1000))
    here = found[n]
    dimension = classes = ""
    if len(layers) == 13:
        first, third = (here["dimension"][i]["value"] for i in (0, 3))
        if first is not None and third is not None:
            dimension = f"{first:.3g} → {third:.3g} (n = {n:,})"
        if here["over_k"]:
            least = min(map(int, here["over_k"]))
            classes = f"{here['over_k'][str(least)][9]['value']:.3g} (n = {n:,}, k = {least})"
    asked = [
        ({"quantity": "ID", "where": "5.1"}, dimension),
        ({"quantity": "NNCS", "where": "5.2"}, classes),
    ]
    return beside_published(asked, data)
