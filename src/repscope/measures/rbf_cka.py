"""CKA with a Gaussian kernel: how alike the near neighbourhoods of samples are in two layers."""

from typing import ClassVar, final

from repscope.core.points import Points
from repscope.measures._alignment import alignment
from repscope.measures._kernel_measure import KernelMeasure
from repscope.measures._kernel_sums import KernelSums
from repscope.measures._score import Score


@final
class RbfCKA(KernelMeasure):
    """Debiased CKA of every pair of layers, σ being the median distance; the function is `repscope.cka`."""

    name: ClassVar[str] = "rbf_cka"
    title: ClassVar[str] = "Centred kernel alignment, Gaussian kernel"
    symbol: ClassVar[str] = "CKA (RBF)"
    summary: ClassVar[str] = (
        "How alike the similarities between samples are in two layers, where only samples nearer than about the "
        "median distance count as similar."
    )
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Kornblith et al., ICML 2019; debiased: Song et al., JMLR 13 (2012)"
    kernel: ClassVar[str] = "rbf"

    def answer(self, sums: KernelSums, first: int, second: int, points: tuple[Points, Points]) -> Score:
        """The CKA of the two layers."""
        return alignment(sums, first, second, points, self.name)


measure = RbfCKA()
