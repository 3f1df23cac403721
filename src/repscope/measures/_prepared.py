"""What measures of two arrays share: each layer is prepared once, then every pair is answered."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
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

    def answers(self, first: Prepared, seconds: Sequence[Prepared]) -> Iterator[Score]:
        """The scores of one layer with several; for a measure that can share work among them."""
        for second in seconds:
            try:
                yield self.answer(first, second)
            except BadInput as error:
                yield Score.refused(self.name, error)

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
        for first in firsts:
            ours = made[first]
            todo: dict[LayerView, Prepared] = {}
            for second in seconds:
                theirs = made[second]
                if self.symmetric and (second, first) in known:
                    known[first, second] = known[second, first]
                elif isinstance(ours, BadInput):
                    known[first, second] = Score.refused(self.name, ours)
                elif isinstance(theirs, BadInput):
                    known[first, second] = Score.refused(self.name, theirs)
                else:
                    todo[second] = theirs
            if todo:
                answers = self.answers(ours, list(todo.values()))  # type: ignore[arg-type]
                known |= {(first, s): self._told(score, n) for s, score in zip(todo, answers, strict=True)}
            for second in seconds:
                yield known[first, second]

    def _prepared(self, layer: LayerView) -> Prepared:
        points = layer.points
        if self.most is not None and points.n > self.most:
            points = ChosenPoints(points, chosen_samples(points.n, self.most))
        return self.prepare(points, f"layer {layer.name!r}: the")

    def _told(self, score: Score, n: int) -> Score:
        return score if self.most is None else saying_how_many(score, n, self.most)
