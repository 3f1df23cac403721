"""What approximate graphs miss and what that does to scores; and what a warm start of NN-descent does.

First table: graphs of two layers by each method. Recall and effect (score from the approximate graph minus score from the
exact one) as repscope says them from 1,000 exact rows, with their 95 % intervals, and beside them the true ones, from
exact graphs of all rows. Misses cluster: in the last column, the variance between rows of the share that was found, over
that of misses which do not know of each other.

Second table: layer similarity of pairs of layers, when NN-descent for the second begins at random, and when it begins
with the lists of the first. A plain NN-descent, the same for both, of which repscope has none.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks._data import NETWORK, recorded
from benchmarks._measure import show, versions
from benchmarks._options import Options
from repscope.measures import Score
from repscope.measures.class_similarity import class_similarity
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph, load_method, neighbor_graph
from tests.references.nn_descent import nn_descent

N, K = 5000, 150
PAIR = ("stage3.1", "pool")
METHODS = ("ivf:nprobe=4", "ivf", "ivf:nprobe=24", "hnsw:M=4,ef_construction=40,ef_search=161", "hnsw")

WARM_N, WARM_K = 1500, 15
WARM_PAIRS = (("stage1.1", "stage2.1"), ("stage2.1", "stage3.1"), ("stage3.1", "pool"))
SAMPLED = (3, 5, 10)
"""Neighbours that a sample introduces to each other in a round of NN-descent: fewer is faster and misses more."""
SEEDS = 2

Points = dict[str, NDArray[np.float32]]
Reads = dict[str, Callable[[list[NeighborGraph]], Score]]


def main(options: Options) -> None:
    torch.set_num_threads(options.threads)
    with options.working_folder() as folder:
        _misses(folder, options)
        _warm_starts(folder, options)


def _points(folder: Path, n: int, layers: tuple[str, ...]) -> Points:
    return {layer: np.load(file) for layer, file in recorded(folder, n, layers).items()}


def _misses(folder: Path, options: Options) -> None:
    n = options.size(N)
    k = min(K, n // 10)
    points = _points(folder, n, PAIR)
    labels = _labels(n)
    reads: Reads = {
        f"ID of {PAIR[0]}": lambda graphs: intrinsic_dimension(graphs[0]),
        f"NNCS of {PAIR[1]}": lambda graphs: class_similarity(graphs[1], labels),
        "NNLS of both": lambda graphs: layer_similarity(*graphs),
    }
    exact = [neighbor_graph(points[layer], k) for layer in PAIR]
    truths = {what: read(exact) for what, read in reads.items()}
    print(f"{NETWORK} on {n} glyphs, layers {' and '.join(PAIR)}, k = {k}; {versions('faiss-cpu')}")
    print(f"\nexact: {'; '.join(f'{what} {score.value:.4g}' for what, score in truths.items())}\n")
    recalls: list[list[object]] = []
    effects: list[list[object]] = []
    for address in METHODS if not options.quick else METHODS[:1]:
        graphs = [neighbor_graph(points[layer], k, load_method(address)) for layer in PAIR]
        for layer, graph, truth in zip(PAIR, graphs, exact, strict=True):
            recalls.append([address, layer, *_recall(graph, truth)])
        for what, read in reads.items():
            score, said = read(graphs), read(graphs).details
            cell = f"{said['effect']:+.2g} ({said['effect_low']:+.2g} to {said['effect_high']:+.2g})"
            effects.append([address, what, f"{score.value:.4g}", cell, f"{score.value - truths[what].value:+.2g}"])
    show(["method", "layer", "recall as measured (95 %)", "true recall", "clustering of misses"], recalls)
    print()
    show(["method", "score", "value", "effect as estimated (95 %)", "true effect"], effects)


def _recall(graph: NeighborGraph, exact: NeighborGraph) -> tuple[str, str, str]:
    found = (graph.distances <= exact.distances[:, -1:] * (1 + 1e-12)).mean(axis=1)
    true, said = float(found.mean()), graph.recall
    assert said is not None
    alone = true * (1 - true) / graph.k
    times = f"{found.var() / alone:.1f} ×" if alone > 0 else "-"
    return f"{said.value:.4f} ({said.low:.4f} to {said.high:.4f})", f"{true:.4f}", times


def _labels(n: int) -> NDArray[np.int64]:
    """Of the balanced glyphs whose activations were recorded."""
    from repscope import load_data

    part = load_data("glyphs").partition("train")
    labels = (part.balanced(n) if n < len(part) else part).labels
    assert labels is not None
    return np.asarray(labels)


def _warm_starts(folder: Path, options: Options) -> None:
    n = min(WARM_N, options.size(WARM_N))
    k = min(WARM_K, n // 10)
    points = _points(folder, n, tuple(dict.fromkeys(layer for pair in WARM_PAIRS for layer in pair)))
    print(f"\n### Warm starts: {n} glyphs, k = {k}, {SEEDS if not options.quick else 1} seeds\n")
    rows: list[list[object]] = []
    exact = {layer: neighbor_graph(matrix, k) for layer, matrix in points.items()}
    for first, second in WARM_PAIRS if not options.quick else WARM_PAIRS[-1:]:
        before = exact[first].indices
        matrix = points[second].astype(np.float64)
        matrix -= matrix.mean(axis=0)
        true = _jaccard(before, exact[second].indices)
        for sampled in SAMPLED if not options.quick else SAMPLED[-1:]:
            runs = [
                [nn_descent(matrix, k, start, sampled=sampled, seed=seed) for start in (None, before)]
                for seed in range(SEEDS if not options.quick else 1)
            ]
            recalls = [_share_kept([run[i] for run in runs], exact[second].indices) for i in (0, 1)]
            similar = [float(np.mean([_jaccard(before, run[i]) for run in runs])) for i in (0, 1)]
            rows.append(
                [f"{first}, {second}", sampled, *(f"{r:.3f}" for r in recalls), f"{true:.4f}"]
                + [f"{s:.4f} ({100 * (s / true - 1):+.1f} %)" for s in similar]
            )
    columns = ["layers", "introduced", "recall, at random", "recall, warm", "NNLS, exact", "at random", "warm"]
    show(columns, rows)


def _jaccard(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    both = np.array([len(np.intersect1d(a, b)) for a, b in zip(first, second, strict=True)])
    return float(np.mean(both / (2 * first.shape[1] - both)))


def _share_kept(runs: list[NDArray[np.int64]], exact: NDArray[np.int64]) -> float:
    shares = [len(np.intersect1d(a, b)) / len(b) for run in runs for a, b in zip(run, exact, strict=True)]
    return float(np.mean(shares))
