"""Centred kernel alignment (CKA): how alike the similarities between samples are in two layers."""

from typing import Any, ClassVar, final

from repscope.core.points import Points
from repscope.measures._alignment import LEAST, alignment, kernels_of
from repscope.measures._kernel_measure import KernelMeasure
from repscope.measures._kernel_sums import KernelSums, kernel_sums
from repscope.measures._minibatch import minibatch_alignment
from repscope.measures._paired import paired
from repscope.measures._score import Score


def cka(
    x: Any,
    y: Any,
    debiased: bool = True,
    kernel: str = "linear",
    *,
    bandwidth: float = 1.0,
    batch: int | None = None,
    memory: int | str = "1GiB",
) -> Score:
    """HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)) of two representations.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order; Points may lie on disk. Five or more.
    debiased : bool
        Use the unbiased estimates of HSIC (Song et al. 2012). The result is 0 in the mean where there is nothing
        in common, and may be negative; it is not clamped. The biased one reads 0.9 on noise once features outnumber
        samples.
    kernel : {"linear", "rbf"}
    bandwidth : float
        For ``rbf``: σ as a multiple of the median distance between samples (among 2048 of them, if there are more).
    batch : int, optional
        Use only pairs within batches of so many samples, drawn in a fixed random order: the HSIC terms of all batches
        are summed before they are divided (Nguyen et al. 2021). Faster, and noisier.
    memory : int or str
        Budget beside the points: the matrix of all pairs of samples is never held.

    Returns
    -------
    Score
        −1 to 1 (0 to 1 if biased); 1 for a representation and itself. `null`: its mean over all orders of the
        samples of one (0 if debiased). `details`: `n`, `features_x`, `features_y`, and `chance_removed`, the value on
        a scale where chance is 0 and identity 1.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If there are fewer than five samples, features that are not finite, or a representation is constant.

    Notes
    -----
    *Interval.* From leaving each sample out (the jackknife), on Fisher's scale. Where there is nothing in common it
    is wider than it need be.

    *Blind spots.* Linear CKA is ruled by the directions of largest variance, and a few far-out samples can rule it
    alone; it can stay high while what is computed from the layer changes (Davari et al., ICLR 2023).

    References
    ----------
    S. Kornblith, M. Norouzi, H. Lee, G. Hinton, ICML 2019, eq. 4. L. Song et al., JMLR 13 (2012), eq. 4.
    T. Nguyen, M. Raghu, S. Kornblith, ICLR 2021, eq. 2–3.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import cka
    >>> x, noise = np.random.default_rng(1).normal(size=(2, 50, 200))
    >>> print(cka(x, noise, debiased=False))
    cka 0.8... chance 0.8...
    >>> score = cka(x, noise)
    >>> score.interval[0] < 0 < score.interval[1]
    True
    >>> round(cka(x, 5 - 2 * x).value, 9)
    1.0
    """
    points = paired(x, y, "cka", LEAST)
    if batch is not None:
        return minibatch_alignment(points, batch, kernel, bandwidth, not debiased)[0][1]
    sums = kernel_sums(kernels_of(points, kernel, bandwidth), not debiased, memory)
    return alignment(sums, 0, 1, points, "cka")


@final
class CKA(KernelMeasure):
    """Linear debiased CKA of every pair of layers."""

    name: ClassVar[str] = "cka"
    title: ClassVar[str] = "Centred kernel alignment"
    symbol: ClassVar[str] = "CKA"
    summary: ClassVar[str] = (
        "How alike the similarities between samples are in two layers: 1 where one layer is the other turned and "
        "scaled, 0 where they have nothing in common."
    )
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Kornblith et al., ICML 2019; debiased: Song et al., JMLR 13 (2012)"

    def answer(self, sums: KernelSums, first: int, second: int, points: tuple[Points, Points]) -> Score:
        """The CKA of the two layers."""
        return alignment(sums, first, second, points, self.name)


measure = CKA()
