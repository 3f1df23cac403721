"""Measures of points and graphs against slow ones; intervals, nulls, and that arrays stay as they are."""

import numpy as np

import repscope
from repscope.measures import MEASURES, Score
from repscope.measures._contract import ArrayLayer
from tests.drawn import slow_kernels, slow_linear, slow_neighbors
from tests.drawn.points import draw_labels, draw_pair, draw_points
from tests.drawn.session import Draw
from tests.references.similarity import agreement, votes


def plausible(draw: Draw, score: Score) -> None:
    """What holds for every score: bounds, the interval about the value, a reason where there is no number."""
    name, value, (low, high) = score.measure, score.value, score.interval
    if not np.isfinite(value):
        draw.true(f"{name}: no value without a reason", score.notes, "the value is not finite and no note says why")
        return
    least, most = MEASURES[name].bounds if name in MEASURES.names() else (-np.inf, np.inf)
    draw.true(f"{name}: bounds", least - 1e-9 <= value <= most + 1e-9, f"{value} is outside {least} to {most}")
    slack = 1e-9 * max(1e-300, abs(value), abs(low), abs(high)) if np.isfinite(low + high) else 0.0
    draw.true(
        f"{name}: interval",
        low - slack <= value <= high + slack,
        f"the interval {score.interval} does not contain {value} ({score.interval_method})",
    )
    draw.true(
        f"{name}: null",
        score.null is None or (np.isfinite(score.null) and least - 1e-9 <= score.null <= most + 1e-9),
        f"the null is {score.null}",
    )


def layer_measures(draw: Draw) -> None:
    """All measures of one layer."""
    n = draw.number(12, 60)
    x = draw_points(draw, n, draw.one_of(1, 2, 3, draw.number(1, 20), draw.number(1, 200)))
    k = draw.number(2, min(12, n - 1))
    labels = draw_labels(draw, n, least=draw.one_of(1, 5))
    before, labels_before = x.copy(), labels.copy()
    graph = draw.answer("graph", lambda: repscope.neighbor_graph(x, k), may_refuse=False)
    named = labels.tolist()

    score = repscope.class_similarity(graph, labels)
    plausible(draw, score)
    draw.agree("class_similarity", score.value, float(slow_neighbors.class_share(graph.indices, named)), 1e-12)
    draw.agree("class_similarity null", score.null, float(slow_neighbors.class_chance(named)), 1e-12)
    draw.equal("class_similarity rows", score.per_sample, agreement(graph.indices, named)[1])

    score = repscope.measure("neighbor_accuracy").score(ArrayLayer(x, k, labels=labels))
    plausible(draw, score)
    draw.equal("neighbor_accuracy rows", score.per_sample, votes(graph.indices, named))
    draw.agree("neighbor_accuracy", score.value, float(np.mean(votes(graph.indices, named))), 1e-12)
    # a mean over 1,000 to 20,000 drawn lists of values between 0 and 1: six deviations of 20,000
    chance = slow_neighbors.vote_chance(named, k)
    draw.true(
        "neighbor_accuracy null",
        abs(score.null - chance) <= 6 * 0.5 / np.sqrt(20_000),
        f"the null is {score.null}, by enumeration it is {chance}",
    )

    score = repscope.hubness(graph)
    plausible(draw, score)
    draw.agree("hubness", score.value, slow_neighbors.skewness(graph.indices), 1e-9 * max(1, abs(score.value)))
    score = repscope.measure("neighbor_density_ratio").score(ArrayLayer(x, k))
    draw.agree("neighbor_density_ratio", score.value, k / n, 1e-15)

    expected = slow_neighbors.two_nn(x)
    score = draw.answer("intrinsic_dimension", lambda: repscope.intrinsic_dimension(graph), expected is None)
    if score is not None:
        plausible(draw, score)
        if expected is not None:
            draw.agree("intrinsic_dimension", score.value / expected[0], 1.0, expected[1] / expected[0])
    _probe(draw, x, labels)
    draw.equal("points as they were", x, before)
    draw.equal("labels as they were", labels, labels_before)


