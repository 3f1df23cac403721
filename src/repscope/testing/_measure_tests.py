"""What every measure must keep to, and what it may declare."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import pytest
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.points import Points
from repscope.measures import ArrayLayer, LayerMeasure, Measure, PairMeasure, Score
from repscope.neighbors import Method
from repscope.neighbors._approximate import approximate_neighbors
from repscope.neighbors._search import Neighbors

CHANGES = ("translation", "rotation", "scale", "permutation")
READS = {"graph", "activations", "labels"}


@final
@dataclass(frozen=True)
class _Careless(Method):
    """Looks for neighbours among the samples that come next; all rows are checked, so that the effect is known."""

    summary: ClassVar[str] = "approximate: for tests"
    checked: int = 10**6

    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        following = (np.arange(points.n)[:, None] + np.arange(min(2 * k + 1, points.n))) % points.n
        return approximate_neighbors(points, k, 0, lambda rows, width: following, {"method": "careless"}, job)


class MeasureTests:
    """Tests of one measure. Inherit, and set `measure`; override points, labels or k where it needs others.

    A change that the measure does not declare itself invariant to is not tested, nor are tests of pairs for a
    measure of single layers: such tests do not appear.

    Examples
    --------
    >>> from repscope import measure
    >>> class TestClassSimilarity(MeasureTests):
    ...     measure = measure("class_similarity")
    >>> TestClassSimilarity().test_interval_holds_the_value()
    """

    measure: ClassVar[Any]
    k: ClassVar[int] = 8
    tolerance: ClassVar[float] = 1e-6
    """By how much a value may change, relative to itself, under a change it is invariant to: rounding."""

    def __init_subclass__(cls) -> None:
        """Take out the tests of what the measure does not claim, so that the listing shows what is proved."""
        super().__init_subclass__()
        measure = getattr(cls, "measure", None)
        if not isinstance(measure, Measure):
            return
        absent = [f"test_{change}_changes_nothing" for change in CHANGES if change not in measure.invariant_to]
        if not isinstance(measure, PairMeasure):
            absent += ["test_order_of_the_layers", "test_a_layer_is_closest_to_itself", "test_all_pairs_at_once"]
        elif not np.isfinite(measure.bounds[1 if measure.higher_means_closer else 0]):
            absent += ["test_a_layer_is_closest_to_itself"]
        if "labels" not in measure.needs:
            absent += ["test_missing_labels_are_named"]
        if "graph" not in measure.needs:
            absent += ["test_approximate_graphs_are_told"]
        for name in absent:
            setattr(cls, name, None)

    def points(self) -> Float[np.ndarray, "n d"]:
        """A layer: 150 samples of three clusters in six dimensions."""
        generator = np.random.default_rng(0)
        points: Float[np.ndarray, "n d"] = generator.normal(size=(150, 6))
        points += 2 * generator.normal(size=(3, 6))[self.labels()]
        return points

    def other_points(self) -> Float[np.ndarray, "n d"]:
        """Another layer on the same samples: a bent, noisy picture of the first in four dimensions."""
        generator = np.random.default_rng(1)
        bent = np.tanh(self.points() @ generator.normal(size=(6, 4)) / 4)
        return bent + 0.1 * generator.normal(size=bent.shape)

    def labels(self) -> Int[np.ndarray, " n"]:
        """The samples' classes."""
        return np.arange(150) % 3

    def score(
        self,
        points: Float[np.ndarray, "n d"],
        others: Float[np.ndarray, "n e"],
        labels: Int[np.ndarray, " n"] | None,
        method: Method | None = None,
    ) -> Score:
        """The measure's score of a layer, or of two."""
        first = ArrayLayer(points, self.k, "first", labels, method)
        if isinstance(self.measure, PairMeasure):
            return self.measure.score(first, ArrayLayer(others, self.k, "second", labels, method))
        answer: Score = self.measure.score(first)
        return answer

    def usual(self) -> Score:
        """The score of the points as they are."""
        return self.score(self.points(), self.other_points(), self.labels())

    def test_declares_itself(self) -> None:
        """Name, words, bounds and what it reads are there and make sense."""
        measure = self.measure
        assert isinstance(measure, (LayerMeasure, PairMeasure)), "a measure is a LayerMeasure or a PairMeasure"
        assert measure.name.isidentifier()
        assert measure.name == measure.name.lower()
        for words in (measure.title, measure.symbol, measure.summary, measure.reference):
            assert words.strip(), "title, symbol, summary and reference are texts for people"
        assert measure.needs <= READS, f"needs is a subset of {READS}"
        assert measure.invariant_to <= set(CHANGES), f"invariant_to is a subset of {CHANGES}"
        assert measure.bounds[0] < measure.bounds[1]

    def test_answers_under_its_name(self) -> None:
        """The score carries the measure's name."""
        assert self.usual().measure == self.measure.name

    def test_value_and_null_lie_within_the_bounds(self) -> None:
        """Value, interval and null are numbers within what the measure declares."""
        score, (low, high) = self.usual(), self.measure.bounds
        assert low <= score.interval[0]
        assert score.interval[1] <= high
        assert low <= score.value <= high
        assert score.null is None or low <= score.null <= high

    def test_interval_holds_the_value(self) -> None:
        """The interval is in order, holds the value, and says how it was made."""
        score = self.usual()
        assert score.interval[0] <= score.value <= score.interval[1]
        assert score.interval_method.strip()

    def test_per_sample_values_are_one_per_sample(self) -> None:
        """Where there are per-sample values, there is one for every sample."""
        score = self.usual()
        assert score.per_sample is None or score.per_sample.shape == (len(self.points()),)

    def test_same_input_same_score(self) -> None:
        """Twice the same input, twice the same answer, to the last bit; and the input is left as it was."""
        points = self.points()
        first = self.score(points, self.other_points(), self.labels())
        second = self.score(self.points(), self.other_points(), self.labels())
        assert np.array_equal(points, self.points())
        assert first.as_dict() == second.as_dict()
        assert (first.per_sample is None) == (second.per_sample is None)
        if first.per_sample is not None and second.per_sample is not None:
            assert first.per_sample.tobytes() == second.per_sample.tobytes()

    def test_can_be_written_and_read(self) -> None:
        """The score survives JSON."""
        fields = self.usual().as_dict()
        assert Score.from_dict(json.loads(json.dumps(fields, allow_nan=False))).as_dict() == fields

    def test_equal_samples_and_equal_distances(self) -> None:
        """Copies and ties lead to a number within the bounds, not to NaN."""
        score = self.score(np.round(self.points()), np.round(3 * self.other_points()), self.labels())
        assert self.measure.bounds[0] <= score.value <= self.measure.bounds[1]
        assert score.interval[0] <= score.value <= score.interval[1]

    def test_approximate_graphs_are_told(self) -> None:
        """Of approximate graphs the score says recall and effect, in a note and in numbers, and that widens its interval."""
        exact, score = (
            self.score(self.points(), self.other_points(), self.labels(), method) for method in (None, _Careless())
        )
        assert 0 < score.details["recall"] < 1
        assert any("recall" in note for note in score.notes)
        assert not any("recall" in note for note in exact.notes)
        assert score.interval[0] <= score.value <= score.interval[1]
        if "effect" in score.details:
            assert score.details["effect"] == pytest.approx(score.value - exact.value, rel=1e-6, abs=1e-9)

    def test_translation_changes_nothing(self) -> None:
        """All points moved by the same."""
        self._unchanged(self.points() + 3)

    def test_rotation_changes_nothing(self) -> None:
        """All points turned about the origin."""
        rotation, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(self.points().shape[1],) * 2))
        self._unchanged(self.points() @ rotation)

    def test_scale_changes_nothing(self) -> None:
        """All points multiplied by the same; also by powers of two at which float32 squares overflow or vanish."""
        self._unchanged(self.points() * 7.5)
        rounded = self.points().astype(np.float32)
        usual = self.score(rounded, self.other_points(), self.labels()).value
        for power in (-100, 100):
            scaled = self.score(np.ldexp(rounded, power), self.other_points(), self.labels())
            assert scaled.value == pytest.approx(usual, rel=self.tolerance)
            assert scaled.interval[0] <= scaled.value <= scaled.interval[1]

    def test_permutation_changes_nothing(self) -> None:
        """The samples in another order: the per-sample values follow, the value stays."""
        order = np.random.default_rng(3).permutation(len(self.points()))
        usual = self.usual()
        moved = self.score(self.points()[order], self.other_points()[order], self.labels()[order])
        assert moved.value == pytest.approx(usual.value, rel=self.tolerance)
        if usual.per_sample is not None and moved.per_sample is not None:
            expected = usual.per_sample[order]
            np.testing.assert_allclose(moved.per_sample, expected, rtol=self.tolerance, atol=self.tolerance)

    def test_missing_labels_are_named(self) -> None:
        """Without labels it says that it needs them."""
        with pytest.raises(BadInput, match="labels"):
            self.score(self.points(), self.other_points(), None)

    def test_order_of_the_layers(self) -> None:
        """A measure that calls itself symmetric gives the same for (a, b) and (b, a)."""
        if self.measure.symmetric:
            there, back = self.usual(), self.score(self.other_points(), self.points(), self.labels())
            assert there.value == pytest.approx(back.value, rel=self.tolerance)

    def test_a_layer_is_closest_to_itself(self) -> None:
        """A layer and itself get the closest value there is: the upper bound, or the lower."""
        itself = self.score(self.points(), self.points(), self.labels()).value
        closest = self.measure.bounds[1 if self.measure.higher_means_closer else 0]
        assert itself == pytest.approx(closest, rel=self.tolerance, abs=self.tolerance)

    def test_all_pairs_at_once(self) -> None:
        """`scores` gives what `score` gives, pair by pair."""
        layers = [
            ArrayLayer(points, self.k, name, self.labels())
            for name, points in (("first", self.points()), ("second", self.other_points()))
        ]
        together = list(self.measure.scores(layers, layers))
        alone = [self.measure.score(first, second) for first in layers for second in layers]
        assert [score.value for score in together] == pytest.approx(
            [score.value for score in alone], rel=self.tolerance, abs=self.tolerance
        )

    def _unchanged(self, changed: Float[np.ndarray, "n d"]) -> None:
        assert self.score(changed, self.other_points(), self.labels()).value == pytest.approx(
            self.usual().value, rel=self.tolerance
        )
