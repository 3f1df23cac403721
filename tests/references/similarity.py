"""Similarities and votes over neighbour lists, with sets and loops."""

from collections import Counter

import numpy as np


def jaccard(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """|A ∩ B| / |A ∪ B| of every row."""
    out = []
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        out.append(len(set(a) & set(b)) / len(set(a) | set(b)))
    return np.array(out)


def agreement(indices: np.ndarray, labels: list) -> tuple[float, np.ndarray]:
    """Share of (sample, neighbour) pairs of one class: over all pairs, and by sample."""
    hits = [sum(labels[j] == labels[i] for j in row) for i, row in enumerate(indices.tolist())]
    k = indices.shape[1]
    return sum(hits) / (len(hits) * k), np.array([h / k for h in hits])


def votes(indices: np.ndarray, labels: list) -> np.ndarray:
    """Whether the neighbours' vote is right, draws decided by the nearest."""
    right = []
    for i, row in enumerate(indices.tolist()):
        count = Counter(labels[j] for j in row)
        winner = next(labels[j] for j in row if count[labels[j]] == max(count.values()))
        right.append(float(winner == labels[i]))
    return np.array(right)


def mean_without(sample: int, rows: list[list[set]], ratio) -> float:
    """The mean of `ratio` over all rows but one, that sample being taken out of all lists as well."""
    values = []
    for i, sets in enumerate(rows):
        if i != sample:
            values.append(ratio(i, *[s - {sample} for s in sets]))
    return sum(values) / len(values)
