"""Average precision in both definitions, beside scikit-learn and a slow trapezoid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from repscope.core.errors import BadInput
from repscope.transfer import average_precision

rankings = st.lists(st.booleans(), min_size=1, max_size=40).filter(any)


def slow_trapezoid(relevant, total):
    """The walk along the curve, item by item."""
    area, recall, precision, found = 0.0, 0.0, 1.0, 0
    for rank, hit in enumerate(relevant, start=1):
        found += hit
        new_recall, new_precision = found / total, found / rank
        area += (new_recall - recall) * (precision + new_precision) / 2
        recall, precision = new_recall, new_precision
    return area


@given(rankings)
def test_steps_are_those_of_scikit_learn(relevant):
    scores = -np.arange(len(relevant))
    assert average_precision(np.array(relevant)) == pytest.approx(average_precision_score(relevant, scores))


@given(rankings, st.integers(0, 5))
def test_trapezoids_are_those_of_a_walk_along_the_curve(relevant, missing):
    total = sum(relevant) + missing
    found = average_precision(np.array(relevant), total, definition="trapezoid")
    assert found == pytest.approx(slow_trapezoid(relevant, total))


@given(rankings)
def test_nothing_is_better_than_all_relevant_items_first(relevant):
    for definition in ("step", "trapezoid"):
        assert average_precision(np.sort(relevant)[::-1], definition=definition) == pytest.approx(1)
        assert 0 < average_precision(np.array(relevant), definition=definition) <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1],), "got int64 of shape .2,.; expected booleans in ranked order"),
        (([[True]],), "of shape .1, 1.; expected booleans"),
        (([False, False],), "nothing is relevant, so average precision has no value"),
        (([True, True], 1), "total = 1 and 2 of those ranked are relevant"),
        (([True], None, "steps"), "definition = 'steps'; expected 'step' .* or 'trapezoid'"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_refused(arguments, message):
    with pytest.raises(BadInput, match=message):
        average_precision(*arguments)
