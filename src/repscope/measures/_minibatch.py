"""CKA from pairs of samples within batches: terms are summed over batches, then divided.

A mean of the batches' ratios, or sums of biased terms, would be another quantity: 0.86 or 0.91 for a true 0.973.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.core.precision_settings import ieee_products
from repscope.measures._alignment import kernels_of
from repscope.measures._interval import fisher_interval
from repscope.measures._score import Score

if TYPE_CHECKING:
    import torch

LEAST = 4
"""Samples of a batch: the unbiased estimate divides by n − 3."""


def minibatch_alignment(
    points: Sequence[Points], batch: int, kind: str, bandwidth: float, biased: bool, name: str = "cka"
) -> list[list[Score]]:
    """CKA of every pair of these representations from pairs of samples within batches.

    Raises
    ------
    BadInput
        If a batch has fewer than four samples, there are fewer than two batches, or a representation is constant.

    References
    ----------
    T. Nguyen, M. Raghu, S. Kornblith, ICLR 2021, eq. 2–3; there, too, terms are summed before they are divided.
    """
    n = points[0].n
    if batch < LEAST or n // batch < 2:
        raise BadInput(
            f"batch = {batch} for {n} samples; expected {LEAST} to {n // 2} samples, so that there are two batches or more"
        )
    terms = _terms(points, batch, kind, bandwidth, biased)
    total = terms.sum(axis=0)
    own = np.diagonal(total)
    if not (own > 0).all():
        raise BadInput(
            f"all pairs of samples are equally alike in representation {int(np.argmin(own))}, within batches; CKA is not "
            "defined: leave the layer out, or take larger batches"
        )
    values = total / np.sqrt(np.outer(own, own))
    without = total - terms
    others = np.diagonal(without, axis1=1, axis2=2)
    left = without / np.sqrt(np.maximum(others[:, :, None] * others[:, None, :], np.finfo(float).tiny))

    def score(a: int, b: int) -> Score:
        value = float(values[a, b])
        exact = 1 - abs(value) < 1e-9
        return Score(
            measure=name,
            value=value,
            interval=(value, value) if exact else fisher_interval(value, left[:, a, b]),
            interval_method=f"analytic, jackknife over {len(terms)} batches, Fisher's scale",
            null=None if biased else 0.0,
            notes=(f"from pairs of samples within {len(terms)} batches of {batch}",),
            details={"n": len(terms) * batch, "batch": batch, "features_x": points[a].d, "features_y": points[b].d},
        )

    return [[score(a, b) for b in range(len(points))] for a in range(len(points))]


def _terms(
    points: Sequence[Points], batch: int, kind: str, bandwidth: float, biased: bool
) -> Float[np.ndarray, "batches l l"]:
    """HSIC of every pair of representations in every batch."""
    import torch

    kernels = kernels_of(points, kind, bandwidth)
    count = points[0].n // batch
    order = np.random.default_rng(0).permutation(points[0].n)
    terms = np.empty((count, len(kernels), len(kernels)))
    with ieee_products("cpu"):
        for number in range(count):
            chosen = np.sort(order[number * batch : (number + 1) * batch])
            flat = []
            for kernel in kernels:
                rows = kernel.rows(chosen)
                centre = _centred if biased else _u_centred
                flat.append(centre(kernel.block(rows, rows).double()).flatten())
            stacked = torch.stack(flat)
            divisor = (batch - 1) ** 2 if biased else batch * (batch - 3)
            terms[number] = (stacked @ stacked.T / divisor).numpy()
    return terms


def _centred(matrix: "Float[torch.Tensor, 'b b']") -> "Float[torch.Tensor, 'b b']":
    """H K H."""
    rows = matrix.mean(dim=1, keepdim=True)
    return matrix - rows - rows.T + rows.mean()


def _u_centred(matrix: "Float[torch.Tensor, 'b b']") -> "Float[torch.Tensor, 'b b']":
    """Centred so that the inner product of two such matrices is the unbiased estimate.

    Reference: G. Székely, M. Rizzo, Ann. Stat. 42 (2014), definition 2.
    """
    n = len(matrix)
    matrix = matrix.clone()
    matrix.fill_diagonal_(0.0)
    rows = matrix.sum(dim=1, keepdim=True)
    centred = matrix - rows / (n - 2) - rows.T / (n - 2) + rows.sum() / ((n - 1) * (n - 2))
    return centred.fill_diagonal_(0.0)
