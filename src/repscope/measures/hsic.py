"""The Hilbert-Schmidt independence criterion (HSIC): how far two layers depend on each other at all."""

from typing import Any, ClassVar, final

from repscope.core.points import Points
from repscope.measures._alignment import LEAST, dependence, kernels_of
from repscope.measures._kernel_measure import KernelMeasure
from repscope.measures._kernel_sums import KernelSums, kernel_sums
from repscope.measures._paired import paired
from repscope.measures._score import Score


def hsic(
    x: Any,
    y: Any,
    debiased: bool = True,
    kernel: str = "linear",
    *,
    bandwidth: float = 1.0,
    memory: int | str = "1GiB",
) -> Score:
    """The squared norm of the cross-covariance of two representations, in the spaces of their kernels.

    Its size depends on the sizes of the activations (for the linear kernel): to compare pairs of layers with
    each other, take `cka`, which is normalised.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order. Five or more.
    debiased : bool
        The unbiased estimate (Song et al. 2012), which may be negative; else (n − 1)⁻² tr(KHLH).
    kernel : {"linear", "rbf"}
    bandwidth : float
        For ``rbf``: σ as a multiple of the median distance between samples.
    memory : int or str
        Budget beside the points.

    Returns
    -------
    Score
        `null`: its mean over all orders of the samples of one, 0 if debiased. With the Gaussian kernel it is zero in
        the limit only for independent representations.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If there are fewer than five samples, features that are not finite, or a value that float64 does not hold.

    References
    ----------
    A. Gretton, O. Bousquet, A. Smola, B. Schölkopf, ALT 2005. L. Song et al., JMLR 13 (2012), eq. 4.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import hsic
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 100, 3))
    >>> related, unrelated = hsic(x, x**3, kernel="rbf"), hsic(x, noise, kernel="rbf")
    >>> related.interval[0] > 0, unrelated.interval[0] < 0 < unrelated.interval[1]
    (True, True)
    """
    points = paired(x, y, "hsic", LEAST)
    sums = kernel_sums(kernels_of(points, kernel, bandwidth), not debiased, memory)
    return dependence(sums, 0, 1, points, "hsic", kernel == "linear")


@final
class HSIC(KernelMeasure):
    """Linear debiased HSIC of every pair of layers."""

    name: ClassVar[str] = "hsic"
    title: ClassVar[str] = "Hilbert-Schmidt independence criterion"
    symbol: ClassVar[str] = "HSIC"
    summary: ClassVar[str] = (
        "How far two layers depend on each other, in squared units of their activations: 0 where they have nothing "
        "in common."
    )
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), float("inf"))
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "permutation"})
    reference: ClassVar[str] = "Gretton et al., ALT 2005; debiased: Song et al., JMLR 13 (2012)"

    def answer(self, sums: KernelSums, first: int, second: int, points: tuple[Points, Points]) -> Score:
        """The HSIC of the two layers."""
        return dependence(sums, first, second, points, self.name)


measure = HSIC()
