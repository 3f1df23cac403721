"""Estimates of dimension written down from the papers' formulas, slowly."""

import math

import numpy as np
from scipy.optimize import minimize_scalar


def log_ratios(points: np.ndarray, near: int = 1, far: int = 2) -> np.ndarray:
    """ln(r_far / r_near) of every point, one distance at a time."""
    out = []
    for i in range(len(points)):
        distances = sorted(math.dist(points[i], points[j]) for j in range(len(points)) if j != i)
        out.append(math.log(distances[far - 1] / distances[near - 1]))
    return np.array(out)


def gride_by_search(logs: np.ndarray, near: int, far: int) -> float:
    """The maximum of the likelihood itself (Denti et al. 2022, eq. 7), (N − 1) for N before ln d as their program has it."""

    def minus_log_likelihood(d: float) -> float:
        total = (len(logs) - 1) * math.log(d)
        for x in logs:
            total += (far - near - 1) * math.log(math.expm1(d * x)) - (far - 1) * d * x
        return -total

    guess = len(logs) / (near * logs.sum())
    found = minimize_scalar(
        minus_log_likelihood, bounds=(guess / 20, 20 * guess), method="bounded", options={"xatol": 1e-10 * guess}
    )
    return float(found.x)


def fit_by_least_squares(logs: np.ndarray, discarded: float) -> float:
    """Facco's line through the origin, by a general least-squares routine."""
    in_order = sorted(logs)
    kept = int(len(logs) * (1 - discarded))
    heights = [-math.log(1 - i / len(logs)) for i in range(1, kept + 1)]
    return float(np.linalg.lstsq(np.array(in_order[:kept])[:, None], np.array(heights), rcond=None)[0][0])
