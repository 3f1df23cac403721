"""Canonical correlation analysis (CCA): which directions of two layers carry the same."""

from typing import Any, ClassVar, final

from repscope.core.points import Points
from repscope.measures._canonical import Basis, require_samples
from repscope.measures._correlating import correlation_score
from repscope.measures._paired import paired
from repscope.measures._prepared import PreparedMeasure
from repscope.measures._score import Score

INSTEAD = "take svcca(), which compares the directions of largest variance alone, or cka()"


def cca(x: Any, y: Any) -> Score:
    """Mean canonical correlation of two representations.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order; n must exceed the number of directions of both together, and should be
        ten times as large.

    Returns
    -------
    Score
        0 to 1: the mean over as many correlations as the smaller representation has directions. `null`: the mean
        after the samples of one were put into other orders; it is far from 0 where samples are few. `details`: `n`,
        `directions_x`, `directions_y` (ranks), `mean_squared` (R² of CCA), `chance_removed`.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If there are not more samples than directions (every correlation would be 1, on noise as well), a
        representation is constant, or features are not finite.

    Notes
    -----
    *Interval.* From leaving out each of ten groups of samples.

    *Blind spots.* Any invertible linear map leaves it as it is, so a direction that carries next to nothing counts as
    much as the one that carries most.

    References
    ----------
    H. Hotelling, Biometrika 28 (1936). S. Kornblith et al., ICML 2019, table 1, for the means.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import cca
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 500, 5))
    >>> print(cca(x, x @ noise[:5]))
    cca 1 [1, 1], chance 0.085
    """
    first, second = paired(x, y, "cca")
    bases = Basis.of(first, "the first"), Basis.of(second, "the second")
    require_samples(*bases, "cca", INSTEAD)
    return correlation_score(*bases, "cca")


@final
class CCA(PreparedMeasure[Basis]):
    """Mean CCA of every pair of layers."""

    name: ClassVar[str] = "cca"
    title: ClassVar[str] = "Canonical correlation analysis"
    symbol: ClassVar[str] = "CCA"
    summary: ClassVar[str] = (
        "How far each direction of one layer can be had from the other by a linear map, all directions counting the "
        "same: 1 where the layers are invertible linear maps of each other."
    )
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Hotelling, Biometrika 28 (1936)"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    higher_means_closer: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True

    def prepare(self, points: Points, which: str) -> Basis:
        """All directions of a layer."""
        return Basis.of(points, which)

    def answer(self, first: Basis, second: Basis) -> Score:
        """The score of two bases."""
        require_samples(first, second, self.name, INSTEAD)
        return correlation_score(first, second, self.name)


measure = CCA()
