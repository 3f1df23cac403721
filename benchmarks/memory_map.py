"""50,000 points of 16,384 features from a memory map, 3.1 GiB: time and memory of an exact graph within a budget.

Resident memory counts the pages of the map, which the system takes back when it needs them; own memory does not.
"""

import multiprocessing
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._data import synthetic
from benchmarks._measure import machine, show
from benchmarks._memory import TreeWatch
from benchmarks._options import Options

N, D, K = 50_000, 16_384, 150
BUDGETS = ("512MiB", "2GiB")
CHECKED = 20
"""Rows that are compared with float64."""


def main(options: Options) -> None:
    n, d = options.size(N), 128 if options.quick else D
    k = min(K, max(2, n // 100))
    print(f"{machine()}\n\n{n} synthetic points of {d} features, k = {k}, {options.threads} threads; once\n")
    rows: list[list[object]] = []
    with options.working_folder() as folder:
        file = synthetic(folder, n, d)
        for budget in BUDGETS:
            context = multiprocessing.get_context("spawn")
            pipe, other = context.Pipe()
            process = context.Process(target=_search, args=(other, file, k, budget, options.threads))
            process.start()
            other.close()
            watch = TreeWatch(process.pid or 0)
            watch.start()
            begin, wall, cpu, right, proved = pipe.recv()
            process.join()
            watch.stop()
            resident, own = watch.peak(begin, begin + wall) or (float("nan"),) * 2
            rows.append([budget, wall, cpu, f"{resident:.0f}", f"{own:.0f}", f"{right} of {CHECKED}", proved])
        file.unlink()
    print(f"data {n * d * 4 / 2**20:.0f} MiB, result {n * k * 16 / 2**20:.0f} MiB\n")
    show(["budget", "wall s", "CPU s", "peak resident MiB", "peak own MiB", "rows right", "proved by"], rows)


def _search(pipe: Any, file: Path, k: int, budget: str, threads: int) -> None:
    """In a process of its own, so that its memory is its own."""
    import torch

    from repscope.neighbors import Exact, neighbor_graph

    torch.set_num_threads(threads)
    points = np.load(file, mmap_mode="r")
    neighbor_graph(np.ascontiguousarray(points[:300]), min(k, 20), Exact())  # compiles the loops
    begin, cpu = time.time(), time.process_time()
    graph = neighbor_graph(points, k, Exact(memory=budget))
    wall, cpu = time.time() - begin, time.process_time() - cpu
    right = sum(_right(points, graph, row) for row in np.linspace(0, len(points) - 1, CHECKED).astype(int))
    counts = {name.removeprefix("proved_"): c for name, c in graph.metadata.items() if name.startswith("proved_")}
    pipe.send((begin, wall, cpu, right, ", ".join(f"{c} {name}" for name, c in counts.items() if c != "0")))


def _right(points: np.ndarray, graph: Any, row: int) -> bool:
    """Whether a row of the graph is what float64 differences to all points give."""
    squared = np.empty(len(points))
    for start in range(0, len(points), 1000):
        block = points[start : start + 1000].astype(np.float64) - points[row].astype(np.float64)
        squared[start : start + 1000] = np.einsum("ij,ij->i", block, block)
    squared[row] = np.inf
    nearest = np.sort(np.sqrt(squared))[: graph.k]
    return bool(np.allclose(graph.distances[row], nearest, rtol=1e-12))
