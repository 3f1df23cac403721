"""Recall: which share of the nearest neighbours an approximate graph has, as measured on exact rows.

Misses cluster. A sample near a border that the index cuts loses many neighbours, most others none; and samples
that lie together lose the same ones. So the rows are what is drawn at random and independently, never the entries:
the mean of the rows' recalls is unbiased however misses cluster, and its variance is that between rows. A binomial
interval over rows times k entries would be far too narrow.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float


@final
@dataclass(frozen=True)
class Recall:
    """The mean over samples of the share of their k nearest that a graph has.

    Attributes
    ----------
    value : float
    low, high : float
        Its 95 % interval.
    rows : int
        Samples it was measured on, drawn at random.
    unseen : float
        The share of all samples that may be unlike any of these: a group as large is missed by the draw once in 40.
    """

    value: float
    low: float
    high: float
    rows: int
    unseen: float

    def __str__(self) -> str:
        return f"recall {self.value:.3f}, 95 % interval {self.low:.3f} to {self.high:.3f}, measured on {self.rows:,} exact rows"

    def as_metadata(self) -> dict[str, str]:
        """As a graph keeps it."""
        return {
            "recall": f"{self.value:.4f}",
            "recall_interval": f"{self.low:.4f} to {self.high:.4f}",
            "checked": str(self.rows),
        }


def unseen_share(rows: int, n: int) -> float:
    """The largest share of n samples of which `rows` drawn at random hold none in one draw of 40.

    >>> round(unseen_share(1000, 10**6), 4), unseen_share(50, 50)
    (0.0037, 0.0)
    """
    return float(min(1 - 0.025 ** (1 / rows), (n - rows) / n))


def estimate_recall(found: Float[np.ndarray, " c"], n: int, k: int) -> Recall:
    """Recall from the shares that were found of the k nearest of c of n samples, drawn at random without replacement.

    The interval is Clopper and Pearson's with the number of independent entries that would have the variance of the
    rows, as usual for samples of clusters; where all rows agree it is taken with the number of rows. It is then
    extended by what is not known of a group of samples that the draw may have missed, `Recall.unseen` of all: they
    may have lost everything, or nothing.

    References
    ----------
    E. L. Korn, B. I. Graubard, Survey Methodology 24 (1998). C. J. Clopper, E. S. Pearson, Biometrika 26 (1934).

    Examples
    --------
    >>> estimate_recall(np.repeat([1.0, 0.5], [900, 100]), n=10**6, k=150)
    Recall(value=0.95, low=0.939..., high=0.958..., rows=1000, unseen=0.0036...)
    >>> print(estimate_recall(np.ones(1000), n=10**6, k=150))
    recall 1.000, 95 % interval 0.996 to 1.000, measured on 1,000 exact rows
    """
    from scipy.stats import beta, norm, t

    rows = len(found)
    value = float(found.mean())
    unseen = unseen_share(rows, n)
    if rows == n:
        return Recall(value, value, value, rows, unseen)
    variance = float(found.var(ddof=1)) / rows * (1 - rows / n)
    effective = value * (1 - value) / variance if variance > 0 else float(rows)
    effective = min(effective if effective > 0 else rows, rows * k) * (norm.ppf(0.975) / t.ppf(0.975, rows - 1)) ** 2
    hits = value * effective
    low = float(beta.ppf(0.025, hits, effective - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, effective - hits)) if hits < effective else 1.0
    return Recall(value, min(low, value * (1 - unseen)), max(high, value + unseen * (1 - value)), rows, unseen)
