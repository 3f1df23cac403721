"""Intervals of shares: how far a mean over samples would move with other samples.

A sample takes part in its own list and in the lists of all that name it, so a score's per-sample values
are not independent: intervals that take them so cover 75 to 90 % instead of 95. Here each sample is left
out in turn (the delete-one jackknife, read from the lists without searching again), which errs on the
wide side (Efron & Stein 1981).
"""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.blocks import row_blocks

Z95 = NormalDist().inv_cdf(0.975)
_BLOCK = 2**20
JACKKNIFE = "analytic, Wilson with the effective number of samples from the delete-one jackknife"


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share seen in `count` independent samples.

    Reference: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927).

    >>> low, high = wilson(1.0, 20)
    >>> round(low, 3), high
    (0.839, 1.0)
    """
    z2 = Z95**2 / count
    centre = (share + z2 / 2) / (1 + z2)
    half = np.sqrt(share * (1 - share) * z2 + z2**2 / 4) / (1 + z2)
    return float(max(0.0, min(centre - half, share))), float(min(1.0, max(centre + half, share)))


def jackknife_variance(influence: Float[np.ndarray, " n"]) -> float:
    """Variance of a mean over n samples from (n − 1) · (value − value without sample i).

    Reference: B. Efron, C. Stein, Ann. Stat. 9 (1981): on average not below the true one.

    >>> jackknife_variance(np.array([1.0, -1.0, 1.0, -1.0]))  # the usual s² / n
    0.3333333333333333
    """
    n = len(influence)
    return float(np.sum((influence - influence.mean()) ** 2) / (n * (n - 1)))


def share_interval(value: float, influence: Float[np.ndarray, " n"], most: float) -> tuple[tuple[float, float], float]:
    """95 % interval of a share, and the number of independent samples that would have the same variance.

    Wilson's interval with that number stays within 0 and 1 and has a width even where every sample agrees.

    Parameters
    ----------
    value : float
        The share, 0 to 1.
    influence : (n,) float64
        (n − 1) · (value − value without sample i).
    most : float
        Upper limit of the effective number, such as the number of pairs looked at.
    """
    variance = jackknife_variance(influence)
    effective = min(value * (1 - value) / variance, most) if variance > 0 else float(len(influence))
    effective = effective if effective > 0 else float(len(influence))
    return wilson(value, effective), effective


def named_by(
    indices: Int[np.ndarray, "n k"], weights: Callable[[slice], Float[np.ndarray, "m k"]]
) -> Float[np.ndarray, " n"]:
    """For each sample, the sum of the weights of the entries that name it.

    `weights` gives those of some rows when asked: whole matrices of them cost more time than the sums.

    >>> weights = np.array([[0.5], [2.0], [0.25]])
    >>> named_by(np.array([[1], [2], [1]]), lambda rows: weights[rows]).tolist()
    [0.0, 0.75, 2.0]
    """
    n, k = indices.shape
    total = np.zeros(n)
    for rows in row_blocks(n, 8 * k, max(8 * k, _BLOCK)):
        total += np.bincount(indices[rows].reshape(-1), weights(rows).reshape(-1), minlength=n)
    return total


def mutual_share(indices: Int[np.ndarray, "n k"], looked_at: int = 20_000) -> float:
    """Share of the entries whose neighbour names the sample in turn, from at most `looked_at` evenly spaced entries.

    >>> mutual_share(np.array([[1], [0], [1]]))
    0.6666666666666666
    """
    n, k = indices.shape
    entries = np.arange(0, n * k, max(1, -(-n * k // looked_at)))
    rows = entries // k
    back: Bool[np.ndarray, "m k"] = indices[indices.reshape(-1)[entries]] == rows[:, None]
    return float(back.any(axis=1).mean())


def shared_neighbor_inflation(contributions: Float[np.ndarray, " n"], indices: Int[np.ndarray, "n k"]) -> float:
    """By how much the variance of a sum exceeds that of independent contributions, at least 1.

    Counts the products of contributions of samples that name each other (in either direction) beside the
    squares, as one does for data that depend on each other over a known neighbourhood.

    Reference: T. G. Conley, J. Econometrics 92 (1999).

    >>> x = np.array([1.0, 1.0, -1.0, -1.0])
    >>> shared_neighbor_inflation(x, np.array([[1], [0], [3], [2]]))  # pairs that are alike
    2.0
    """
    from scipy import sparse

    n, k = indices.shape
    squares = float(contributions @ contributions)
    if squares == 0:
        return 1.0
    ends = np.arange(0, n * k + 1, k)
    named = sparse.csr_array((np.ones(n * k), indices.reshape(-1), ends), shape=(n, n))
    either = named.maximum(named.T)
    return max(1.0, 1.0 + float(contributions @ (either @ contributions)) / squares)


def jackknife_error(without: Float[np.ndarray, " g"]) -> float:
    """Standard error of an estimate from its values with each sample, or each of g groups, left out.

    Reference: B. Efron, C. Stein, Ann. Stat. 9 (1981).

    >>> values = np.array([1.0, 2.0, 4.0])
    >>> without = np.array([(values.sum() - v) / 2 for v in values])
    >>> bool(np.isclose(jackknife_error(without), values.std(ddof=1) / np.sqrt(3)))
    True
    """
    g = len(without)
    return float(np.sqrt((g - 1) / g * np.sum((without - without.mean()) ** 2)))


def fisher_interval(value: float, without: Float[np.ndarray, " g"], times: float = Z95) -> tuple[float, float]:
    """95 % interval of a correlation, symmetric on the scale of artanh; it stays between −1 and 1.

    >>> low, high = fisher_interval(0.9, np.array([0.88, 0.9, 0.92]))
    >>> 0.9 - low > high - 0.9 > 0
    True
    """
    half = times * jackknife_error(without) / (1 - value**2)
    middle = np.arctanh(value)
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))
