"""Which samples the explorer offers: all of them, or as many as their pictures allow.

A sample can be explored only when the pictures of all its neighbours are in the page. While the pictures of all
samples fit, every sample is offered. Beyond that, half of the pictures are spent on a class-balanced random choice,
and the rest on the samples that need fewest further pictures, so that one can walk from neighbour to neighbour.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int

PICTURES = 5000
"""Pictures in a page; the sheet keeps to its size by giving up quality when they are many."""


@final
@dataclass(frozen=True, eq=False)
class Selection:
    """Rows, ascending: those that can be explored, and those whose pictures are shown."""

    queries: Int[np.ndarray, " m"]
    pictures: Int[np.ndarray, " k"]


def select_samples(
    neighbours: Int[np.ndarray, "n l m"], labels: Int[np.ndarray, " n"] | None, budget: int = PICTURES, seed: int = 0
) -> Selection:
    """Choose samples whose neighbours' pictures fit the budget.

    Parameters
    ----------
    neighbours : (n, l, m) integers
        The m nearest neighbours of each sample at each of l layers.
    labels : (n,) integers or None
        Classes, among which the choice is balanced.
    budget : int
        Pictures that may be shown; at least one sample is offered, whatever it needs.
    seed : int
        Of the random part of the choice.

    Examples
    --------
    >>> ring = np.array([[[(i + 1) % 40]] for i in range(40)])
    >>> chosen = select_samples(ring, None, budget=12)
    >>> len(chosen.pictures), len(chosen.queries) >= 6
    (12, True)
    """
    n = len(neighbours)
    everything = np.arange(n)
    if n <= budget:
        return Selection(everything, everything)
    flat = neighbours.reshape(n, -1)
    shown = np.zeros(n, dtype=bool)
    chosen = np.zeros(n, dtype=bool)
    order = _balanced_order(labels, n, seed)
    for row in order.tolist():
        if shown.sum() >= max(1, budget // 2):
            break
        _take_if_it_fits(row, flat, shown, chosen, budget)
    classes = np.zeros(n, dtype=np.int64) if labels is None else labels
    ordered = np.sort(flat, axis=1)
    first = np.ones(ordered.shape, dtype=bool)  # a neighbour at several layers is one picture
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    while True:
        missing = (first & ~shown[ordered]).sum(axis=1) + ~shown
        chosen |= missing == 0
        open_rows = np.flatnonzero(~chosen & (missing <= budget - shown.sum()))
        if not len(open_rows):
            break
        # the cheapest sample of every class in turn, so that the walk does not end up in one class
        taken = 0
        for label in np.unique(classes[open_rows]):
            members = open_rows[classes[open_rows] == label]
            taken += _take_if_it_fits(int(members[np.argmin(missing[members])]), flat, shown, chosen, budget)
        if not taken:
            break
    return Selection(np.flatnonzero(chosen), np.flatnonzero(shown))


def _balanced_order(labels: Int[np.ndarray, " n"] | None, n: int, seed: int) -> Int[np.ndarray, " n"]:
    """All rows in a random order in which every class comes round as often as it can."""
    shuffled = np.random.default_rng(seed).permutation(n)
    if labels is None:
        return shuffled
    turn = np.empty(n, dtype=np.int64)
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        turn[members] = np.arange(len(members))
    return shuffled[np.argsort(turn[shuffled], kind="stable")]


def _take_if_it_fits(
    row: int,
    flat: Int[np.ndarray, "n m"],
    shown: np.ndarray,
    chosen: np.ndarray,
    budget: int,
) -> bool:
    """Offer the sample if the pictures that it needs fit, or if it is the first; say whether it was taken."""
    wanted = np.unique(np.append(flat[row], row))
    fresh = wanted[~shown[wanted]]
    if shown.sum() + len(fresh) > budget and chosen.any():
        return False
    shown[fresh] = True
    chosen[row] = True
    return True
