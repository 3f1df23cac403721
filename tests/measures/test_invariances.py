"""Every measure keeps to the invariances that it declares, on clouds, maps and sizes drawn at random."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repscope.measures import MEASURES, ArrayLayer, PairMeasure

NAMES = [name for name in MEASURES._files() if name != "persistent_homology"]  # seconds each: its contract tests do it

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def changed(points, change, g):
    if change == "translation":
        return points + g.normal(size=points.shape[1]) * 3
    if change == "rotation":
        return points @ np.linalg.qr(g.normal(size=(points.shape[1],) * 2))[0]
    if change == "scale":
        return points * g.uniform(0.1, 10)
    return points


def cases():
    return [(name, change) for name in NAMES for change in sorted(MEASURES[name].invariant_to)]


@pytest.mark.parametrize(("name", "change"), cases())
@FEW
@given(seed=st.integers(0, 2**31), n=st.integers(30, 70), d=st.integers(1, 9), e=st.integers(1, 9))
def test_declared_invariance(name, change, seed, n, d, e):
    g = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    points = g.normal(size=(n, d)) * g.uniform(0.2, 3, size=d) + 2 * g.normal(size=(3, d))[labels]
    others = np.tanh(points @ g.normal(size=(d, e))) + 0.3 * g.normal(size=(n, e))
    if name == "rsa" and min(d, e) < 3:
        return  # patterns over fewer than three features are correlated by ±1, or not at all
    measure = MEASURES[name]
    order = g.permutation(n) if change == "permutation" else np.arange(n)

    def score(first, second):
        layers = [ArrayLayer(p[order], 5, "layer", labels[order]) for p in (first, second)]
        return measure.score(*layers[: 2 if isinstance(measure, PairMeasure) else 1])

    after = score(changed(points, change, g), changed(others, change, g)).value
    order = np.arange(n)
    assert after == pytest.approx(score(points, others).value, rel=1e-6, abs=1e-7)
