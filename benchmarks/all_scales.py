"""Every score at every scale from one graph, beside building a graph for each number of neighbours.

One graph with k neighbours holds those with fewer (`graph.first`), so that dimension, class similarity and layer
similarity at all scales need one search. The graphs of single scales are measured at a few k, and summed over all k
by straight lines between them.
"""

from itertools import pairwise

import numpy as np
import torch

from benchmarks._data import NETWORK, recorded
from benchmarks._measure import machine, show, timed
from benchmarks._options import Options
from repscope.measures.class_similarity import class_similarity
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph, neighbor_graph

N, K = 15_000, 150
PAIR = ("stage3.1", "pool")
PROBED = (2, 10, 30, 75, 150)
"""Numbers of neighbours with which graphs are built."""


def main(options: Options) -> None:
    n = options.size(N)
    k = min(K, n // 10)
    torch.set_num_threads(options.threads)
    with options.working_folder() as folder:
        files = recorded(folder, n, PAIR)
        points = {layer: np.load(file) for layer, file in files.items()}
    labels = np.arange(n) % 10
    for matrix in points.values():  # compiles what is compiled on first use
        neighbor_graph(matrix[:3000], 5)
    graphs: dict[str, NeighborGraph] = {}
    rows: list[list[object]] = []

    def measure(what: str, run: object) -> tuple[float, float]:
        wall, cpu = timed(run)  # type: ignore[arg-type]
        rows.append([what, wall, cpu])
        return wall, cpu

    def build() -> None:
        graphs.update({layer: neighbor_graph(matrix, k) for layer, matrix in points.items()})

    once = [measure(f"one graph of each layer, k = {k}", build)]
    last, before = graphs["pool"], graphs["stage3.1"]
    orders, scales = range(1, k // 2 + 1), range(2, k + 1)
    scores = [
        measure(
            f"intrinsic dimension at {len(orders)} scales (Gride)",
            lambda: [intrinsic_dimension(last, "gride", order=order) for order in orders],
        ),
        measure(
            f"class similarity at {len(scales)} scales",
            lambda: [class_similarity(last.first(s), labels) for s in scales],
        ),
        measure(
            f"layer similarity at {len(scales)} scales",
            lambda: [layer_similarity(before.first(s), last.first(s)) for s in scales],
        ),
    ]
    probed = sorted({min(p, k) for p in PROBED})
    each = [timed(lambda p=p: [neighbor_graph(matrix, p) for matrix in points.values()]) for p in probed]
    graphs_each = [_sum_of_all(probed, [pair[i] for pair in each]) for i in (0, 1)]
    rows.append([f"a graph of each layer for every k from 2 to {k} (from {len(probed)} of them)", *graphs_each])
    rows += _totals(
        [sum(pair[i] for pair in once) for i in (0, 1)], [sum(p[i] for p in scores) for i in (0, 1)], graphs_each
    )
    print(f"{machine()}\n\n{NETWORK} on {n} glyphs, layers {' and '.join(PAIR)}; once each\n")
    show(["what", "wall s", "CPU s"], rows)


def _totals(once: list[float], scores: list[float], each: list[float]) -> list[list[object]]:
    together, apart = ([g + s for g, s in zip(graphs, scores, strict=True)] for graphs in (once, each))
    faster = [a / t for a, t in zip(apart, together, strict=True)]
    return [
        ["all scales from one graph", *together],
        ["all scales, a graph for each", *apart],
        ["times faster, graphs alone", *(e / o for e, o in zip(each, once, strict=True))],
        ["times faster, scores included", *faster],
    ]


def _sum_of_all(at: list[int], values: list[float]) -> float:
    """Sum over every whole number from the first to the last, straight lines between the values."""
    total = values[0]
    for (a, b), (u, v) in zip(pairwise(at), pairwise(values), strict=True):
        total += sum(u + (v - u) * (x - a) / (b - a) for x in range(a + 1, b + 1))
    return total
