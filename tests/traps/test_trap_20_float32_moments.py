"""Trap 20: normal equations in float32 give weights that are off by per cents where units are nearly dead."""

import numpy as np

from repscope.maps import LeastSquares, Ridge


def near_dead(n=4000, d=128) -> tuple[np.ndarray, np.ndarray]:
    """Rectified units of which some hardly move, far from the origin, in the float32 that networks give."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(n, 40))
    x = hidden @ random.normal(size=(40, d)) + 0.1 * random.normal(size=(n, d))
    x = (x * 10.0 ** random.uniform(-4, 0, size=d) + 5).astype(np.float32)
    return x, (hidden @ random.normal(size=(40, 8))).astype(np.float32)


def test_sums_are_taken_in_float64_about_a_shift():
    x, y = near_dead()
    wide = np.concatenate([x, np.ones((len(x), 1))], axis=1).astype(np.float64)
    scale = np.linalg.norm(wide - wide.mean(axis=0) * (np.arange(129) < 128), axis=0)
    exact = (np.linalg.lstsq(wide / scale, y.astype(np.float64), rcond=None)[0] / scale[:, None])[:-1].T
    own = x - x.mean(axis=0)
    trapped = np.linalg.solve(own.T @ own, own.T @ (y - y.mean(axis=0))).T

    def off(weight):
        deviation = x.std(axis=0)
        return np.linalg.norm((weight - exact) * deviation) / np.linalg.norm(exact * deviation)

    assert trapped.dtype == np.float32
    assert off(trapped) > 1e-2  # the trap
    assert off(LeastSquares().fit(x, y).map_.weight) < 1e-6
    # the unit's size is no reason for ridge to lose digits either
    own = own.astype(np.float64) - own.astype(np.float64).mean(axis=0)
    gram = own.T @ own + 1e-6 * np.eye(128)
    expected = np.linalg.solve(gram, own.T @ (y - y.mean(axis=0, dtype=np.float64))).T
    np.testing.assert_allclose(
        Ridge(1e-6).fit(x, y).map_.weight, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max()
    )
