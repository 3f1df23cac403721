"""What measures of two arrays share: each layer is prepared once, then every pair is answered."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar, Generic, TypeVar

from repscope.core.errors import BadInput
from repscope.core.points import ChosenPoints, Points
from repscope.measures._contract import LayerView, PairMeasure
from repscope.measures._paired import paired
from repscope.measures._score import Score
from repscope.measures._some import chosen_samples, saying_how_many

Prepared = TypeVar("Prepared")


class PreparedMeasure(PairMeasure, Generic[Prepared]):
    """A measure of two layers that takes each of them apart first."""

    needs: ClassVar[frozenset[str]] = frozenset({"activations"})
    default: ClassVar[bool] = False
    most: ClassVar[int | None] = None
    """Samples that are looked at; all by default."""

    @abstractmethod
    def prepare(self, points: Points, which: str) -> Prepared:
        """A layer taken apart; `which` is what to call it in a message."""

    @abstractmethod
    def answer(self, first: Prepared, second: Prepared) -> Score:
        """The score of two layers."""

    def score(self, first: LayerView, second: LayerView) -> Score:
        """The score of the two layers."""
        n = first.points.n
        paired(first.points, second.points, self.name)
        return self._told(self.answer(self._prepared(first), self._prepared(second)), n)

    def scores(self, firsts: Sequence[LayerView], seconds: Sequence[LayerView]) -> Iterator[Score]:
        """The scores of every first layer with every second one; each layer is taken apart once."""
        made: dict[LayerView, Prepared | BadInput] = {}
        n = firsts[0].points.n
        for layer in dict.fromkeys((*firsts, *seconds)):
            paired(firsts[0].points, layer.points, self.name)
            try:
                made[layer] = self._prepared(layer)
            except BadInput as error:
                made[layer] = error
        known: dict[tuple[LayerView, LayerView], Score] = {}
        for first, second in product(firsts, seconds):
            if self.symmetric and (second, first) in known:
                yield known[second, first]
                continue
            a, b = made[first], made[second]
            try:
                for one in (a, b):
                    if isinstance(one, BadInput):
                        raise one
                score = self._told(self.answer(a, b), n)  # type: ignore[arg-type]
            except BadInput as error:
                score = Score.refused(self.name, error)
            known[first, second] = score
            yield score

    def _prepared(self, layer: LayerView) -> Prepared:
        points = layer.points
        if self.most is not None and points.n > self.most:
            points = ChosenPoints(points, chosen_samples(points.n, self.most))
        return self.prepare(points, f"layer {layer.name!r}: the")

    def _told(self, score: Score, n: int) -> Score:
        return score if self.most is None else saying_how_many(score, n, self.most)
