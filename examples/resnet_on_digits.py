"""A ResNet20 on digits, from the first layer to the last

`analyze` passes the images through the network once, keeps every layer as a neighbour graph, and answers from the
graphs. The intrinsic dimension rises in the first layers and falls towards the end, where little more than the class
is left; the share of neighbours of the same class rises to nearly 1. Where the curve of the training images leaves that of
images which the network has never seen, it begins to know its examples rather than their class.

Bands are 95 % intervals; dotted: what chance gives.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from repscope import analyze, load_data, load_network

network, data = load_network("repscope:resnet20-digits"), load_data("digits")
with tempfile.TemporaryDirectory() as folder:
    run = analyze(network, data, out=folder, samples=350)
    tables = {name: run.scores(name) for name in ("intrinsic_dimension", "class_similarity")}
    layers, partitions = run.layers, run.partitions

figure, panels = plt.subplots(2, 1, figsize=(8, 6.5), layout="constrained", sharex=True)
titles = ("intrinsic dimension (TwoNN)", "neighbours of the same class (NNCS)")
for axes, title, table in zip(panels, titles, tables.values(), strict=True):
    for number, partition in enumerate(partitions):
        scores = table.curve(partition)
        axes.plot([s.value for s in scores], "o-", color=f"C{number}", markersize=4, label=partition)
        low, high = np.transpose([s.interval for s in scores])
        axes.fill_between(range(len(scores)), low, high, color=f"C{number}", alpha=0.2, linewidth=0)
    if scores[0].null is not None:
        axes.axhline(scores[0].null, color="0.5", linestyle=":")
    axes.set(ylabel=title, ylim=(0, None))
    axes.legend(frameon=False)
panels[-1].set_xticks(range(len(layers)), layers, rotation=45, ha="right")
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"), dpi=120)
