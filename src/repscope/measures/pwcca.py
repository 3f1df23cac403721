"""Projection weighted CCA (PWCCA): canonical correlations, weighted by how much of the first layer each accounts for."""

from typing import Any, ClassVar, final

from repscope.core.points import Points
from repscope.measures._canonical import Basis, require_samples
from repscope.measures._correlating import correlation_score
from repscope.measures._paired import paired
from repscope.measures._prepared import PreparedMeasure
from repscope.measures._score import Score

INSTEAD = "take svcca(), which compares the directions of largest variance alone, or cka()"


def pwcca(x: Any, y: Any) -> Score:
    """Canonical correlations of two representations, weighted by how much each variate accounts for in the first.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order; the weights are those of x, so the order of the two matters.

    Returns
    -------
    Score
        0 to 1. `null`: the mean after the samples of y were put into other orders. `details`: `n`, `directions_x`,
        `directions_y`, `mean_squared` (unweighted), `chance_removed`.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If there are not more samples than directions, a representation is constant, or features are not finite.

    Notes
    -----
    The weight of a variate h of x is Σ_j |⟨h, x_j⟩| over the centred features j of x, which depends on the axes of
    x: a rotation of x changes it. Some code takes the weights from whichever representation has fewer directions;
    here they are always those of the first, as in the paper.

    *Interval.* From leaving out each of ten groups of samples.

    References
    ----------
    A. Morcos, M. Raghu, S. Bengio, NeurIPS 2018, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import cca, pwcca
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 500, 5))
    >>> y = np.hstack([x[:, :4], noise[:, 4:]])
    >>> x[:, 4] *= 0.01  # the feature that y lacks carries next to nothing
    >>> pwcca(x, y).value > 0.98 > cca(x, y).value
    True
    """
    first, second = paired(x, y, "pwcca")
    bases = Basis.of(first, "the first"), Basis.of(second, "the second")
    require_samples(*bases, "pwcca", INSTEAD)
    return correlation_score(*bases, "pwcca", weighted=True)


@final
class PWCCA(PreparedMeasure[Basis]):
    """PWCCA of every pair of layers, weighted by the first."""

    name: ClassVar[str] = "pwcca"
    title: ClassVar[str] = "Projection weighted CCA"
    symbol: ClassVar[str] = "PWCCA"
    summary: ClassVar[str] = (
        "How far what the first layer holds can be had from the second by a linear map, directions counting by how "
        "much of the first layer they account for."
    )
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation"})
    reference: ClassVar[str] = "Morcos et al., NeurIPS 2018"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    higher_means_closer: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False

    def prepare(self, points: Points, which: str) -> Basis:
        """All directions of a layer."""
        return Basis.of(points, which)

    def answer(self, first: Basis, second: Basis) -> Score:
        """The score of two bases."""
        require_samples(first, second, self.name, INSTEAD)
        return correlation_score(first, second, self.name, weighted=True)


measure = PWCCA()
