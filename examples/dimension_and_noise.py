"""A curve and a plane under noise, as TwoNN sees them

A sine is a line that was bent, and a plane is a plane, in however many coordinates they are written. Noise has as many
dimensions as there are coordinates. TwoNN looks at the two nearest neighbours of every sample: while the noise is small
beside the distance to them it reads 1 and 2, and once it is not, it reads the dimension of the noise. So the number
belongs to a scale: more samples are nearer to each other, and see noise that fewer do not.

Bands are 95 % intervals; the two lines of a colour are 500 and 5,000 samples of the same shape, both with noise in three
coordinates.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from repscope import intrinsic_dimension, neighbor_graph

generator = np.random.default_rng(0)


def sine(n):
    """A wave in three coordinates, of which one is always zero."""
    along = generator.uniform(0, 4 * np.pi, n)
    return np.stack([along, 2 * np.sin(along), np.zeros(n)], axis=1)


def plane(n):
    """A square in three coordinates, tilted."""
    first, second = generator.uniform(0, 4 * np.pi, (2, n))
    return np.stack([first, second, (first + second) / 2], axis=1)


noises = np.geomspace(1e-4, 1, 13)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for color, (name, shape) in zip(("C0", "C1"), {"sine": sine, "plane": plane}.items(), strict=True):
    shown = shape(500) + generator.normal(scale=0.1, size=(500, 3))
    left.plot(shown[:, 0], shown[:, 1] + (0 if name == "sine" else 5), ".", color=color, markersize=2)
    left.text(0, 3 if name == "sine" else 18.2, name, color=color)
    for n, style in ((500, "--"), (5000, "-")):
        points = shape(n)
        scores = [
            intrinsic_dimension(neighbor_graph(points + generator.normal(scale=noise, size=points.shape), 2))
            for noise in noises
        ]
        right.semilogx(noises, [s.value for s in scores], style, color=color, label=f"{name}, n = {n:,}")
        low, high = np.transpose([s.interval for s in scores])
        right.fill_between(noises, low, high, color=color, alpha=0.15, linewidth=0)
left.set(title="noise 0.1, seen from above", aspect="equal", ylim=(-3, 20), xticks=[], yticks=[])
right.set(xlabel="standard deviation of the noise", ylabel="intrinsic dimension", title="TwoNN", ylim=(0.8, 3.2))
right.legend(frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"), dpi=120)
