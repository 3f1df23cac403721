"""Measures whose time grows with the cube of the samples look at some of them; the score says so."""

import dataclasses

import numpy as np
from jaxtyping import Int

from repscope.measures._score import Score


def chosen_samples(n: int, most: int) -> Int[np.ndarray, " m"]:
    """Which samples, in ascending order: all, or as many as `most`, always the same.

    >>> chosen_samples(5, 10).tolist(), len(chosen_samples(50, 10))
    ([0, 1, 2, 3, 4], 10)
    """
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


def saying_how_many(score: Score, n: int, most: int) -> Score:
    """The score, with a note if it is of some of n samples only."""
    if n <= most:
        return score
    note = f"from {most} of {n} samples, drawn at random: its cost grows with the cube of their number"
    per_sample = None  # of some samples only
    return dataclasses.replace(score, notes=(*score.notes, note), per_sample=per_sample)
