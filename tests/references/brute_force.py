"""Nearest neighbours by float64 differences to all others, one row at a time."""

import numpy as np


def brute_force(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (n, k) and distances (n, k), equal distances by index, never the sample itself."""
    x = np.asarray(points, dtype=np.float64).reshape(len(points), -1)
    indices, distances = [], []
    for i in range(len(x)):
        squared = ((x - x[i]) ** 2).sum(axis=1)
        squared[i] = np.inf
        order = np.argsort(squared, kind="stable")[:k]
        indices.append(order)
        distances.append(np.sqrt(squared[order]))
    return np.array(indices), np.array(distances)
