"""Trap 35: two definitions of average precision, 0.04 apart on one ranking, under one name. Ours are named, and in the score."""

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.transfer import average_precision, retrieve


def test_the_two_differ_and_each_is_named():
    relevant = np.array([False, True, True, False, True, False, False, True])
    step, trapezoid = (average_precision(relevant, definition=name) for name in ("step", "trapezoid"))
    assert abs(step - trapezoid) > 0.04  # the trap
    queries, gallery = np.array([[1.0, 0.0]]), np.array([[1.0, 0.1], [1.0, 0.2], [1.0, 0.3]])
    for name in ("step", "trapezoid"):
        assert retrieve(queries, gallery, [[1]], definition=name).score.measure == f"mAP ({name})"


@pytest.mark.usefixtures("unchecked")
def test_any_other_name_is_refused():
    with pytest.raises(BadInput, match=r"definition = 'interpolated'; expected 'step' .* or 'trapezoid'"):
        average_precision([True], definition="interpolated")
