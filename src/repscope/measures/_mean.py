"""The mean of independent values, such as those of units or of images, with Student's interval."""

import numpy as np
from jaxtyping import Float

from repscope.measures._score import Score


def mean_score(values: Float[np.ndarray, " m"], measure: str, over: str, null: float | None = None) -> Score:
    """Mean and 95 % interval; of one value, no interval.

    Parameters
    ----------
    values : (m,) array
        Independent of each other.
    measure : str
        Name of the score.
    over : str
        What the values are of, for people.
    null : float, optional
        What chance gives.

    References
    ----------
    Student, Biometrika 6 (1908).

    Examples
    --------
    >>> print(mean_score(np.array([0.8, 0.82, 0.84]), "coherence", "units"))
    coherence 0.82 [0.7703, 0.8697]
    """
    from scipy.stats import t

    n, mean = len(values), float(np.mean(values))
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Score(
        measure,
        mean,
        (mean - half, mean + half),
        f"Student's t over {n} {over}" if n > 1 else f"none: one of the {over}",
        null,
    )
