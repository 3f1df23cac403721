"""Few-shot curves: nothing of the judged images is fitted, more shots are better, refusals."""

import numpy as np
import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.transfer import few_shot


def classes(apart, n=200, d=6):
    random = np.random.default_rng(0)
    labels = np.arange(n) % 4
    return random.normal(size=(n, d)) + apart * np.eye(d)[labels], labels


@pytest.mark.parametrize("classifier", ["nearest_mean", "nearest_neighbor", "logistic", "svm"])
def test_more_images_are_better_and_none_of_noise(classifier):
    curve = few_shot(*classes(2.0), shots=(1, 5, 30), classifier=classifier, draws=5)
    means = [score.value for score in curve.scores]
    assert means == sorted(means)
    assert means[-1] > 0.7
    noise = few_shot(*classes(0.0), shots=(1, 30), classifier=classifier, draws=5)
    assert all(abs(score.value - 0.25) < 0.06 for score in noise.scores)
    assert noise.chance == 0.25


def test_the_same_seed_is_the_same_curve_and_frame_and_plot():
    first, second = (few_shot(*classes(1.0), shots=(2, 8), draws=3) for _ in range(2))
    np.testing.assert_array_equal(first.accuracies, second.accuracies)
    assert first.frame()["images of each class"].tolist() == [2, 8]
    axes = first.plot().axes[0]
    assert axes.get_xlabel() == "images of each class"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["2", "8"]


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"shots": (50,)}, BadInput, r"shots = \[50\], 10 times each, with 50 images of the smallest class; expected 1 to 49"),
    ({"shots": ()}, BadInput, "expected 1 to 49"),
    ({"draws": 0}, BadInput, "one draw or more"),
    ({"classifier": "forest"}, NotFound, "there is no 'forest' among the classifiers"),
])  # fmt: skip
def test_what_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        few_shot(*classes(1.0), **{"shots": (1,), **change})
