"""Linear maps: how fast the joint moments grow, and all maps with cross-validated ridge beside scikit-learn, pair by pair.

First the accumulation of the ten networks' 21,408 dimensions (or fewer, with --quick) against the machine's own float64
product of the same size, in turns; memory is what the process itself holds on top, and what is resident with the pages of
the mapped file, which the system takes back when it needs them. Then 90 maps of ten
smaller spaces, 20 strengths, 5 folds, from the moments, and by `RidgeCV` on the data, one pair after the other.
"""

import os
import statistics
import time
import warnings

import numpy as np
import torch

from benchmarks._measure import machine, show, versions
from benchmarks._memory import MIB, TreeWatch
from benchmarks._options import Options

PAPERS = (1024, 1024, 1792, 2048, 2048, 2048, 1536, 1536, 4032, 4320)
BLOCK = 2048
BLOCKS = 12
SMALL = (64, 64, 112, 128, 128, 128, 96, 96, 252, 270)
N = 5000
PAIRS = 6
"""Pairs that scikit-learn fits, of which the mean stands for all 90."""


def main(options: Options) -> None:
    torch.set_num_threads(options.threads)
    print(f"{machine()}\n{versions('scikit-learn')}\n")
    quick = options.size(N) < N
    _accumulate(SMALL if quick else PAPERS, 256 if quick else BLOCK, 3 if quick else BLOCKS, options)
    print()
    _solve(tuple(d // 8 for d in SMALL) if quick else SMALL, min(options.size(N), N), 2 if quick else PAIRS)


def _accumulate(dims: tuple[int, ...], rows: int, blocks: int, options: Options) -> None:
    from repscope.maps import GramAtlas

    total = sum(dims)
    generator = np.random.default_rng(0)
    names = [f"n{i}" for i in range(len(dims))]
    block = {name: generator.random((rows, d), np.float32) for name, d in zip(names, dims, strict=True)}
    watch = TreeWatch(os.getpid())
    watch.start()
    begun = time.time()
    product = []
    with options.working_folder() as folder:
        atlas = GramAtlas(dict(zip(names, dims, strict=True)), memory="2GiB", scratch=folder)
        seconds = []
        for number in range(blocks):
            ids = [f"{number}-{i}" for i in range(rows)]
            start = time.perf_counter()
            atlas.update(block, ids)
            seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        atlas.moments(names[0], names[1])  # what waits is added up
        seconds.append(time.perf_counter() - start)
        del atlas
    watch.stop()
    before, peak = watch.seen[0][1:] if watch.seen else (0.0, 0.0), watch.peak(begun, time.time())
    side = min(total, 8192)
    a = torch.rand(rows, side, dtype=torch.float64)
    for _ in range(5):
        start = time.perf_counter()
        a.T @ a
        product.append(2 * rows * side**2 / (time.perf_counter() - start))
    machine_rate = statistics.median(product)
    # of a symmetric matrix half is asked for
    rate = blocks * rows * total * (total + 1) / sum(seconds)
    show(
        [
            "dimensions",
            "samples",
            "folds",
            "seconds",
            "GFLOP/s of what is asked",
            "of the machine's product",
            "peak above, own MiB",
            "with mapped pages",
        ],
        [
            [
                total,
                blocks * rows,
                5,
                f"{sum(seconds):.1f}",
                f"{rate / 1e9:.1f}",
                f"{rate / machine_rate:.2f}",
                *("?" if peak is None else f"{peak[i] - before[i]:.0f}" for i in (1, 0)),
            ],
        ],
    )
    print(
        f"\nthe moments of five folds take {5 * 8 * total * (total + 2048) / 2 / MIB:.0f} MiB; float64 product {machine_rate / 1e9:.1f} GFLOP/s"
    )


def _solve(dims: tuple[int, ...], n: int, few: int) -> None:
    from sklearn.linear_model import RidgeCV

    from repscope.maps import GramAtlas, Ridge
    from repscope.maps.ridge import STRENGTHS

    generator = np.random.default_rng(0)
    hidden = generator.normal(size=(n, 40))
    names = [f"n{i}" for i in range(len(dims))]
    data = {
        name: np.tanh(hidden @ generator.normal(size=(40, d)) / 6) + 0.1 * generator.normal(size=(n, d))
        for name, d in zip(names, dims, strict=True)
    }
    start = time.perf_counter()
    atlas = GramAtlas({name: x.shape[1] for name, x in data.items()})
    atlas.update(data, [str(i) for i in range(n)])
    counted = time.perf_counter() - start
    start = time.perf_counter()
    maps = {(m.source.name, m.target.name): m for m in atlas.solve_all(Ridge("cv"))}
    solved = time.perf_counter() - start
    pairs = [pair for i, pair in enumerate(maps) if i % max(1, len(maps) // few) == 0][:few]
    start = time.perf_counter()
    worst = 0.0
    for a, b in pairs:
        size = float(np.sum((data[a] - data[a].mean(axis=0)) ** 2)) / data[a].shape[1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other = RidgeCV(alphas=[s * size for s in STRENGTHS], cv=5, scoring="neg_mean_squared_error").fit(
                data[a], data[b]
            )
        worst = max(
            worst, float(np.abs(other.predict(data[a][:100]) - maps[a, b].apply(data[a][:100], sure=True)).max())
        )
    theirs = (time.perf_counter() - start) / len(pairs) * len(maps)
    show(
        ["way", "samples", "maps", "seconds", "ratio"],
        [
            ["repscope: one pass, then all maps", n, len(maps), f"{counted + solved:.1f}", "1"],
            [
                f"scikit-learn RidgeCV, pair by pair ({len(pairs)} measured)",
                n,
                len(maps),
                f"{theirs:.1f}",
                f"{theirs / (counted + solved):.0f}",
            ],
        ],
    )
    print(f"\nlargest difference of predictions {worst:.2g} (folds are others, so strengths may be neighbours)")
