"""SPoC: the sum of every channel over all positions, perhaps with more weight in the middle."""

from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.transfer.descriptors._contract import Descriptor, Maps, maps_of


def spoc(maps: Any, center_prior: bool = False) -> Float[np.ndarray, "n c"]:
    """Sum-pooled convolutional features, ψ = Σ_{p,q} α(p, q) Φ[p, q].

    Parameters
    ----------
    maps : (n, channels, height, width) array or tensor
    center_prior : bool
        Whether α falls off from the middle of the map as a Gaussian whose σ is a third of the way from the middle to the nearest
        border; else α = 1, and the order of positions does not matter.

    Returns
    -------
    (n, channels) array
        In the precision of the maps, summed in float64; not normalised. The paper goes on with L2, PCA and whitening, L2
        (`postprocessing`).

    Raises
    ------
    BadInput
        If these are no maps, or not finite.

    References
    ----------
    A. Babenko, V. Lempitsky, *Aggregating deep convolutional features for image retrieval*, ICCV 2015, equations 1 to 3.

    Examples
    --------
    >>> spoc(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[6.0, 22.0]]
    """
    given = maps_of(maps, "spoc")
    weights = center_weights(*given.shape[2:]) if center_prior else np.ones(given.shape[2:])
    sums: Float[np.ndarray, "n c"] = np.einsum("nchw,hw->nc", given, weights, dtype=np.float64).astype(given.dtype)
    return sums


def center_weights(height: int, width: int) -> Float[np.ndarray, "h w"]:
    """The Gaussian over positions, 1 in the middle.

    >>> center_weights(3, 3).round(3).tolist()
    [[0.018, 0.135, 0.018], [0.135, 1.0, 0.135], [0.018, 0.135, 0.018]]
    """
    sigma = min(height, width) / 2 / 3
    down = np.arange(height) + 0.5 - height / 2
    across = np.arange(width) + 0.5 - width / 2
    weights: Float[np.ndarray, "h w"] = np.exp(-(down[:, None] ** 2 + across[None, :] ** 2) / (2 * sigma**2))
    return weights


@final
class Spoc(Descriptor):
    """Sum pooling without the centre prior."""

    title: ClassVar[str] = "SPoC"
    summary: ClassVar[str] = "The sum of every channel over all positions."
    reference: ClassVar[str] = "Babenko, Lempitsky, ICCV 2015"

    def describe(self, maps: Maps) -> Float[np.ndarray, "n c"]:
        """Sums."""
        return spoc(maps)


descriptor = Spoc()
