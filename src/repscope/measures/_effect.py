"""What an approximate graph does to a score, from rows of which the exact lists are known.

Misses cluster, so nothing is assumed about them: the rows are what was drawn at random, and each is taken with all its
misses. The score's summary of these rows' values from the approximate lists, minus that from the exact ones, is the
effect; the jackknife over groups of rows says how far it would move with other rows. Rows that lost nothing and rows that
lost everything count as they were drawn, wherever they lie.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from repscope.neighbors._recall import unseen_share

GROUPS = 50
"""Of rows, each left out in turn."""


@final
@dataclass(frozen=True)
class Effect:
    """The score from the approximate graph minus that from the exact one.

    Attributes
    ----------
    value : float
    low, high : float
        Its 95 % interval.
    """

    value: float
    low: float
    high: float


def estimate_effect(
    approximate: Float[np.ndarray, " c"],
    exact: Float[np.ndarray, " c"],
    summary: Callable[[Float[np.ndarray, " m"]], float],
    n: int,
    largest: float,
) -> Effect:
    """The effect from the values of c of n samples, drawn at random without replacement.

    Student's interval with the delete-a-group jackknife's variance (for a mean, that between rows), extended by what is
    not known of a group of samples that the draw may have missed: a share `unseen_share` of all may differ by `largest`.

    Parameters
    ----------
    approximate, exact : (c,) float64
        Values of the same samples from the approximate and from the exact graph.
    summary : function
        From values of samples to the score.
    n : int
        Samples of which these were drawn.
    largest : float
        By how much a score of the missed samples alone could differ.

    References
    ----------
    P. S. Kott, J. Off. Stat. 17 (2001). W. G. Cochran, Sampling Techniques (1977), ch. 2.

    Examples
    --------
    >>> exact = np.ones(1000)
    >>> approximate = np.repeat([1.0, 0.0], [950, 50])
    >>> estimate_effect(approximate, exact, np.mean, n=10**6, largest=1.0)
    Effect(value=-0.05..., low=-0.06..., high=-0.03...)
    >>> estimate_effect(exact, exact, np.mean, n=10**6, largest=1.0)
    Effect(value=0.0, low=-0.003..., high=0.003...)
    >>> estimate_effect(approximate, exact, np.mean, n=1000, largest=1.0)  # all were drawn
    Effect(value=-0.05..., low=-0.05..., high=-0.05...)
    """
    from scipy.stats import t

    rows = len(approximate)
    value = float(summary(approximate) - summary(exact))
    groups = min(GROUPS, rows)
    # samples often come in the order of their classes: the groups must be as random as the rows
    group = np.random.default_rng(0).permutation(rows) % groups
    without = np.array([summary(approximate[group != g]) - summary(exact[group != g]) for g in range(groups)])
    variance = (groups - 1) / groups * float(np.sum((without - without.mean()) ** 2)) * (1 - rows / n)
    half = float(max(t.ppf(0.975, groups - 1) * np.sqrt(variance), unseen_share(rows, n) * largest))
    return Effect(value, value - half, value + half)
