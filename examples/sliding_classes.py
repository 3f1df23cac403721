"""Two classes that slide into each other, as NNCS and NNLS see them

Two round clouds begin far apart, and in steps one slides into the other: think of each step as a layer. The share of
neighbours of one's own class (NNCS) stays at 1 until the clouds touch, and falls to chance where they lie upon each
other. The similarity of a step's graph to that of the first (NNLS) falls in the same place: as long as the clouds are
apart, sliding changes nobody's neighbours, although every distance between the two changes. The similarity to the step
before says where that happens fastest: most neighbours change in the last steps.

Dotted: what chance gives. After W. Hryniowski's toy example for the two measures (2024).
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from repscope import class_similarity, layer_similarity, neighbor_graph

N, K, STEPS = 500, 25, np.linspace(10, 0, 21)
generator = np.random.default_rng(0)
clouds = generator.standard_normal((2 * N, 2))
labels = np.repeat([0, 1], N)


def moved(apart):
    """The two clouds so far apart."""
    return clouds + np.stack([labels * apart, np.zeros(2 * N)], axis=1)


graphs = [neighbor_graph(moved(apart), K) for apart in STEPS]
curves = {
    "NNCS": [class_similarity(graph, labels) for graph in graphs],
    "NNLS with the first": [layer_similarity(graphs[0], graph) for graph in graphs],
    "NNLS with the step before": [layer_similarity(a, b) for a, b in zip([graphs[0], *graphs], graphs, strict=False)],
}

figure = plt.figure(figsize=(9, 6), layout="constrained")
grid = figure.add_gridspec(2, 4, height_ratios=[1, 2])
for column, apart in enumerate((10, 5, 2, 0)):
    axes = figure.add_subplot(grid[0, column])
    for label in (0, 1):
        axes.plot(*moved(apart)[labels == label].T, ".", markersize=2, alpha=0.6)
    axes.set(title=f"{apart} apart", aspect="equal", xlim=(-4, 14), ylim=(-4, 4), xticks=[], yticks=[])
axes = figure.add_subplot(grid[1, :])
for number, (name, scores) in enumerate(curves.items()):
    color = f"C{number + 2}"
    axes.plot(STEPS, [s.value for s in scores], color=color, label=name)
    axes.fill_between(STEPS, *np.transpose([s.interval for s in scores]), color=color, alpha=0.2, linewidth=0)
    if number < 2:
        axes.axhline(scores[0].null, color=color, linestyle=":")
axes.set(xlabel="distance between the centres, in standard deviations", ylabel="score", ylim=(0, 1.05))
axes.invert_xaxis()
axes.legend(frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"), dpi=120)
