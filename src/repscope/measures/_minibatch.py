"""CKA from pairs of samples within batches: terms are summed over batches, then divided.

A mean of the batches' ratios, or sums of biased terms, would be another quantity: 0.86 or 0.91 for a true 0.973.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.core.precision_settings import ieee_products
from repscope.core.threads import in_threads
from repscope.measures._interval import fisher_interval
from repscope.measures._kernels import kernel_of
from repscope.measures._score import Score

if TYPE_CHECKING:
    import torch

LEAST = 4
"""Samples of a batch: the unbiased estimate divides by n − 3."""

SHIFT = 32
"""Samples whose mean stands for that of all."""

READ = 2**19
"""Bytes of rows that are read together."""

SPREAD = 1e-12
"""Distance from the mean, relative to its norm, below which all samples of a layer may be equal up to rounding."""


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
            f"all pairs of samples are equally alike in layer {int(np.argmin(own)) + 1} of {len(points)}, within "
            "batches; CKA is not defined: leave the layer out, or take larger batches"
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
    """HSIC of every pair of representations in every batch.

    Each layer of a batch is one thread's work, so that the bits do not depend on the number of threads.
    """
    import torch
    from threadpoolctl import threadpool_limits

    count, layers = points[0].n // batch, len(points)
    order = np.random.default_rng(0).permutation(points[0].n)
    batches = [np.sort(order[number * batch : (number + 1) * batch]) for number in range(count)]
    spare: list[torch.Tensor] = []
    kernels = [
        _Linear(p, batches[0], spare) if kind == "linear" else _General(p, number, layers, kind, bandwidth)
        for number, p in enumerate(points)
    ]
    widest_first = sorted(range(layers), key=lambda layer: -points[layer].d)
    centre = _centred if biased else _u_centred
    divisor = (batch - 1) ** 2 if biased else batch * (batch - 3)
    terms = np.empty((count, layers, layers))
    centred = torch.empty((layers, batch * batch), dtype=torch.float64)
    with ieee_products("cpu"), threadpool_limits(1, "blas"):
        for number, chosen in enumerate(batches):

            def fill(layer: int, chosen: Int[np.ndarray, " b"] = chosen) -> None:
                block = kernels[layer].block(chosen)
                whole = block.double()
                left = centre(whole)
                rounding = 4 * torch.finfo(block.dtype).eps * float(whole.norm())
                centred[layer] = left.flatten() if not float(left.norm()) <= rounding else 0.0

            in_threads(fill, widest_first)
            terms[number] = (centred @ centred.T / divisor).numpy()
    for number, kernel in enumerate(kernels):
        finite = bool(np.isfinite(terms[:, number, number]).all())
        if isinstance(kernel, _Linear) and not (finite and kernel.varies):
            _General(points[number], number, layers, kind, bandwidth)  # refuses what is constant or not finite
        if not finite:
            raise BadInput(
                f"products of features of layer {number + 1} of {layers} are beyond the range of "
                f"{points[number].dtype}; divide them by a constant, which leaves CKA as it is"
            )
    return terms


@final
class _Linear:
    """x·y of the rows of a batch, less one vector for all batches: centring takes away whatever it is.

    So no pass over all rows is needed. The vector is near the mean, so that nothing cancels in float32.
    """

    def __init__(self, points: Points, some: Int[np.ndarray, " b"], spare: "list[torch.Tensor]") -> None:
        self._points, self._spare = points, spare
        self._shift = points.rows(some[:SHIFT]).cpu().double().mean(dim=0).to(points.dtype)
        self._limit = SPREAD**2 * float(self._shift.double().square().sum())
        # rows that come in batches of their own are asked for at once
        self._step = points.n if points.granule > 1 else max(1, READ // (points.d * points.dtype.itemsize))
        self.varies = False

    def block(self, chosen: Int[np.ndarray, " b"]) -> "Float[torch.Tensor, 'b b']":
        """The batch's kernel; numpy computes one half of what is symmetric."""
        import torch

        size = len(chosen) * self._points.d * self._points.dtype.itemsize
        # few rows at a time stay in the processor's cache, and memory that is used again need not be cleared
        held = self._spare.pop() if self._spare else torch.empty(0, dtype=torch.uint8)
        if len(held) < size:
            held = torch.empty(size, dtype=torch.uint8)
        rows = held[:size].view(self._points.dtype).view(len(chosen), -1)
        for start in range(0, len(chosen), self._step):
            some = slice(start, start + self._step)
            torch.sub(self._points.rows(chosen[some]).cpu(), self._shift, out=rows[some])
        with np.errstate(all="ignore"):
            found = torch.from_numpy(rows.numpy() @ rows.numpy().T)
        self._spare.append(held)
        self.varies = self.varies or self._limit < float(found.diagonal().max())
        return found


@final
class _General:
    """Any kernel of the rows of a batch."""

    def __init__(self, points: Points, number: int, layers: int, kind: str, bandwidth: float) -> None:
        try:
            self._kernel = kernel_of(points, kind, bandwidth)
        except BadInput as error:
            which = (
                f"the {('first', 'second')[number]} representation"
                if layers == 2
                else f"layer {number + 1} of {layers}"
            )
            said = str(error)
            if "the representation" not in said:
                said = f"{which}: {said}"
            raise BadInput(said.replace("the representation", which)) from error

    def block(self, chosen: Int[np.ndarray, " b"]) -> "Float[torch.Tensor, 'b b']":
        """The batch's kernel."""
        rows = self._kernel.rows(chosen)
        return self._kernel.block(rows, rows)


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
