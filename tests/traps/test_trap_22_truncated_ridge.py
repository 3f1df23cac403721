"""Trap 22: "low rank" by cutting off singular values of the weights keeps directions in which the source hardly moves."""

import numpy as np

from repscope.maps import ReducedRank, Ridge


def kept(mapped: np.ndarray, target: np.ndarray, k: int = 10) -> float:
    """Share of the k nearest targets of each target that its mapped vector finds too."""

    def nearest(rows):
        distance = np.square(rows[:, None] - target[None]).sum(axis=-1)
        np.fill_diagonal(distance, np.inf)
        return np.argsort(distance, axis=1)[:, :k]

    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(nearest(mapped), nearest(target), strict=True)]))


def test_neighbours_survive_reduced_rank_regression():
    random = np.random.default_rng(0)
    hidden = random.normal(size=(1200, 24)) * np.geomspace(1, 0.05, 24)
    spread = np.geomspace(1, 1e-3, 48)  # a unit that moves little needs a large weight
    x = np.tanh(hidden @ random.normal(size=(24, 48))) @ np.linalg.qr(random.normal(size=(48, 48)))[0] * spread
    y = hidden @ random.normal(size=(24, 64)) + 0.02 * random.normal(size=(1200, 64))
    x, y, test_x, test_y = x[:800], y[:800], x[800:], y[800:]
    full = Ridge(1e-9, relative=True).fit(x, y)
    u, s, vt = np.linalg.svd(full.map_.weight, full_matrices=False)
    rank = 8
    truncated = (u[:, :rank] * s[:rank]) @ vt[:rank]
    trapped = (test_x - x.mean(axis=0)) @ truncated.T + y.mean(axis=0)
    found = ReducedRank(rank, alpha=1e-9).fit(x, y).predict(test_x)
    shares = [kept(m, test_y) for m in (full.predict(test_x), found, trapped)]
    assert shares[2] < 0.75 * shares[1]  # the trap
    assert shares[1] > 0.7 * shares[0]
