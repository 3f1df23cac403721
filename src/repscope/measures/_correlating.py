"""What CCA and its variants share: a mean of correlations, its interval, and what chance would give."""

import numpy as np
from jaxtyping import Int

from repscope.measures._canonical import Basis, Moments, canonical, moments
from repscope.measures._groups import GROUPED, by_chance, correlation_interval, without_groups
from repscope.measures._score import Score

HIGH = 0.2
"""Chance from which on a note is needed."""


def correlation_score(x: Basis, y: Basis, name: str, weighted: bool = False) -> Score:
    """The mean of the canonical correlations of two bases, plain or weighted by how much of x each accounts for."""
    import torch

    nobody = np.empty(0, np.int64)
    whole = moments(x, y, nobody)
    found = canonical(whole)
    value = _mean(x, whole, weighted)

    def shuffled(order: Int[np.ndarray, " n"]) -> float:
        other = Basis(y.u[torch.from_numpy(order)], y.s, y.v)
        return _mean(x, moments(x, other, nobody), weighted)

    chance = by_chance(x.n, shuffled)
    notes = (
        (f"{x.n} samples are few for {x.rank} and {y.rank} directions: unrelated layers would read {chance:.2f}",)
        if chance > HIGH
        else ()
    )
    return Score(
        measure=name,
        value=value,
        interval=correlation_interval(value, without_groups(x.n, lambda out: _mean(x, moments(x, y, out), weighted))),
        interval_method=GROUPED,
        null=chance,
        notes=notes,
        details={
            "n": x.n,
            "directions_x": x.rank,
            "directions_y": y.rank,
            "mean_squared": float(found.correlations.square().mean()),
            "chance_removed": (value - chance) / (1 - chance) if chance < 1 else 0.0,
        },
    )


def _mean(x: Basis, m: Moments, weighted: bool) -> float:
    found = canonical(m)
    if not weighted:
        return float(found.correlations.mean())
    # Σ_j |⟨h_i, x_j⟩| over the features j, h_i a variate and x_j a centred feature
    weights = (x.v @ (x.s[:, None] * (m.xx @ found.variates))).abs().sum(dim=0)
    return float((weights * found.correlations).sum() / weights.sum())
