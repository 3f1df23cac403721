"""Few-shot curves: how accuracy grows with the number of labelled images of each class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.measures._labels import class_codes
from repscope.transfer._accuracy_curve import AccuracyCurve
from repscope.transfer._judge import of_each
from repscope.transfer._postprocessing import postprocessing


def few_shot(
    features: Any,
    labels: Any,
    shots: Sequence[int] = (1, 2, 5, 10, 20),
    classifier: str = "nearest_mean",
    steps: str = "l2",
    draws: int = 10,
    seed: int = 0,
) -> AccuracyCurve:
    """Accuracy of a classifier that has so many images of each class, on all images that it has not.

    Parameters
    ----------
    features : (n, d) array or tensor
        A layer, or descriptors of it.
    labels : (n,) whole numbers or texts
    shots : sequence of int
        Images of each class; fewer than the smallest class has.
    classifier : str
        A name among the classifiers.
    steps : str
        A line of post-processing, fitted on the labelled images alone; one of a few can hardly be whitened.
    draws : int
        How often the images are drawn anew.
    seed : int

    Raises
    ------
    BadInput
        If a class has not so many images, and one more to judge by.
    NotFound
        If there is no such classifier.

    Examples
    --------
    >>> labels = np.arange(120) % 3
    >>> x = np.random.default_rng(0).normal(size=(120, 8)) + 2 * np.eye(8)[labels]
    >>> curve = few_shot(x, labels, (1, 20))
    >>> [score.value > 0.5 for score in curve.scores], curve.scores[1].value > curve.scores[0].value
    ([True, True], True)
    """
    matrix = checked(features, "the features")
    codes, counts = class_codes(labels, len(matrix), "few_shot")
    fewest = int(counts.min())
    if not shots or min(shots) < 1 or max(shots) >= fewest or draws < 1:
        raise BadInput(
            f"shots = {list(shots)}, {draws} times each, with {fewest} images of the smallest class; expected 1 to {fewest - 1}, one draw or more"
        )
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(codes == code) for code in range(len(counts))]
    accuracies = np.empty((len(shots), draws))
    for draw in range(draws):
        orders = [random.permutation(rows) for rows in members]  # those of fewer shots are among those of more
        for row, count in enumerate(shots):
            fit: Int[np.ndarray, " m"] = np.sort(np.concatenate([order[:count] for order in orders]))
            seen = np.setdiff1d(np.arange(len(matrix)), fit)
            pipeline = postprocessing(steps).fit(matrix[fit])
            first, second = pipeline.transform(matrix[fit]), pipeline.transform(matrix[seen])
            accuracies[row, draw] = of_each(classifier, first, codes[fit], second, codes[seen])[0].mean()
    return AccuracyCurve("images of each class", tuple(shots), accuracies, float(counts.max() / len(matrix)))
