"""The score as text, as JSON, as a frame."""

import json
import math

import numpy as np
import pandas as pd

from repscope.measures import Score

score = Score(
    "m", 0.5, (0.4, 0.6), "said", null=0.1, per_sample=np.array([0.0, 1.0]), notes=("look",), details={"n": 2}
)


def test_as_text_and_number():
    assert str(score) == "m 0.5 [0.4, 0.6], chance 0.1"
    assert str(Score("m", 2.0, (1.0, 3.0), "said")) == "m 2 [1, 3]"
    assert float(score) == 0.5


def test_there_and_back_through_json():
    read = Score.from_dict(json.loads(json.dumps(score.as_dict(), allow_nan=False)))
    assert read.as_dict() == score.as_dict()
    assert (read.value, read.interval, read.null, read.notes) == (0.5, (0.4, 0.6), 0.1, ("look",))
    assert read.per_sample is None


def test_what_json_cannot_hold_becomes_none_and_nan():
    odd = Score("m", math.nan, (0.0, math.inf), "said", details={"x": math.nan})
    fields = json.loads(json.dumps(odd.as_dict(), allow_nan=False))
    assert fields["value"] is None
    assert fields["interval"] == [0.0, None]
    read = Score.from_dict(fields)
    assert math.isnan(read.value)
    assert math.isnan(read.interval[1])
    assert read.null is None


def test_frame():
    frame = score.frame()
    expected = pd.DataFrame([{"measure": "m", "value": 0.5, "low": 0.4, "high": 0.6, "null": 0.1}])
    pd.testing.assert_frame_equal(frame, expected)
