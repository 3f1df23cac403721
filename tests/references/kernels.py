"""HSIC and CKA written down from their definitions, slowly."""

from itertools import permutations

import numpy as np


def gaussian(points: np.ndarray, sigma: float) -> np.ndarray:
    """exp(−|x − y|² / 2σ²), one pair at a time."""
    n = len(points)
    return np.array(
        [[np.exp(-np.sum((points[i] - points[j]) ** 2) / (2 * sigma**2)) for j in range(n)] for i in range(n)]
    )


def unbiased_hsic(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741
    """The mean over all quadruples of different samples of K_ij (L_ij + L_qr − 2 L_iq) (Song et al. 2012, eq. 3)."""
    n = len(k)
    terms = [k[i, j] * (l[i, j] + l[q, r] - 2 * l[i, q]) for i, j, q, r in permutations(range(n), 4)]
    return float(np.mean(terms))


def biased_hsic(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741
    """(n − 1)⁻² tr(K H L H) (Gretton et al. 2005)."""
    n = len(k)
    h = np.eye(n) - np.ones((n, n)) / n
    return float(np.trace(k @ h @ l @ h)) / (n - 1) ** 2


def cka_of(hsic, k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741
    """The ratio."""
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))
