"""The ratios of neighbour distances that intrinsic dimension is read from, over distinct samples."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.neighbors import NeighborGraph


@final
@dataclass(frozen=True, eq=False)
class Ratios:
    """Logarithms of r_2k / r_k of the distinct samples, k being the order.

    Attributes
    ----------
    log : (m,) float64
        ln(r_2k / r_k), not negative; zero where the two are equally far.
    neighbors : (m, 2k) int64
        The neighbours whose distances were used, as numbers of distinct samples.
    samples : (m,) int64
        The sample that each row belongs to: the first of its copies.
    n : int
        Samples of the graph, copies included.
    order : int
        k; 1 for the two-neighbour estimators.
    distance : float
        Mean of r_2k: the scale looked at.
    """

    log: Float[np.ndarray, " m"]
    neighbors: Int[np.ndarray, "m j"]
    samples: Int[np.ndarray, " m"]
    n: int
    order: int
    distance: float

    @property
    def copies(self) -> int:
        """Samples taken out because they equal an earlier one."""
        return self.n - len(self.log)

    @property
    def tied(self) -> int:
        """Ratios of exactly 1."""
        return int(np.count_nonzero(self.log == 0))

    def per_sample(self) -> Float[np.ndarray, " n"]:
        """The logarithms by sample, NaN for copies."""
        out = np.full(self.n, np.nan)
        out[self.samples] = self.log
        return out


def ratios(graph: NeighborGraph, order: int = 1) -> Ratios:
    """The ratios r_2k / r_k of a graph's distinct samples.

    Copies are taken out, not their zero distances replaced: an epsilon in place of zero, or dropping only
    the rows with r_1 = 0, changes the estimate without a trace.

    Raises
    ------
    BadInput
        If the order is no whole number from 1 on, fewer than 3 samples are distinct, the graph has fewer
        than 2·order neighbours, or all ratios are 1.
    """
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 1:
        raise BadInput(
            f"order = {order!r} asked for; expected a whole number from 1 on: the ratio is r_2·order / r_order"
        )
    distinct = graph.distinct()
    if distinct.n < 3:
        what = "all identical" if distinct.n == 1 else f"copies of only {distinct.n} distinct ones"
        raise BadInput(
            f"the {graph.n} samples are {what}; an intrinsic dimension needs at least 3 distinct ones: is the layer constant?"
        )
    if distinct.k < 2 * order:
        raise BadInput(
            f"the graph has {distinct.k} neighbours per distinct sample and the ratio r_{2 * order} / r_{order} needs "
            f"{2 * order}; build it with k = {2 * order} or more"
        )
    near, far = distinct.distances[:, order - 1], distinct.distances[:, 2 * order - 1]
    if not near.all():
        raise BadInput(
            f"{np.count_nonzero(near == 0)} distinct samples are at a distance too small for float64 to their neighbour of order "
            f"{order}; scale the features up: the dimension does not depend on their scale"
        )
    log = np.log(far / near)
    if not log.any():
        raise BadInput(
            f"the distances r_{order} and r_{2 * order} are equal for all {distinct.n} distinct samples, so no dimension can be "
            "read from their ratio: the samples lie on a grid, or at equal distances from each other"
        )
    samples = np.flatnonzero(graph.copy_of == np.arange(graph.n))
    return Ratios(log, distinct.indices[:, : 2 * order], samples, graph.n, int(order), float(far.mean()))
