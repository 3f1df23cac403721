"""Trainings of several designs with the same seeds: means over seeds, and differences seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from repscope.measures import Score

SHARE, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0)
"""What accuracies and likenesses can be, and what they can differ by."""

LEAST = 3
"""Seeds for a comparison: of two, the spread is one number, which may be near zero by chance."""

ALIKE = 1e-9
"""Spread over seeds below which they do not differ: it is rounding, and tells nothing of what another seed would give."""


def has_spread(values: Float[np.ndarray, " seeds"]) -> bool:
    """Whether there are seeds enough, and different enough, to tell what another seed would give.

    >>> has_spread(np.array([0.02, 0.05])), has_spread(np.array([0.02, 0.02, 0.02])), has_spread(np.array([0.02, 0.03, 0.05]))
    (False, False, True)
    """
    return len(values) >= LEAST and float(np.ptp(values)) > ALIKE


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
        Mean difference with its interval (of this one alone), and p by Holm's method over all families; 1 where nothing differs, and
        NaN, for "cannot be told", with fewer than three seeds or where the difference is the same with all: then the spread is
        not known, and there is no interval either.

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
    return {name: (_difference(gaps[name]), p[i]) for i, name in enumerate(others)}


def _difference(gap: Float[np.ndarray, " seeds"]) -> Score:
    score = mean_over_seeds(gap, "difference", DIFFERENCE)
    if len(gap) < 2 or float(np.ptp(gap)) > ALIKE:
        return score
    nan = float("nan")
    return replace(score, interval=(nan, nan), interval_method=f"none: the same with all {len(gap)} seeds")


def _paired_p(gap: Float[np.ndarray, " seeds"]) -> float:
    from scipy.stats import t

    n = len(gap)
    if not has_spread(gap):
        return 1.0 if n >= LEAST and float(np.abs(gap).max()) <= ALIKE else float("nan")
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
    if np.isfinite(low):
        return f"{100 * low:+.1f} to {100 * high:+.1f}"
    return "one seed" if score.details.get("runs", 1) < 2 else "the same with all seeds"


def say_untold(gaps: Mapping[str, tuple[Score, float]]) -> tuple[str, ...]:
    """A sentence on differences of which seeds do not tell whether they are more than chance; nothing where there are none.

    >>> families = {"base": np.array([0.7, 0.8]), "other": np.array([0.8, 0.9])}
    >>> say_untold(differences(families, "base"))
    ('Of other it cannot be told whether it differs: 2 seeds; run three or more.',)
    """
    untold = [name for name, (_, p) in gaps.items() if np.isnan(p)]
    if not untold:
        return ()
    runs = int(gaps[untold[0]][0].details.get("runs", 1))
    who = ", ".join(untold)
    if runs < LEAST:
        seeds = "one seed" if runs == 1 else f"{runs} seeds"
        return (
            f"Of {who} it cannot be told whether {'it differs' if len(untold) == 1 else 'they differ'}: {seeds}; run three or more.",
        )
    return (
        f"Of {who} it cannot be told what another seed would give: the difference is the same with all {runs}; run more seeds, or more images.",
    )
