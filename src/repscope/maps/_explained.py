"""Which directions of one space a linear map from another explains, and which it does not."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.maps._moments import Moments
from repscope.maps._solving import solve


@final
@dataclass(frozen=True, eq=False)
class Explained:
    """A target space as a source sees it.

    Attributes
    ----------
    correlations : (r,) float64
        Canonical correlations, largest first: how well the best explained directions of both agree, length aside.
    share : float
        Of the target's variance, as much as the least-squares map explains on the pairs it was fitted on.
    units : (e,) float64
        The same of each of the target's dimensions; NaN for one that is constant.
    directions : (e, e) float64
        Orthonormal directions of the target, as columns, the one with the most unexplained variance first.
    unexplained : (e,) float64
        Variance along each that no linear map from the source explains, as a share of the target's whole.
    weight, bias : (e, d) and (e,) float64
        The least-squares map itself.
    by_chance : float
        The largest canonical correlation that spaces of these dimensions have if they have nothing in common, as the number of
        pairs grows with the dimensions (K. Wachter, Annals of Statistics 8 (1980)); 1 with fewer pairs than dimensions in all.
    """

    correlations: Float[np.ndarray, " r"]
    share: float
    units: Float[np.ndarray, " e"]
    directions: Float[np.ndarray, "e e"]
    unexplained: Float[np.ndarray, " e"]
    weight: Float[np.ndarray, "e d"]
    bias: Float[np.ndarray, " e"]
    by_chance: float


def explained(moments: Moments) -> Explained:
    """What least squares explains of y, direction by direction.

    Parameters
    ----------
    moments : Moments
        Of pairs, more than twice as many as x has dimensions: with fewer, noise is explained as well.

    Raises
    ------
    BadInput
        If there are too few pairs, or y does not vary.

    References
    ----------
    H. Hotelling, Biometrika 28 (1936), for the correlations. A. Izenman, J. Multivariate Analysis 5 (1975), for the
    residual's principal directions.

    Examples
    --------
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 500, 2))
    >>> y = np.stack([x[:, 0], 3 * noise[:, 0]], axis=1)
    >>> found = explained(Moments.of(x, y))
    >>> found.correlations.round(3)[0].item(), found.units.round(1).tolist()
    (1.0, [1.0, 0.0])
    >>> np.abs(found.directions[:, 0]).round(1).tolist()
    [0.0, 1.0]
    """
    if moments.n <= 2 * moments.x.d:
        raise BadInput(
            f"{moments.n} pairs cannot tell what {moments.x.d} dimensions explain from what they merely fit; expected more "
            f"than {2 * moments.x.d}"
        )
    if not moments.y.spread > 0:
        raise BadInput("the target does not vary: there is nothing to explain")
    weights = solve(moments.x.gram, moments.xy).weights
    residual = moments.y.gram - moments.xy.T @ weights
    values, vectors = torch.linalg.eigh((residual + residual.T) / 2)
    correlations = torch.linalg.svdvals(moments.x.whitener @ moments.xy @ moments.y.whitener).clamp(max=1)
    whole, left = moments.y.gram.diagonal(), residual.diagonal()
    units = torch.where(whole > 1e-12 * moments.y.spread, 1 - left / whole, torch.nan)
    order = torch.argsort(values, descending=True, stable=True)
    return Explained(
        correlations.cpu().numpy(),
        float(1 - residual.trace() / moments.y.spread),
        units.cpu().numpy(),
        vectors[:, order].cpu().numpy(),
        (values[order].clamp(min=0) / moments.y.spread).cpu().numpy(),
        weights.T.cpu().numpy(),
        (moments.y.mean - weights.T @ moments.x.mean).cpu().numpy(),
        chance_correlation(moments.n, moments.x.d, moments.y.d),
    )


def chance_correlation(n: int, d: int, e: int) -> float:
    """The upper edge of Wachter's law: √(p(1 − q)) + √(q(1 − p)) with p = d / n and q = e / n; 1 where p + q ≥ 1.

    >>> round(chance_correlation(1000, 100, 100), 3)
    0.6
    """
    p, q = d / (n - 1), e / (n - 1)  # the mean costs a pair
    return 1.0 if p + q >= 1 else float((p * (1 - q)) ** 0.5 + (q * (1 - p)) ** 0.5)
