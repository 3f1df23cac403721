"""Singular vector canonical correlation analysis (SVCCA): CCA of the directions that hold nearly all the variance."""

from typing import Any, ClassVar, final

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.measures._canonical import Basis, require_samples
from repscope.measures._correlating import correlation_score
from repscope.measures._paired import paired
from repscope.measures._prepared import PreparedMeasure
from repscope.measures._score import Score

INSTEAD = "keep less of the variance, or take cka()"


def svcca(x: Any, y: Any, variance: float = 0.99) -> Score:
    """Mean canonical correlation of the leading principal components of two representations.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order.
    variance : float
        Share of the variance that is kept of each: of the sum of squared singular values. (Code that sums the
        singular values themselves keeps many directions of noise.)

    Returns
    -------
    Score
        0 to 1. `null`: the mean after the samples of one were put into other orders. `details`: `n`,
        `directions_x`, `directions_y` (kept), `mean_squared`, `chance_removed`.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If as many directions are kept as there are samples, `variance` is not above 0 and at most 1, a
        representation is constant, or features are not finite.

    Notes
    -----
    *Interval.* From leaving out each of ten groups of samples, with the same directions kept.

    *Blind spots.* Among the directions kept, the least counts as much as the first; how many are kept depends on the
    number of samples.

    References
    ----------
    M. Raghu, J. Gilmer, J. Yosinski, J. Sohl-Dickstein, NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import svcca
    >>> x = np.random.default_rng(0).normal(size=(500, 20)) * ([10] * 4 + [0.1] * 16)
    >>> svcca(x, x[:, :4]).details["directions_x"]
    4
    """
    first, second = paired(x, y, "svcca")
    if not 0 < variance <= 1:
        raise BadInput(f"variance = {variance}; expected a share of the variance above 0 and at most 1, such as 0.99")
    bases = Basis.of(first, "the first").holding(variance), Basis.of(second, "the second").holding(variance)
    require_samples(*bases, "svcca", INSTEAD)
    return correlation_score(*bases, "svcca")


@final
class SVCCA(PreparedMeasure[Basis]):
    """SVCCA of every pair of layers, 99 % of the variance kept."""

    name: ClassVar[str] = "svcca"
    title: ClassVar[str] = "Singular vector canonical correlation analysis"
    symbol: ClassVar[str] = "SVCCA"
    summary: ClassVar[str] = (
        "How far the directions that hold 99 % of a layer's variance can be had from those of the other by a linear "
        "map: 1 where they span the same."
    )
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Raghu et al., NeurIPS 2017"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    higher_means_closer: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True

    def prepare(self, points: Points, which: str) -> Basis:
        """The directions of a layer that hold 99 % of its variance."""
        return Basis.of(points, which).holding(0.99)

    def answer(self, first: Basis, second: Basis) -> Score:
        """The score of two bases."""
        require_samples(first, second, self.name, INSTEAD)
        return correlation_score(first, second, self.name)


measure = SVCCA()
