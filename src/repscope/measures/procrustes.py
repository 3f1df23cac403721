"""Orthogonal Procrustes distance: what is left between two layers after the best rotation."""

from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.points import Points
from repscope.measures._canonical import Basis, Moments, moments
from repscope.measures._groups import GROUPED, by_chance, plain_interval, without_groups
from repscope.measures._paired import paired
from repscope.measures._prepared import PreparedMeasure
from repscope.measures._score import Score

FAR = 1.6
"""Distance by chance below which a note is needed: a fifth of the way from 2, where nothing is shared, to 0."""

MOST = 1000
"""Samples that `compare` looks at."""


def procrustes(x: Any, y: Any) -> Score:
    """Min over rotations R of |X R − Y|², both centred and divided by their Frobenius norm.

    That is 2 − 2 |XᵀY|_*, the nuclear norm. Where one representation has fewer features, zeros are appended to it.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order.

    Returns
    -------
    Score
        0 (one is the other turned, moved and scaled) to 2. `null`: the distance after the samples of one were put
        into other orders. `details`: `n`, `directions_x`, `directions_y`, `angle`: arccos |XᵀY|_* in radians, which is a metric
        (Williams et al. 2021), and `chance_removed`, the value on a scale where chance is 1 and identity 0.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If a representation is constant, or features are not finite.

    Notes
    -----
    *Interval.* From leaving out each of ten groups of samples.

    *Blind spots.* Like CKA it is ruled by the directions of largest variance, though less: singular values count,
    not their squares.

    References
    ----------
    P. Schönemann, Psychometrika 31 (1966). F. Ding, J.-S. Denain, J. Steinhardt, NeurIPS 2021. A. Williams, E. Kunz,
    S. Kornblith, S. Linderman, NeurIPS 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import procrustes
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 300, 4))
    >>> rotation = np.linalg.qr(noise[:4])[0]
    >>> round(procrustes(x, 3 * x @ rotation + 1).value, 9)
    0.0
    >>> score = procrustes(x, noise)
    >>> score.interval[0] < score.null < 2
    True
    """
    first, second = paired(x, y, "procrustes")
    return _distance(Basis.of(first, "the first"), Basis.of(second, "the second"))


def _distance(x: Basis, y: Basis) -> Score:
    import torch

    nobody = np.empty(0, np.int64)
    shared = _shared(x, y, moments(x, y, nobody))

    def shuffled(order: Int[np.ndarray, " n"]) -> float:
        other = Basis(y.u[torch.from_numpy(order)], y.s, y.v)
        return 2 - 2 * _shared(x, other, moments(x, other, nobody))

    value = max(0.0, 2 - 2 * shared)
    chance = by_chance(x.n, shuffled)
    same = value < 1e-9
    few = f"{x.n} samples are few for {x.rank} and {y.rank} directions: unrelated layers would read {chance:.2f}"
    low, high = plain_interval(value, without_groups(x.n, lambda out: 2 - 2 * _shared(x, y, moments(x, y, out))))
    return Score(
        measure="procrustes",
        value=value,
        interval=(value, value) if same else (max(0.0, low), min(2.0, high)),
        interval_method=GROUPED,
        null=chance,
        notes=(few,) if chance < FAR else (),
        details={
            "n": x.n,
            "directions_x": x.rank,
            "directions_y": y.rank,
            "angle": float(np.arccos(min(1.0, shared))),
            "chance_removed": value / chance if chance > 0 else 0.0,
        },
    )


def _shared(x: Basis, y: Basis, m: Moments) -> float:
    """|XᵀY|_* of what the moments are of, both divided by their norms."""
    import torch

    nuclear = torch.linalg.svdvals(x.s[:, None] * m.xy * y.s).sum()
    sizes = [(basis.s.square() * gram.diagonal()).sum() for basis, gram in ((x, m.xx), (y, m.yy))]
    return float(nuclear / (sizes[0] * sizes[1]).sqrt())


@final
class Procrustes(PreparedMeasure[Basis]):
    """Procrustes distance of every pair of layers."""

    name: ClassVar[str] = "procrustes"
    title: ClassVar[str] = "Orthogonal Procrustes distance"
    symbol: ClassVar[str] = "Procrustes"
    summary: ClassVar[str] = (
        "How much is left between two layers of equal size after the best rotation: 0 where one is the other turned, "
        "moved and scaled."
    )
    bounds: ClassVar[tuple[float, float]] = (0.0, 2.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Ding et al., NeurIPS 2021"
    symmetric: ClassVar[bool] = True
    higher_means_closer: ClassVar[bool] = False

    most: ClassVar[int | None] = MOST

    def prepare(self, points: Points, which: str) -> Basis:
        """All directions of a layer."""
        return Basis.of(points, which)

    def answer(self, first: Basis, second: Basis) -> Score:
        """The distance of two layers."""
        return _distance(first, second)


measure = Procrustes()
