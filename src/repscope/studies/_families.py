"""Families of networks that differ in nothing but the seed: their weights, runs, and what is averaged over them."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.threads import in_threads
from repscope.measures import Score
from repscope.measures._interval import jackknife_error
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.measures.layer_similarity import chance_similarity, layer_similarity_value
from repscope.studies._run import Run
from repscope.studies._subjects import subset

Recipe = Mapping[str, Any]
"""Settings of `train_by_name`: epochs, learning_rate, augment …"""

TRAINED = (
    "epochs",
    "learning_rate",
    "batch",
    "loss",
    "precision",
    "augment",
    "augmentation",
    "recipe",
    "label_noise",
    "noise",
    "network_settings",
    "data_settings",
    "device",
)


def check_recipe(recipe: Recipe, which: str) -> None:
    """Refuse what is no setting of a training.

    Raises
    ------
    BadInput
        With what there is.
    """
    odd = sorted(set(recipe) - set(TRAINED))
    if odd:
        raise BadInput(f"the {which} recipe has the settings {', '.join(odd)}; expected some of {', '.join(TRAINED)}")


def pair_matrices(firsts: Sequence[Run], seconds: Sequence[Run] | None, partition: str) -> list[list[list[float]]]:
    """NNLS of all pairs of layers, for all pairs of runs of two families, or within one (each pair both ways, averaged)."""
    if seconds is None:
        pairs = list(combinations(firsts, 2))
        both = [(_matrix(a, b, partition)) for a, b in pairs]
        return [((m + m.T) / 2).tolist() for m in both]
    return [_matrix(a, b, partition).tolist() for a, b in product(firsts, seconds)]


def _matrix(first: Run, second: Run, partition: str) -> Float[np.ndarray, "l m"]:
    ours = [first.graph(layer, partition) for layer in first.layers]
    theirs = [second.graph(layer, partition) for layer in second.layers]
    matrix = np.empty((len(ours), len(theirs)))

    def fill(cell: tuple[int, int]) -> None:
        matrix[cell] = layer_similarity_value(ours[cell[0]], theirs[cell[1]])

    in_threads(fill, product(range(len(ours)), range(len(theirs))))
    return matrix


def dimension_at_same_size(run: Run, partition: str, n: int) -> list[float] | None:
    """ID of every layer of the subset of n samples that `subset` draws, from the graphs of all; None if these do not tell."""
    recording = run.recording(partition)
    rows = subset(recording, n, seed=0)
    try:
        return [intrinsic_dimension(run.graph(layer, partition).among(rows, 2)).value for layer in run.layers]
    except BadInput:  # lists too short for so few samples, approximate, or a constant layer
        return None


def over_networks(
    values: Float[np.ndarray, " pairs"],
    members: Sequence[tuple[int, ...]],
    measure: str,
    null: float | None,
    bounds: tuple[float, float] | None = (0.0, 1.0),
) -> Score:
    """The mean over pairs of networks, with the interval from leaving each network out, with all its pairs.

    Parameters
    ----------
    values : (pairs,)
    members : sequence of tuple of int
        The networks of each pair.
    measure : str
        Name of the score.
    null : float or None
    bounds : (float, float), optional
        What the values lie between; so does the interval.

    Examples
    --------
    >>> score = over_networks(np.array([0.2, 0.3, 0.4]), [(0, 1), (0, 2), (1, 2)], "m", None)
    >>> round(score.value, 3), score.interval[0] < 0.2 < 0.4 < score.interval[1]
    (0.3, True)
    """
    from scipy.stats import t

    value = float(np.mean(values))
    networks = sorted({n for pair in members for n in pair})
    without = [
        np.mean([v for v, pair in zip(values, members, strict=True) if n not in pair] or [value]) for n in networks
    ]
    spread = {"pairs": float(len(values)), "least": float(values.min()), "most": float(values.max())}
    if len(values) == 1:
        nan = float("nan")
        note = ("one pair of networks: no interval",)
        return Score(measure, value, (nan, nan), "none", null, notes=note, details=spread)
    if len(networks) < 3:
        return Score(
            measure, value, (float(values.min()), float(values.max())), "least and most pair", null, details=spread
        )
    half = float(t.ppf(0.975, len(networks) - 1)) * jackknife_error(np.array(without))
    least, most = bounds or (-np.inf, np.inf)
    interval = max(least, value - half), min(most, value + half)
    return Score(measure, value, interval, f"jackknife over {len(networks)} networks", null, details=spread)


def chance_of(run: Run, partition: str) -> float:
    """NNLS of unrelated graphs of this size."""
    return chance_similarity(run.recording(partition).n, run.k(partition))


def members_within(count: int) -> list[tuple[int, ...]]:
    """The networks of each pair within a family of so many."""
    return list(combinations(range(count), 2))


def members_between(first: int, second: int) -> list[tuple[int, ...]]:
    """The networks of each pair between two families, those of the second numbered after the first."""
    return [(a, first + b) for a, b in product(range(first), range(second))]
