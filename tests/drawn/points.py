"""Clouds of points: shapes, scales, offsets, copies, dead and repeated features, types."""

from typing import Any

import numpy as np

from tests.drawn.session import Draw

SHAPES = (
    "normal",
    "uniform",
    "clusters",
    "line",
    "grid",
    "sphere",
    "low rank",
    "heavy tails",
    "one-hot",
    "signs",
    "relu",
)
CHANGES = ("copies", "dead", "repeated features", "unequal features", "outlier", "constant rows")


def draw_cloud(draw: Draw, n: int, d: int) -> np.ndarray:
    """(n, d) float64 of ordinary size."""
    g, shape = draw.generator, draw.one_of(*SHAPES)
    draw.tell(f"points: {shape} {n} x {d}")
    x = g.normal(size=(n, d))
    if shape == "uniform":
        x = g.random((n, d))
    elif shape == "clusters":
        x = x * draw.one_of(1.0, 0.1, 1e-3) + 5 * g.normal(size=(draw.number(2, 5), d))[g.integers(2, size=n)]
    elif shape == "line":
        x = g.normal(size=(n, 1)) @ g.normal(size=(1, d)) + draw.one_of(0.0, 1e-3) * x
    elif shape == "grid":
        x = g.integers(0, draw.number(2, 6), size=(n, d)).astype(float)
    elif shape == "sphere":
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    elif shape == "low rank":
        r = draw.number(1, max(1, min(n, d) // 3))
        x = g.normal(size=(n, r)) @ g.normal(size=(r, d))
    elif shape == "heavy tails":
        x = g.standard_t(1.5, size=(n, d))
    elif shape == "one-hot":
        x = np.eye(d)[g.integers(d, size=n)] * draw.one_of(1.0, 3.0)
    elif shape == "signs":
        x = np.sign(x)
    elif shape == "relu":
        x = np.maximum(x, 0)
    return x


def change(draw: Draw, x: np.ndarray) -> np.ndarray:
    """Some of the changes that make points hard."""
    g, (n, d) = draw.generator, x.shape
    x = x.copy()
    for what in CHANGES:
        if not draw.chance(0.12):
            continue
        draw.tell(what)
        if what == "copies":
            x[g.integers(n, size=max(1, n // draw.number(3, 10)))] = x[g.integers(n)]
        elif what == "dead":
            x[:, g.random(d) < 0.5] = draw.one_of(0.0, 1.0, 3.7)
        elif what == "repeated features":
            x[:, g.integers(d, size=max(1, d // 2))] = x[:, g.integers(d, size=max(1, d // 2))]
        elif what == "unequal features":
            x = x * np.exp2(g.integers(-12, 12, size=d))
        elif what == "outlier":
            x[g.integers(n)] *= draw.one_of(100.0, 1e4)
        elif what == "constant rows":
            x[g.integers(n, size=2)] = 0.0
    if draw.chance(0.2):
        x = x + draw.one_of(1.0, 30.0, 1000.0) * g.normal(size=d)
        draw.tell("far from the origin")
    return x


def typed(
    draw: Draw, x: np.ndarray, kinds: tuple[str, ...] = ("float32", "float32", "float64", "float16")
) -> np.ndarray:
    """In a type, times a power of two that the type holds."""
    kind = draw.one_of(*kinds)
    power = draw.one_of(0, 0, draw.number(-60, 60))
    if kind == "float64":
        power = draw.one_of(power, draw.number(-300, 300))
    if kind == "float16":
        power = 0
        x = x / max(1.0, np.abs(x).max() / 1000)
    draw.tell(f"{kind} times 2^{power}")
    return np.asarray(np.ldexp(x, power), dtype=kind)


def draw_points(draw: Draw, n: int, d: int, **kinds: Any) -> np.ndarray:
    """A cloud, changed and typed."""
    return typed(draw, change(draw, draw_cloud(draw, n, d)), **kinds)


def draw_pair(draw: Draw, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds of the same samples, related or not."""
    g = draw.generator
    d = draw.one_of(1, 2, 3, draw.number(1, n // 2), draw.number(1, 150))
    e = draw.one_of(d, 1, draw.number(1, 12), draw.number(1, 150))
    x = draw_cloud(draw, n, d)
    relation = draw.one_of("none", "turned", "linear and noise", "bent", "same")
    draw.tell(f"second: {relation}")
    if relation == "none":
        y = draw_cloud(draw, n, e)
    elif relation == "same":
        y = x
    elif relation == "turned":
        y = x @ np.linalg.qr(g.normal(size=(d, d)))[0]
    else:
        y = x @ g.normal(size=(d, e)) / np.sqrt(d)
        y = np.tanh(y) if relation == "bent" else y + draw.one_of(0.01, 0.3, 1.0) * g.normal(size=(n, e))
    return typed(draw, change(draw, x)), typed(draw, change(draw, y))


def draw_labels(draw: Draw, n: int, least: int = 1) -> np.ndarray:
    """Class labels: balanced, skewed, with classes of one sample; numbers or texts."""
    g, classes = draw.generator, draw.number(2, 6)
    p = draw.one_of(np.ones(classes), np.exp2(-np.arange(classes)))
    labels = g.choice(classes, size=n, p=p / p.sum())
    for c in range(classes):  # at least so many of each
        labels[c * least : (c + 1) * least] = c
    labels = g.permutation(labels)
    return draw.one_of(labels, labels * 7 - 3, np.array([f"class {c}" for c in labels]))
