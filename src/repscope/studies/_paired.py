"""Trainings of several designs with the same seeds: means over seeds, and differences seed by seed."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from repscope.measures import Score

SHARE, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0)
"""What accuracies and likenesses can be, and what they can differ by."""


def mean_over_seeds(
    values: Float[np.ndarray, " seeds"], measure: str, bounds: tuple[float, float] = SHARE, **details: float
) -> Score:
    """The mean, with Student's 95 % interval over seeds, as far as values can be within `bounds`.

    >>> print(mean_over_seeds(np.array([0.8, 0.82, 0.84]), "accuracy"))
    accuracy 0.82 [0.7703, 0.8697]
    """
    from scipy.stats import t

    n, value = len(values), float(np.mean(values))
    if n < 2:
        return Score(measure, value, (float("nan"), float("nan")), "none: one seed", details={"runs": n, **details})
    spread = float(np.std(values, ddof=1))
    half = float(t.ppf(0.975, n - 1)) * spread / np.sqrt(n)
    interval = (max(bounds[0], value - half), min(bounds[1], value + half))
    return Score(
        measure, value, interval, f"Student's t over {n} seeds", details={"runs": n, "spread": spread, **details}
    )


def differences(families: Mapping[str, Float[np.ndarray, " seeds"]], base: str) -> dict[str, tuple[Score, float]]:
    """Of shares of every other family, the difference from the base seed by seed, and the p of a paired t test, corrected for all of them.

    Networks of one seed see the same images in the same order, and the same changes of them: what that adds is in both.

    Returns
    -------
    mapping of str to (Score, float)
        Mean difference with its interval (of this one alone), and p by Holm's method over all families; NaN with one seed, and 1
        where nothing differs.

    References
    ----------
    Student, Biometrika 6 (1908). S. Holm, Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> families = {"base": np.array([0.7, 0.71, 0.72]), "better": np.array([0.8, 0.82, 0.81])}
    >>> score, p = differences(families, "base")["better"]
    >>> round(score.value, 3), p < 0.01
    (0.1, True)
    """
    others = [name for name in families if name != base]
    gaps = {name: families[name] - families[base] for name in others}
    p = holm([_paired_p(gaps[name]) for name in others])
    return {name: (mean_over_seeds(gaps[name], "difference", DIFFERENCE), p[i]) for i, name in enumerate(others)}


def _paired_p(gap: Float[np.ndarray, " seeds"]) -> float:
    from scipy.stats import t

    n = len(gap)
    if n < 2:
        return float("nan")
    error = float(np.std(gap, ddof=1)) / np.sqrt(n)
    if error == 0:
        return 1.0 if float(np.mean(gap)) == 0 else 0.0
    return float(2 * t.sf(abs(float(np.mean(gap))) / error, n - 1))


def holm(p: Sequence[float]) -> list[float]:
    """Each p, corrected so that one in twenty times any is below 0.05 where nothing differs; NaN stays.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted((i for i in range(len(p)) if not np.isnan(p[i])), key=lambda i: p[i])
    out, reached = [float("nan")] * len(p), 0.0
    for place, i in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - place) * p[i]))
        out[i] = round(reached, 12)
    return out


def interval_in_points(score: Score) -> str:
    """The interval of a difference of shares, in points of a hundred.

    >>> interval_in_points(Score("difference", 0.01, (-0.004, 0.024), "t"))
    '-0.4 to +2.4'
    """
    low, high = score.interval
    return f"{100 * low:+.1f} to {100 * high:+.1f}" if np.isfinite(low) else "one seed"