def _probe(draw: Draw, x: np.ndarray, labels: np.ndarray) -> None:
    few = np.unique(labels, return_counts=True)[1].min() < 5
    _, wrong = slow_linear.centered(x)
    if not draw.chance(0.3):
        return
    score = draw.answer("linear_probe", lambda: repscope.linear_probe(x, labels), few or not wrong < 1e-6)
    if score is None:
        return
    plausible(draw, score)
    if wrong < 1e-6:
        expected = slow_linear.probe(x, labels)
        # both stop near the optimum: samples at the border may fall either way
        other = np.count_nonzero(score.per_sample.astype(bool) != expected)
        draw.true(
            "linear_probe", other <= max(1, len(x) // 20), f"{other} of {len(x)} samples are classified otherwise"
        )


def pair_measures(draw: Draw) -> None:
    """All measures of two layers."""
    n = draw.one_of(draw.number(5, 24), draw.number(24, 60))
    x, y = draw_pair(draw, n)
    before = x.copy(), y.copy()
    _sets(draw, x, y, draw.number(1, min(10, n - 2)))
    _kernels(draw, x, y)
    _linear(draw, x, y)
    draw.equal("points as they were", x, before[0])
    draw.equal("points as they were", y, before[1])


def _sets(draw: Draw, x: np.ndarray, y: np.ndarray, k: int) -> None:
    a, b = (draw.answer("graph", lambda one=one: repscope.neighbor_graph(one, k), may_refuse=False) for one in (x, y))
    constant = any((one == one[0]).all() for one in (x, y))
    for name, value, null in zip(
        ("layer_similarity", "mutual_neighbors"),
        slow_neighbors.overlap(a.indices, b.indices),
        slow_neighbors.overlap_chance(len(x), k),
        strict=True,
    ):
        score = draw.answer(name, lambda name=name: getattr(repscope, name)(a, b), may_refuse=constant)
        if score is not None:
            draw.true(f"{name}: constant layers", not constant, "a constant layer was compared")
            plausible(draw, score)
            draw.agree(name, score.value, float(value), 1e-12)
            draw.agree(f"{name} null", score.null, float(null), 1e-9)


def _kernels(draw: Draw, x: np.ndarray, y: np.ndarray) -> None:
    (a, left), (b, right) = slow_kernels.linear(x), slow_kernels.linear(y)
    value, tolerance = slow_kernels.cka(a, b)
    plain = bool(tolerance < 0.02)
    score = draw.answer("cka", lambda: repscope.cka(x, y), may_refuse=not plain)
    if score is not None and plain:
        plausible(draw, score)
        draw.agree("cka", score.value, value, tolerance)
        draw.agree("cka null", score.null, 0.0, 1e-12)
    value, tolerance = slow_kernels.hsic(a, b)
    power = 2 * (left + right)
    score = draw.answer("hsic", lambda: repscope.hsic(x, y), may_refuse=not plain or abs(power) > 900)
    if score is not None and plain:
        plausible(draw, score)
        size = float(a.norm * b.norm) / len(x) ** 2
        draw.agree("hsic", np.ldexp(score.value, -power) / size, value / size, tolerance / size)
    a, b = slow_kernels.gaussian(x), slow_kernels.gaussian(y)
    value, tolerance = (np.nan, np.inf) if a is None or b is None else slow_kernels.cka(a, b)
    plain = bool(tolerance < 0.02)
    score = draw.answer("rbf_cka", lambda: repscope.cka(x, y, kernel="rbf"), may_refuse=not plain)
    if score is not None and plain:
        plausible(draw, score)
        draw.agree("rbf_cka", score.value, value, tolerance)


def _linear(draw: Draw, x: np.ndarray, y: np.ndarray) -> None:
    for name, variance in (("cca", 1.0), ("svcca", 0.99), ("pwcca", 1.0)):
        expected = slow_linear.correlations(x, y, variance)
        score = draw.answer(name, lambda name=name: getattr(repscope, name)(x, y), may_refuse=expected is None)
        if score is not None:
            plausible(draw, score)
            if expected is not None:
                draw.agree(name, score.value, *expected[name == "pwcca"])
    flat = any(not np.isfinite(slow_linear.centered(one)[1]) for one in (x, y))
    score = draw.answer("procrustes", lambda: repscope.procrustes(x, y), may_refuse=flat)
    if score is not None and not flat:
        plausible(draw, score)
        draw.agree("procrustes", score.value, *slow_linear.procrustes(x, y))
    expected = None if flat else slow_linear.rank_correlation(x, y)
    score = draw.answer("rsa", lambda: repscope.rsa(x, y), may_refuse=expected is None)
    if score is not None:
        plausible(draw, score)
        if expected is not None:
            draw.agree("rsa", score.value, expected, 1e-6)
    if len(x) >= 20 and draw.chance(0.3):
        score = draw.answer("linear_predictivity", lambda: repscope.linear_predictivity(x, y), may_refuse=flat)
        if score is not None and not flat:
            plausible(draw, score)
            expected = slow_linear.predictivity(x, y)
            if expected is not None:
                draw.agree("linear_predictivity", score.value, *expected)
