"""CKA of noise with noise, biased and debiased

Two layers of independent noise have nothing in common. The biased estimate of CKA, which is the usual one, says 0.5 all
the same where they have as many features as there are samples, and 0.9 with ten times as many: in high dimension all samples are far from each
other, in both layers alike, and that is what it sees. The debiased estimate is 0 in the mean at every width, and so
falls below 0 as often as not; it is the default. What chance gives is stored with every score: for the biased one it
tells the trap.

Lines are means over five pairs of layers, bands their range; dashed: the chance that the score states.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from repscope import cka

N, REPEATS = 100, 5
WIDTHS = [2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]
generator = np.random.default_rng(0)

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
pairs = {width: generator.standard_normal((REPEATS, 2, N, width)) for width in WIDTHS}
for color, debiased in (("C3", False), ("C0", True)):
    scores = [[cka(x, y, debiased=debiased) for x, y in pairs[width]] for width in WIDTHS]
    values = np.array([[score.value for score in row] for row in scores])
    name = "debiased" if debiased else "biased"
    axes.semilogx(WIDTHS, values.mean(axis=1), color=color, label=name)
    axes.fill_between(WIDTHS, values.min(axis=1), values.max(axis=1), color=color, alpha=0.2, linewidth=0)
    chance = [np.mean([score.null for score in row]) for row in scores]
    axes.semilogx(WIDTHS, chance, "--", color=color, label=f"chance, {name}")
axes.axvline(N, color="0.7", linewidth=1)
axes.text(N * 1.1, 0.2, "as many features\nas samples", color="0.4")
axes.set(xlabel="features of each layer", ylabel="CKA", title=f"independent noise, {N} samples", ylim=(-0.15, 1))
axes.legend(frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"), dpi=120)
