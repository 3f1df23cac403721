"""Eight bits per feature: points rotated, so that all features are alike, and rounded to whole numbers of one step.

Some features of a network are far larger than the rest, and some values of a feature far larger than most: one step
for all of them is then either coarse for most or cuts off the largest. A rotation mixes the features and leaves all
distances as they are. This one, signs at random and a Walsh-Hadamard transform (N. Ailon & B. Chazelle, The fast
Johnson-Lindenstrauss transform, SIAM J. Comput. 2009, section 2), takes additions only.
"""

from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from repscope.core.memory import own_block

if TYPE_CHECKING:
    import torch

LEVELS = 127
"""Largest whole number that a feature is rounded to."""

MIXED = 256
"""Features that are mixed with one another, at most; a power of four, so that its root is one of two."""

REACHES = (3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 12.0)
"""Largest features, in units of the spread, that a step may leave whole."""


@final
class Int8Rounding:
    """How points of d features are rotated and rounded.

    Attributes
    ----------
    features : int
        Of the rounded points: d, or a little more.
    step : float
        What one whole number stands for.
    """

    def __init__(self, centre: Float[np.ndarray, " d"], sample: "torch.Tensor") -> None:
        d = len(centre)
        self._mixed = MIXED if d >= 8 * MIXED else 64 if d >= 64 else 1
        self.features = -(-d // self._mixed) * self._mixed
        self._centre = centre
        self._signs: Float[np.ndarray, " d"] = np.random.default_rng(0).choice([-1.0, 1.0], d)
        self.step = self._choose_step(self._rotated(sample).astype(np.float64))

    def _choose_step(self, rows: Float[np.ndarray, "b f"]) -> float:
        """The step that moves most rows least: a finer one cuts off the largest features, a coarser one rounds all."""
        spread = float(np.sqrt(np.mean(rows**2)))
        best = (np.inf, 1.0)
        for reach in (*REACHES, float(np.abs(rows).max()) / (spread or 1.0)):
            step = reach * spread / LEVELS or 1.0
            moved = np.linalg.norm(rows - step * np.clip(np.rint(rows / step), -LEVELS, LEVELS), axis=1)
            best = min(best, (float(np.quantile(moved, 0.95)), step))
        return best[1] / float(np.sqrt(self._mixed))

    def _rotated(self, rows: "torch.Tensor") -> Float[np.ndarray, "b f"]:
        """Times √mixed."""
        import torch

        from repscope.neighbors._engine.loops import rotate

        out = own_block((len(rows), self.features), torch.float32).numpy()
        rotate(rows.numpy(), self._centre, self._signs, self._mixed, out)
        return out

    def rounded(self, rows: "torch.Tensor") -> "tuple[torch.Tensor, Float[np.ndarray, ' b'], Float[np.ndarray, ' b']]":
        """Rounded points, their norms, and how far at most they were moved, in units of the step.

        Each of the log2(mixed) additions, and the rounding to float32 before them, errs by 2^-24 of what it adds up;
        a rotated feature's error is at most that times the sum of the `mixed` absolute values in it, and all errors
        of a row at most √mixed times its length.

        Examples
        --------
        >>> import torch
        >>> rows = torch.randn(3, 600, generator=torch.Generator().manual_seed(0))
        >>> rounding = Int8Rounding(np.zeros(600), rows)
        >>> points, norms, residuals = rounding.rounded(rows)
        >>> points.shape, bool((np.abs(norms * rounding.step - rows.norm(dim=1).numpy()) < 0.1).all())
        (torch.Size([3, 640]), True)
        """
        import torch

        from repscope.neighbors._engine.loops import round_to_levels

        out = own_block((len(rows), self.features), torch.int8)
        norms, residuals = np.empty(len(rows)), np.empty(len(rows))
        scale = self.step * np.sqrt(self._mixed)
        round_to_levels(self._rotated(rows), 1 / scale, LEVELS, out.numpy(), norms, residuals)
        lengths, moved = np.sqrt(norms), np.sqrt(residuals)
        unit = 2.0**-24 * (np.log2(self._mixed) + 2) * (np.sqrt(self._mixed) + 1)
        return out, lengths, moved + unit * (lengths + moved)
