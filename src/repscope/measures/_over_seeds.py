"""The mean of a score over several runs of one recipe, with the interval that says what another seed would give."""

from collections.abc import Sequence

import numpy as np

from repscope.core.errors import BadInput
from repscope.measures._score import Score


def over_seeds(scores: Sequence[Score]) -> Score:
    """The mean over runs that differ in nothing but the seed.

    Parameters
    ----------
    scores : sequence of Score
        Two or more, of one measure.

    Returns
    -------
    Score
        `interval`: 95 %, of the mean over all seeds, by Student's t: what single runs' intervals say of samples is not in it.
        `null`: the mean of theirs, where all have one. `details`: `runs`, `spread` (standard deviation over runs), `least`,
        `most`.

    Raises
    ------
    BadInput
        If there are fewer than two, or they are of different measures.

    References
    ----------
    Student, Biometrika 6 (1908).

    Examples
    --------
    >>> runs = [Score("m", value, (0.0, 1.0), "exact") for value in (0.4, 0.5, 0.6)]
    >>> print(over_seeds(runs))
    m 0.5 [0.2516, 0.7484]
    """
    from scipy.stats import t

    names = sorted({score.measure for score in scores})
    if len(scores) < 2 or len(names) != 1:
        raise BadInput(
            f"{len(scores)} scores of {', '.join(names) or 'no measure'}; expected two runs or more of one measure"
        )
    values = np.array([score.value for score in scores])
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return Score.refused(names[0], f"{len(values) - len(known)} of {len(values)} runs have no value")
    spread = float(known.std(ddof=1))
    half = float(t.ppf(0.975, len(known) - 1)) * spread / np.sqrt(len(known))
    nulls = [score.null for score in scores if score.null is not None]
    missing = len(values) - len(known)
    return Score(
        measure=names[0],
        value=float(known.mean()),
        interval=(float(known.mean() - half), float(known.mean() + half)),
        interval_method=f"Student's t over {len(known)} seeds",
        null=float(np.mean(nulls)) if len(nulls) == len(scores) else None,
        notes=(f"{missing} of {len(values)} runs have no value",) if missing else (),
        details={
            "runs": len(known),
            "spread": spread,
            "least": float(known.min()),
            "most": float(known.max()),
        },
    )
