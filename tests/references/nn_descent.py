"""NN-descent, plain: lists of neighbours improved by neighbours of neighbours until few entries change.

W. Dong, C. Moses, K. Li, WWW (2011): in every round each sample meets those that share a neighbour with it, of its own
list and of the lists that name it, as many as `sampled` of each, and both keep the nearer ones.
"""

import numpy as np


def nn_descent(
    points: np.ndarray,
    k: int,
    start: np.ndarray | None = None,
    *,
    sampled: int = 10,
    delta: float = 0.001,
    rounds: int = 20,
    seed: int = 0,
) -> np.ndarray:
    """Indices (n, k), nearest first; `start` are the lists to begin with, at random by default.

    All distances are at hand, and only those asked for are looked at; points near the origin, in float64.
    """
    g = np.random.default_rng(seed)
    n = len(points)
    if start is None:
        start = np.array([g.choice(n - 1, k, replace=False) for _ in range(n)])
        start += start >= np.arange(n)[:, None]
    squared = ((points**2).sum(axis=1)[:, None] - 2 * points @ points.T) + (points**2).sum(axis=1)
    lists = np.array([_best(squared, i, start[i], k) for i in range(n)])
    new = np.ones((n, k), bool)
    for _ in range(rounds):
        old = lists
        candidates, new = _meetings(lists, new, sampled, g)
        lists = np.array(
            [_best(squared, i, np.concatenate([old[i], np.fromiter(candidates[i], np.int64)]), k) for i in range(n)]
        )
        arrived = (lists[:, :, None] != old[:, None, :]).all(axis=2)
        kept = (lists[:, :, None] == old[:, None, :]) & new[:, None, :]
        new = arrived | kept.any(axis=2)
        if arrived.sum() <= delta * n * k:
            break
    return lists


def _meetings(lists, new, sampled, g):
    """Whom each sample meets, and which entries are still new: those that were not drawn."""
    n = len(lists)
    fresh, stale = [[] for _ in range(n)], [[] for _ in range(n)]
    left = new.copy()
    for i in range(n):
        chosen = g.permutation(np.flatnonzero(new[i]))[:sampled]
        left[i, chosen] = False
        fresh[i] += lists[i, chosen].tolist()
        stale[i] += lists[i, ~new[i]].tolist()
    reverse_fresh, reverse_stale = [[] for _ in range(n)], [[] for _ in range(n)]
    for i in range(n):
        for j in fresh[i]:
            reverse_fresh[j].append(i)
        for j in stale[i]:
            reverse_stale[j].append(i)
    met = [set() for _ in range(n)]
    for i in range(n):
        ours = set(fresh[i]) | set(g.permutation(reverse_fresh[i])[:sampled].astype(int).tolist())
        others = set(stale[i]) | set(g.permutation(reverse_stale[i])[:sampled].astype(int).tolist())
        for a in ours:
            met[a] |= ours | others
        for b in others:
            met[b] |= ours
    for i in range(n):
        met[i].discard(i)
    return met, left


def _best(squared, i, candidates, k):
    candidates = np.unique(candidates)
    return candidates[np.argsort(squared[i, candidates], kind="stable")[:k]]
