"""What a measure must find of networks that are known to differ, and in what share of comparisons it does.

An answer is a dictionary, as files hold it: the share `value`, how many comparisons came out `right` `of` how many, and
whether that `passed`.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.measures import PairMeasure
from repscope.studies._view import RecordedLayer

PASSED = 0.9
"""Share of comparisons that must come out right."""


def closeness(
    measure: PairMeasure, firsts: Sequence[RecordedLayer], seconds: Sequence[RecordedLayer], sign: float
) -> Float[np.ndarray, "l m"]:
    """Of every layer of the first with every one of the second, greater where they are closer."""
    values = np.array([score.value for score in measure.scores(firsts, seconds)])
    return sign * values.reshape(len(firsts), len(seconds))


def share(right: int, of: int) -> dict[str, Any]:
    """A test's answer: the share of comparisons that come out right, and whether that is enough."""
    if not of:
        return {"value": None, "right": 0, "of": 0, "passed": False}
    return {"value": right / of, "right": right, "of": of, "passed": right / of >= PASSED}


def summed(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One answer from the comparisons of several."""
    return share(sum(a["right"] for a in answers), sum(a["of"] for a in answers))


def closer(close: Float[np.ndarray, "n n"], family: Sequence[int], others: Sequence[int]) -> dict[str, Any]:
    """Of all pairs within a family and pairs from it to others, the share in which the former are closer."""
    within = [close[a, b] for a, b in combinations(family, 2)]
    across = [close[a, b] for a in family for b in others]
    if not np.isfinite([*within, *across]).all():
        return share(0, 0)
    return share(sum(bool(w > a) for w in within for a in across), len(within) * len(across))


def told_apart(close: Float[np.ndarray, "n n"], family: Sequence[int], others: Sequence[int]) -> dict[str, Any]:
    """The share of all other divisions of these networks into two families that have a smaller gap than the true one.

    The gap is the mean closeness within the families, of both alike, less that between them: half of an energy distance, or of MMD.
    Passed if at most 5 % of all divisions have a gap as large; with fewer than 20 there is no answer.

    Reference: A. Gretton et al., *A Kernel Two-Sample Test*, JMLR 2012; G. Székely, M. Rizzo, *Energy statistics*, 2013.
    """
    members = [*family, *others]
    sides = [side for side in combinations(members, len(family)) if len(family) != len(others) or members[0] in side]
    if len(sides) < 20 or not np.isfinite(close[np.ix_(members, members)]).all():
        return share(0, 0)

    def gap(side: Sequence[int]) -> float:
        rest = [member for member in members if member not in side]
        within = [np.mean([close[a, b] for a, b in combinations(one, 2)]) for one in (side, rest)]
        return float(np.mean(within) - close[np.ix_(list(side), rest)].mean())

    measured = gap(family)
    smaller = sum(gap(side) < measured - 1e-12 for side in sides)
    p = (len(sides) - smaller) / len(sides)
    return {"value": smaller / (len(sides) - 1), "right": smaller, "of": len(sides) - 1, "passed": p <= 0.05, "p": p}


def correlation(close: Float[np.ndarray, "n n"], accuracy: Sequence[float], chosen: Sequence[int]) -> dict[str, Any]:
    """Spearman's correlation of distance and difference of accuracy, over pairs; passed if its p-value is below 0.05.

    Pairs share networks, so p is from orders of the networks (a Mantel test), not of the pairs.
    """
    from scipy.stats import rankdata

    n = len(chosen)
    pairs = np.array(list(combinations(range(n), 2)))
    distance = -close[np.ix_(chosen, chosen)]
    if not np.isfinite(distance[pairs[:, 0], pairs[:, 1]]).all():
        return share(0, 0)
    far = rankdata(distance[pairs[:, 0], pairs[:, 1]])
    values = np.array([accuracy[i] for i in chosen])

    def in_that(order: np.ndarray) -> float:
        there = values[order]
        return float(np.corrcoef(far, rankdata(np.abs(there[pairs[:, 0]] - there[pairs[:, 1]])))[0, 1])

    generator = np.random.default_rng(0)
    measured = in_that(np.arange(n))
    drawn = [in_that(generator.permutation(n)) for _ in range(999)]
    p = (1 + sum(d >= measured for d in drawn)) / 1000
    return {"value": measured, "right": 0, "of": len(pairs), "passed": p < 0.05, "p": p}


def in_order(close: Float[np.ndarray, "l l"]) -> dict[str, Any]:
    """Of all triples of layers, in how many both inner pairs are at least as close as the outer one."""
    right = of = 0
    for i, j, k in combinations(range(len(close)), 3):
        three = close[i, j], close[j, k], close[i, k]
        if np.isfinite(three).all():
            of += 1
            right += bool(min(three[0], three[1]) >= three[2])
    return share(right, of)


def same_layer(close: Float[np.ndarray, "l l"]) -> dict[str, Any]:
    """For how many layers the closest of another network's is the same one; the input is left out, it is the same."""
    inner = close[1:, 1:]
    known = [i for i in range(len(inner)) if np.isfinite(inner[i]).all()]
    return share(sum(int(np.argmax(inner[i])) == i for i in known), len(known))
