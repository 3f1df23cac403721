"""H-score: how much of the features' variance, whitened, lies between classes."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from repscope.measures import Score
from repscope.transfer.predictors._checked import features_and_codes, scored


def h_score(x: Any, labels: Any) -> Score:
    """tr(Σ⁻¹ Σ_between) with a shrunken covariance: the variance between class means, in directions of equal variance.

    Parameters
    ----------
    x : (n, d) array, tensor or Points
    labels : (n,) whole numbers or texts

    Returns
    -------
    Score
        0 to the number of classes less one; greater is better. `null`: with shuffled labels. `details`: `shrinkage`.

    Raises
    ------
    BadInput
        If there are fewer than twenty samples, one class, or features are constant or not finite.

    Notes
    -----
    The plain score divides by the sample covariance and is near its maximum, whatever the labels, once features approach the samples in
    number; so Σ is shrunken as Ledoit and Wolf do, and Σ_between by as much.

    References
    ----------
    Y. Bao and others, *An information-theoretic approach to transferability in task transfer learning*, ICIP 2019. S. Ibrahim, N. Ponomareva,
    R. Mazumder, *Newer is not always better*, ECML 2022, for the shrinkage.

    Examples
    --------
    >>> labels = np.arange(200) % 4
    >>> noise = np.random.default_rng(0).normal(size=(200, 10))
    >>> print(round(h_score(noise + 30 * np.eye(10)[labels], labels).value, 1))
    3.0
    """
    rows, codes = features_and_codes(x, labels, "h_score")
    return scored("h_score", rows, codes, lambda x, y: between(x, y)[0], shrinkage=between(rows, codes)[1])


def between(rows: Float[np.ndarray, "n d"], codes: Int[np.ndarray, " n"]) -> tuple[float, float]:
    """The score, and by how much the covariance was shrunken."""
    from sklearn.covariance import ledoit_wolf
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        covariance, shrinkage = ledoit_wolf(rows)
        middle = rows.mean(axis=0)
        means = np.stack([rows[codes == label].mean(axis=0) for label in np.unique(codes)]) - middle
        shares = np.bincount(codes, minlength=codes.max() + 1)[np.unique(codes)] / len(codes)
        solved = np.linalg.solve(covariance, (means * shares[:, None]).T)
    return float((1 - shrinkage) * (means.T * solved).sum()), float(shrinkage)
