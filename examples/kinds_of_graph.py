"""Kinds of neighbour graph, on few points

A dense cloud, a thin one, and a point far out. In the *directed* graph, which repscope builds, everyone has k
neighbours, also who is far out, though nobody has him for a neighbour. The *intersection* keeps an edge where each is
among the other's neighbours: the far one is left alone, and so are others. The *union* keeps it where either is: nobody
is alone, and some have twice as many as others. A *fixed radius* takes everyone who is near enough: a single number suits only one of the two clouds.

Points are coloured by how many neighbours they have; for the directed graph, by how often they are one.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from repscope import neighbor_graph

K = 3
generator = np.random.default_rng(3)
dense = 0.35 * generator.standard_normal((22, 2))
thin = np.array([3.2, 0.4]) + generator.standard_normal((16, 2))
points = np.vstack([dense, thin, [[1.2, 2.9]]])
n = len(points)

graph = neighbor_graph(points, K)
directed = np.zeros((n, n), bool)
directed[np.repeat(np.arange(n), K), graph.indices.ravel()] = True
every = neighbor_graph(points, n - 1)  # all distances, nearest first
radius = np.median(graph.distances[:, -1])
near = np.zeros((n, n), bool)
near[np.repeat(np.arange(n), n - 1), every.indices.ravel()] = every.distances.ravel() <= radius
kinds = {
    f"directed, k = {K}": directed,
    "intersection": directed & directed.T,
    "union": directed | directed.T,
    f"radius {radius:.2f}": near,
}

figure, panels = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
for axes, (name, edges) in zip(panels.flat, kinds.items(), strict=True):
    one_way = not (edges == edges.T).all()
    for i, j in np.argwhere(edges):
        style = "-|>" if one_way else "-"
        axes.annotate(
            "", points[j], points[i], arrowprops={"arrowstyle": style, "color": "0.55", "lw": 0.8, "shrinkB": 3}
        )
    degree = edges.sum(axis=0)
    dots = axes.scatter(*points.T, c=degree, cmap="viridis", vmin=0, vmax=9, s=36, zorder=3, edgecolors="white")
    alone = int((edges.sum(axis=1) == 0).sum())
    axes.set(title=f"{name}: {alone} without neighbours, at most {degree.max()}", xticks=[], yticks=[], aspect="equal")
figure.colorbar(dots, ax=panels, label="neighbours (directed: is a neighbour of)", shrink=0.6)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"), dpi=120)
