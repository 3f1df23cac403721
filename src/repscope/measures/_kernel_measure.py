"""What the measures of kernels share: all pairs of layers from one pass over the pairs of samples."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.measures._alignment import LEAST, kernels_of
from repscope.measures._contract import LayerView, PairMeasure
from repscope.measures._kernel_sums import KernelSums, kernel_sums
from repscope.measures._kernels import Kernel, kernel_of
from repscope.measures._paired import paired
from repscope.measures._score import Score

MEMORY = "1GiB"


class KernelMeasure(PairMeasure):
    """A measure of two layers that is known from their kernels' sums."""

    needs: ClassVar[frozenset[str]] = frozenset({"activations"})
    default: ClassVar[bool] = False
    symmetric: ClassVar[bool] = True
    higher_means_closer: ClassVar[bool] = True
    kernel: ClassVar[str] = "linear"

    @abstractmethod
    def answer(self, sums: KernelSums, first: int, second: int, points: tuple[Points, Points]) -> Score:
        """The score of two of the layers that the sums are of."""

    def score(self, first: LayerView, second: LayerView) -> Score:
        """The score of the two layers."""
        points = paired(first.points, second.points, self.name, LEAST)
        kernels = kernels_of(points, self.kernel, 1.0)
        return self.answer(kernel_sums(kernels, False, MEMORY), 0, 1, points)

    def scores(self, firsts: Sequence[LayerView], seconds: Sequence[LayerView]) -> Iterator[Score]:
        """The scores of every first layer with every second one, row by row."""
        layers = list(dict.fromkeys((*firsts, *seconds)))
        points = {layer: paired(layer.points, layers[0].points, self.name, LEAST)[0] for layer in layers}
        kernels: dict[LayerView, Kernel] = {}
        refused: dict[LayerView, BadInput] = {}
        for layer in layers:
            try:
                kernels[layer] = kernel_of(points[layer], self.kernel, 1.0)
            except BadInput as error:
                refused[layer] = error
        sums = kernel_sums(list(kernels.values()), False, MEMORY, tell=True) if kernels else None
        place = {layer: number for number, layer in enumerate(kernels)}
        for first, second in product(firsts, seconds):
            reason = refused.get(first) or refused.get(second)
            if reason is not None or sums is None:
                yield Score.refused(self.name, reason)
                continue
            try:
                yield self.answer(sums, place[first], place[second], (points[first], points[second]))
            except BadInput as found:
                yield Score.refused(self.name, found)
