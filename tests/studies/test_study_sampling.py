"""The study of sampling: numbers of neighbours in their order, and for which of them the layers keep theirs."""

import numpy as np
import pytest

from repscope.measures import Score
from repscope.studies import STUDIES
from repscope.studies._sampling_figures import by_k
from repscope.studies.sampling import _neighbours

USUAL = (0.1, 0.2, 0.3, 0.4)
OTHER = (0.1, 0.3, 0.2, 0.4)


def scores(values):
    return [Score("class_similarity", v, (v, v), "made").as_dict() for v in values]


def found(by, usual=20):
    """As a file holds it, which orders by text."""
    texts = {k: by[int(k)] for k in sorted(map(str, by))}
    return {
        "usual": usual,
        "classes": scores(USUAL),
        "dimension": scores(USUAL),
        "over_k": {k: scores(values) for k, values in texts.items()},
        "similarity": np.eye(4).tolist(),
        "similarities": {k: np.eye(4).tolist() for k in texts},
        "ratios": [[1.0, 1.1, 1.2, 1.3, 1.4]] * 4,
    }


MANY = found(dict.fromkeys((602, 279, 130, 60, 28, 20), USUAL))


def test_curves_over_k_ascend():
    names = by_k("over_k", "abcd", 1297, MANY).table.partitions
    assert names == ("k = 20", "k = 28", "k = 60", "k = 130", "k = 279", "k = 602")


def test_divergences_ascend():
    result = STUDIES["sampling"]._result("abcd", (600, 1297), {600: MANY, 1297: MANY})
    rows = [row[:3] for row in result.table("divergences").rows]
    assert rows == [("k / n fixed", 600, 20), ("k / n fixed", 1297, 20)] + [
        ("n fixed", 1297, k) for k in (20, 28, 60, 130, 279, 602)
    ]


@pytest.mark.parametrize(
    ("by", "text"),
    [
        (
            {20: USUAL, 130: USUAL, 9: USUAL, 602: OTHER},
            "At every k tried from 9 to 130 the layers stand in the order of NNCS that they have at k = 20 (rank correlation "
            "0.95 or more); no longer at k = 602 (0.80).",
        ),
        (
            {20: USUAL, 28: USUAL, 60: OTHER, 130: USUAL},
            "At k = 28 the layers stand in the order of NNCS that they have at k = 20 (rank correlation 0.95 or more); no longer "
            "at k = 60 (0.80).",
        ),
        (
            {28: USUAL, 60: USUAL},
            "At every k tried from 20 to 60 the layers stand in the order of NNCS that they have at k = 20 (rank correlation "
            "0.95 or more).",
        ),
        (
            {9: OTHER, 28: OTHER, 60: USUAL},
            "The order of NNCS into which k = 20 puts the layers at n = 500 is no longer there at the next k, 9 (0.80) and 28 "
            "(0.80) (rank correlation; the same order would be 0.95 or more).",
        ),
        ({20: USUAL}, ""),
        ({}, ""),
        ({20: USUAL, 28: (0.5,) * 4, 60: USUAL}, "is no longer there at the next k, 28 (0.00)"),
    ],
    ids=["range", "one", "usual not tried", "a gap", "usual alone", "none", "flat"],
)
def test_words_about_the_order_of_layers(by, text):
    told = _neighbours(found(by), 500)
    assert told == text or (text and text in told)
