"""What chance gives: a measure of pairs of layers when the samples of one side are put into other orders.

The largest of many pairs is large by chance. So for every order the largest of all pairs is kept, and a value is called
significant among the pairs if few orders have any pair as large.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import ChosenPoints, Points
from repscope.core.progress import progress
from repscope.measures._contract import LayerView, PairMeasure
from repscope.neighbors import NeighborGraph

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False)
class PermutationTest:
    """How often chance is as close as what was measured.

    Attributes
    ----------
    measure : str
    layers, others : tuple of str
        Names of rows and columns.
    values : (l, m) float64
        As measured.
    by_chance : (l, m) float64
        Mean over the orders.
    p : (l, m) float64
        Share of orders in which this pair comes out as close or closer, counted with the measured one.
    p_of_all : (l, m) float64
        Share of orders in which *any* pair comes out as close: corrected for having looked at all pairs.
    closest : (orders,) float64
        The closest pair of each order.
    """

    measure: str
    layers: tuple[str, ...]
    others: tuple[str, ...]
    values: Float[np.ndarray, "l m"]
    by_chance: Float[np.ndarray, "l m"]
    p: Float[np.ndarray, "l m"]
    p_of_all: Float[np.ndarray, "l m"]
    closest: Float[np.ndarray, " orders"]

    def __str__(self) -> str:
        place = np.unravel_index(int(np.nanargmin(self.p_of_all)), self.p.shape)
        pairs = self.values.size
        return (
            f"{self.measure}: {self.layers[place[0]]} and {self.others[place[1]]} are at {self.values[place]:.3g}; of "
            f"{len(self.closest)} orders of the samples a share of {self.p_of_all[place]:.3g} has any of the {pairs} pairs as close"
        )

    def records(self) -> list[dict[str, Any]]:
        """One dictionary per pair."""
        return [
            {
                "layer": a,
                "other": b,
                "value": float(self.values[i, j]),
                "by_chance": float(self.by_chance[i, j]),
                "p": float(self.p[i, j]),
                "p_of_all": float(self.p_of_all[i, j]),
            }
            for i, a in enumerate(self.layers)
            for j, b in enumerate(self.others)
        ]

    def frame(self) -> "pd.DataFrame":
        """One row per pair (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "PermutationTest.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame(self.records())
        return frame


def permutation_test(
    measure: PairMeasure, layers: Sequence[LayerView], others: Sequence[LayerView], orders: int = 100, seed: int = 0
) -> PermutationTest:
    """Compare every layer with every other one, and again with the samples of the others in other orders.

    Parameters
    ----------
    measure : PairMeasure
    layers, others : sequence of LayerView
        Of the same samples.
    orders : int
        How many; the least p-value is 1 / (orders + 1).
    seed : int
        Of the orders.

    Raises
    ------
    BadInput
        If fewer than 19 orders are asked for, with which nothing is below 0.05.

    References
    ----------
    P. Westfall, S. Young, Resampling-Based Multiple Testing (1993), for the maximum. B. Phipson, G. Smyth, Stat. Appl.
    Genet. Mol. Biol. 9 (2010), for counting the measured order.

    Examples
    --------
    >>> from repscope import measure
    >>> from repscope.measures import ArrayLayer
    >>> generator = np.random.default_rng(1)
    >>> x, noise = generator.normal(size=(2, 60, 4))
    >>> layers = [ArrayLayer(x, 5, "x"), ArrayLayer(noise, 5, "noise")]
    >>> test = permutation_test(measure("mutual_neighbors"), layers, [ArrayLayer(x * 2, 5, "twice x")], orders=19)
    >>> test.p_of_all.ravel().tolist()[0], bool(test.p_of_all[1, 0] > 0.05)
    (0.05, True)
    """
    if orders < 19:
        raise BadInput(f"orders = {orders}; expected 19 or more: with fewer no p-value is 0.05 or less")
    shape = (len(layers), len(others))
    sign = 1.0 if measure.higher_means_closer else -1.0

    def values(seconds: Sequence[LayerView]) -> Float[np.ndarray, "l m"]:
        return np.array([score.value for score in measure.scores(layers, seconds)]).reshape(shape)

    measured = values(others)
    generator = np.random.default_rng(seed)
    n = layers[0].points.n if "activations" in measure.needs else layers[0].graph.n
    drawn = np.empty((orders, *shape))
    with progress("orders of the samples", orders, "orders") as advance:
        for number in range(orders):
            order = generator.permutation(n)
            drawn[number] = values([Reordered(layer, order) for layer in others])
            advance()
    closest = np.nanmax(sign * drawn, axis=(1, 2))
    p = (1 + np.sum(sign * drawn >= sign * measured, axis=0)) / (orders + 1)
    p_of_all = (1 + np.sum(closest[:, None, None] >= sign * measured, axis=0)) / (orders + 1)
    unknown = np.isnan(measured)
    return PermutationTest(
        measure.name,
        tuple(layer.name for layer in layers),
        tuple(layer.name for layer in others),
        measured,
        drawn.mean(axis=0),
        np.where(unknown, np.nan, p),
        np.where(unknown, np.nan, p_of_all),
        sign * closest,
    )


@final
class Reordered(LayerView):
    """A layer with its samples in another order."""

    def __init__(self, layer: LayerView, order: Int[np.ndarray, " n"]) -> None:
        self.name = layer.name
        self.labels = None if layer.labels is None else layer.labels[order]
        self._layer = layer
        self._order = order

    @cached_property
    def graph(self) -> NeighborGraph:
        """The same graph, its samples numbered anew."""
        whole = self._layer.graph
        place = np.empty(whole.n, np.int64)
        place[self._order] = np.arange(whole.n)
        indices, distances = place[whole.indices[self._order]], whole.distances[self._order]
        return NeighborGraph(indices, distances, whole.tied[self._order], np.arange(whole.n))

    @property
    def activations(self) -> Float[np.ndarray, "n d"]:
        """The same activations, in that order."""
        rows: Float[np.ndarray, "n d"] = self._layer.activations[self._order]
        return rows

    @property
    def points(self) -> Points:
        """The same, read where they lie."""
        return ChosenPoints(self._layer.points, self._order)
