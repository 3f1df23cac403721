"""The figures of two families of networks: curves, the layers of one network, and layers between networks."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from repscope.measures import Score
from repscope.studies._ab_findings import ID, NNCS, Curves
from repscope.studies._families import members_between, members_within, over_networks
from repscope.studies._result import StudyFigure
from repscope.studies._table import ScoreRow, ScoreTable

NNLS = "layer_similarity"
TITLES = {ID: "Intrinsic dimension", NNCS: "NNCS"}

Inner = Mapping[tuple[str, str], Score]
Pairs = Mapping[str, Float[np.ndarray, "pairs l m"]]


def curves_figure(
    measure: str, names: Sequence[str], layers: Sequence[str], partitions: Sequence[str], curves: Curves
) -> StudyFigure:
    """The curves of both families on all partitions."""
    rows = [
        ScoreRow(f"{name}, {partition}", layer, None, score)
        for name in names
        for partition in partitions
        for layer, score in zip(layers, curves[name, partition, measure], strict=True)
    ]
    return StudyFigure(
        measure,
        f"{TITLES[measure]} by layer",
        "Mean over seeds; bands are 95 % intervals of that mean.",
        ScoreTable(tuple(rows)),
    )


def layers_figure(partition: str, inner: Mapping[str, Inner]) -> StudyFigure:
    """The similarity of the layers of one network, of each family."""
    rows = [ScoreRow(name, a, b, score) for name, scores in inner.items() for (a, b), score in scores.items()]
    return StudyFigure(
        f"layers_{partition}",
        f"Similarity of the layers of one network, {partition}",
        "Mean over seeds.",
        ScoreTable(tuple(rows)),
    )


def networks_figures(
    partition: str, families: Mapping[str, int], layers: Sequence[str], matrices: Pairs, chance: float
) -> list[StudyFigure]:
    """The similarity of layers of two networks, within each family and between the two: matrices, and their diagonals.

    Parameters
    ----------
    partition : str
    families : mapping of str to int
        Names of the two, and how many networks each has.
    layers : sequence of str
    matrices : mapping of str to (pairs, l, l)
        Of all pairs within the first family, within the second, and between them, in this order.
    chance : float
        What unrelated networks give.
    """
    (first, a), (second, b) = families.items()
    members = dict(zip(matrices, (members_within(a), members_within(b), members_between(a, b)), strict=True))

    def cell(what: str, i: int, j: int) -> Score:
        return over_networks(matrices[what][:, i, j], members[what], NNLS, chance)

    square = [
        ScoreRow(what, x, y, cell(what, i, j))
        for what in matrices
        for i, x in enumerate(layers)
        for j, y in enumerate(layers)
    ]
    diagonal = [ScoreRow(what, x, None, cell(what, i, i)) for what in matrices for i, x in enumerate(layers)]
    return [
        StudyFigure(
            f"matrices_{partition}",
            f"Similarity of networks, {partition}",
            f"Mean over pairs of networks; of {list(matrices)[2]}, rows are {first} and columns {second}.",
            ScoreTable(tuple(square)),
        ),
        StudyFigure(
            f"diagonals_{partition}",
            f"The same layer in two networks, {partition}",
            "How alike two trainings are at each layer: within each recipe, and between the two.",
            ScoreTable(tuple(diagonal)),
        ),
    ]
