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
    if no_spread(values):
        return Score(
            measure,
            value,
            (float("nan"), float("nan")),
            f"none: {n} seeds with equal values",
            details={"runs": n, "spread": spread, **details},
            notes=("all seeds give the same value: how far seeds scatter cannot be told from them",),
        )
    half = float(t.ppf(0.975, n - 1)) * spread / np.sqrt(n)
    interval = (max(bounds[0], value - half), min(bounds[1], value + half))
    return Score(
        measure, value, interval, f"Student's t over {n} seeds", details={"runs": n, "spread": spread, **details}
    )


def no_spread(values: Float[np.ndarray, " seeds"]) -> bool:
    """Whether values are equal but for rounding: no t test and no interval can be made of them.

    >>> no_spread(np.array([0.8 - 0.7, 0.9 - 0.8]))
    True
    """
    return float(np.ptp(values)) <= 1e-12 * max(1.0, float(np.abs(values).max()))


def differences(families: Mapping[str, Float[np.ndarray, " seeds"]], base: str) -> dict[str, tuple[Score, float]]:
    """Of shares of every other family, the difference from the base seed by seed, and the p of a paired t test, corrected for all of them.

    Networks of one seed see the same images in the same order, and the same changes of them: what that adds is in both.

    Returns
    -------
    mapping of str to (Score, float)
        Mean difference with its interval (of this one alone), and p by Holm's method over all families; NaN where it cannot be
        told: with one seed, and where all seeds differ by the same.

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
    if n < 2 or no_spread(gap):
        return float("nan")
    error = float(np.std(gap, ddof=1)) / np.sqrt(n)
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
    return f"{100 * low:+.1f} to {100 * high:+.1f}" if np.isfinite(low) else _no_interval(score)


def _no_interval(score: Score) -> str:
    return "one seed" if score.details.get("runs") == 1 else "equal in all seeds"


def untold(gaps: Mapping[str, tuple[Score, float]]) -> tuple[str, ...]:
    """A sentence that names the differences of which seeds cannot tell; none where they can tell of all.

    >>> untold(differences({"base": np.array([0.7]), "other": np.array([0.8])}, "base"))
    ('It cannot be told whether other differs beyond what seeds do: one seed, or the same difference in all; take more seeds.',)
    """
    names = [name for name, (_, p) in gaps.items() if np.isnan(p)]
    if not names:
        return ()
    return (
        f"It cannot be told whether {', '.join(names)} differs beyond what seeds do: one seed, or the same difference in all; "
        "take more seeds.",
    )
