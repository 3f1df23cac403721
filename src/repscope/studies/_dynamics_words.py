"""What becomes of the layers in the course of a training, in words."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from repscope.measures import Score

MOST = 5
"""Layers that are named of those that get half of their way at one checkpoint."""


def said_kept(names: Sequence[str], layers: Sequence[str], kept: Float[np.ndarray, "steps l"]) -> list[str]:
    """What share of their neighbours samples keep, from checkpoint to checkpoint."""
    first, last = kept[0], kept[-1]
    steady, moving = layers[int(np.argmax(last))], layers[int(np.argmin(last))]
    text = f"From {names[0]} to {names[1]} samples keep {100 * first.mean():.0f} % of their neighbours on average over the layers"
    if len(kept) > 1:
        text += f", from {names[-2]} to {names[-1]} {100 * last.mean():.0f} %"
    said = [f"{text}."]
    if steady != moving:
        step = "In the last step" if len(kept) > 1 else "Between them"
        said.append(
            f"{step} {steady} changes least ({100 * last.max():.0f} % kept) and {moving} most ({100 * last.min():.0f} %)."
        )
    return said


def half_way(curves: Sequence[Sequence[Score]]) -> dict[int, int]:
    """From which checkpoint on a layer is, and stays, at most half as far from its last score as it was at the first.

    Layers whose intervals at the first and at the last checkpoint meet have no way to speak of, and are left out.

    Parameters
    ----------
    curves : sequence of sequence of Score
        Of every checkpoint, by layer.

    Returns
    -------
    dict of int to int
        Checkpoints by layer.

    Examples
    --------
    >>> def score(value):
    ...     return Score("m", value, (value - 0.01, value + 0.01), "made")
    >>> half_way([[score(v)] for v in (0.65, 0.45, 0.80, 0.91)])
    {0: 2}
    >>> half_way([[score(v)] for v in (0.65, 0.85, 0.60, 0.91)])
    {0: 3}
    >>> half_way([[score(v)] for v in (0.900, 0.905, 0.909, 0.910)])
    {}
    """
    found = {}
    for layer, scores in enumerate(zip(*curves, strict=True)):
        begin, end = scores[0], scores[-1]
        if not (begin.interval[1] < end.interval[0] or end.interval[1] < begin.interval[0]):
            continue
        left = np.array([abs(score.value - end.value) for score in scores])
        far = np.flatnonzero(~(left <= left[0] / 2))  # a score without a value is not near
        found[layer] = int(far[-1]) + 1
    return found


def said_half_way(names: Sequence[str], layers: Sequence[str], curves: Sequence[Sequence[Score]]) -> list[str]:
    """How many layers end elsewhere than they began, and since when they are half of the way there."""
    found = half_way(curves)
    ends = f"between {names[0]} and {names[-1]}"
    if not found:
        return [f"NNCS of no layer changes by more than its intervals {ends}."]
    changed = f"NNCS of {len(found)} of {len(layers)} layers changes by more than its intervals {ends}"
    if len(names) < 3:
        return [f"{changed}."]
    parts = []
    for checkpoint in sorted(set(found.values())):
        here = [layers[layer] for layer, at in found.items() if at == checkpoint]
        parts.append(f"{', '.join(here[:MOST])}{' …' if len(here) > MOST else ''} from {names[checkpoint]} on")
    return [f"{changed}. They have half of that way behind them, and keep it: {'; '.join(parts)}."]
