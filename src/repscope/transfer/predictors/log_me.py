"""LogME: the evidence of a Bayesian linear model of the labels."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from repscope.measures import Score
from repscope.transfer.predictors._checked import features_and_codes, scored

STEPS = 200


def log_me(x: Any, labels: Any) -> Score:
    """Logarithm of maximum evidence: how well a linear model with the best prior explains the labels, per sample.

    Each class is a target of ones and zeros, y = F w + ε, with w ~ N(0, 1/α) and ε ~ N(0, 1/β); the evidence log p(y | F, α, β) / n is
    maximised over α and β, and averaged over classes.

    Parameters
    ----------
    x : (n, d) array, tensor or Points
    labels : (n,) whole numbers or texts

    Returns
    -------
    Score
        Greater is better; comparable between layers on the same samples, and not bounded. `null`: with shuffled labels.

    Raises
    ------
    BadInput
        If there are fewer than twenty samples, one class, or features are constant or not finite.

    Notes
    -----
    *Intercept.* Features and targets are centred first, so that a layer is not judged by its mean.

    References
    ----------
    K. You, Y. Liu, J. Wang, M. Long, *LogME: practical assessment of pre-trained models for transfer learning*, ICML 2021, with the
    fixed point of its equation 4.

    Examples
    --------
    >>> labels = np.arange(200) % 4
    >>> noise = np.random.default_rng(0).normal(size=(200, 10))
    >>> apart = noise + 3 * np.eye(10)[labels]
    >>> log_me(apart, labels).value > log_me(noise, labels).value
    True
    """
    return scored("log_me", *features_and_codes(x, labels, "log_me"), evidence)


def evidence(rows: Float[np.ndarray, "n d"], codes: Int[np.ndarray, " n"]) -> float:
    """Mean over classes of the greatest log evidence per sample."""
    centred = rows - rows.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    found = []
    for label in np.unique(codes):
        y = (codes == label).astype(np.float64)
        y -= y.mean()
        found.append(_greatest(u.T @ y, s**2, float(y @ y), len(y), rows.shape[1]))
    return float(np.mean(found))


def _greatest(z: Float[np.ndarray, " r"], lam: Float[np.ndarray, " r"], square: float, n: int, d: int) -> float:
    """With z = Uᵀ y and λ the squared singular values, by fixed-point steps on α / β."""
    z2 = z**2
    rest = max(square - float(z2.sum()), 0.0)  # of y outside of the features' span
    ratio, tiny = 1.0, 1e-12
    alpha = beta = 1.0
    for _ in range(STEPS):
        weight = float((lam * z2 / (ratio + lam) ** 2).sum())
        error = float((z2 * (ratio / (ratio + lam)) ** 2).sum()) + rest
        effective = float((lam / (ratio + lam)).sum())
        alpha = effective / (weight + tiny)
        beta = (n - effective) / (error + tiny)
        if abs(alpha / beta - ratio) <= 1e-6 * ratio:
            break
        ratio = alpha / beta
    weight = float((lam * z2 / (alpha / beta + lam) ** 2).sum())
    error = float((z2 * (alpha / beta / (alpha / beta + lam)) ** 2).sum()) + rest
    log_det = float(np.log(alpha + beta * lam).sum()) + (d - len(lam)) * np.log(alpha)
    whole = d * np.log(alpha) + n * np.log(beta) - log_det - beta * error - alpha * weight - n * np.log(2 * np.pi)
    return float(whole / (2 * n))
