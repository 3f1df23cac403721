"""Exact graphs beside peers, in units of M, one full n × n × d float32 product by torch's default."""

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors

from benchmarks._measure import interleave, machine, show
from repscope.neighbors import neighbor_graph

N, K = 3000, 30


def main() -> None:
    print(f"{machine()}; n = {N}, k = {K}, medians of 3 interleaved rounds\n")
    rows: list[list[object]] = []
    for d in (64, 4096, 16384):
        points = np.maximum(np.random.default_rng(0).standard_normal((N, d), dtype=np.float32), 0)
        tensor = torch.from_numpy(points)
        candidates = {
            "M": lambda t=tensor: t @ t.T,
            "repscope": lambda p=points: neighbor_graph(p, K),
            "scikit-learn brute": lambda p=points: (
                NearestNeighbors(n_neighbors=K, algorithm="brute").fit(p).kneighbors()
            ),
            "torch.cdist + topk": lambda t=tensor: torch.cdist(t, t).topk(K + 1, largest=False),
        }
        times = interleave(candidates, 3)
        rows += [
            [d, n, t["wall"], t["wall"] / times["M"]["wall"], t["cpu"] / times["M"]["cpu"]] for n, t in times.items()
        ]
    show(["d", "method", "wall s", "wall / M", "processor / M"], rows)
    print("\nThe peers keep float32 distances and prove nothing; the test suite shows where they are wrong.")
