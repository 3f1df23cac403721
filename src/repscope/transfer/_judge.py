"""How well features do, on images that nothing was fitted on."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._interval import wilson
from repscope.transfer._choice import RETRIEVAL
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer._retrieve import retrieve, same_label
from repscope.transfer.classifiers import CLASSIFIERS

FOLDS = 3


def left_out(
    features: Float[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    steps: str,
    uses: Sequence[str],
    definition: str = "step",
) -> Iterator[tuple[str, Float[np.ndarray, " n"]]]:
    """For each use, what every image gives when it is in the third that nothing was fitted on.

    Parameters
    ----------
    features : (n, d) array
    labels : (n,) integers
    steps : str
        A line of post-processing, fitted anew without each third.
    uses : sequence of str
        Classifiers, and ``retrieval``.
    definition : str
        Of average precision.

    Yields
    ------
    use, (n,) float64
        1 where the class is named rightly and 0 elsewhere; of retrieval the average precision of the image as a query among those of
        its third.

    Raises
    ------
    BadInput
        If a class has too few images to be divided, or post-processing asks for more components than two thirds have.
    """
    from sklearn.model_selection import StratifiedKFold

    fewest = int(np.unique(labels, return_counts=True)[1].min())
    least = 2 * FOLDS if RETRIEVAL in uses else FOLDS
    if fewest < least:
        raise BadInput(
            f"a class has {fewest} images; expected {least} or more of each, to leave thirds of them out: give more, or leave it out"
        )
    values = {use: np.empty(len(labels)) for use in uses}
    for fit, seen in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(features, labels):
        pipeline = postprocessing(steps)
        first, second = pipeline.fit_transform(features[fit]), pipeline.transform(features[seen])
        for use in uses:
            values[use][seen] = of_each(use, first, labels[fit], second, labels[seen], definition)[0]
    yield from values.items()


def of_each(
    use: str,
    fitted: Float[np.ndarray, "m d"],
    fitted_labels: Int[np.ndarray, " m"],
    seen: Float[np.ndarray, "n d"],
    seen_labels: Int[np.ndarray, " n"],
    definition: str = "step",
) -> tuple[Float[np.ndarray, " n"], Any]:
    """What each image seen gives, and the classifier that was fitted (None for retrieval, which is among the images seen)."""
    if use == RETRIEVAL:
        zero = np.flatnonzero(~seen.any(axis=1))
        metric = "euclidean" if len(zero) else "cosine"  # zero vectors point nowhere
        return retrieve(seen, seen, *same_label(seen_labels), definition=definition, metric=metric).precision, None
    model = CLASSIFIERS[use].estimator().fit(fitted, fitted_labels)
    return (model.predict(seen) == seen_labels).astype(np.float64), model


def scored(use: str, values: Float[np.ndarray, " n"], labels: Int[np.ndarray, " n"]) -> Score:
    """Accuracy with Wilson's interval, or mean average precision with Student's, from what each image gives."""
    from repscope.measures._mean import mean_score

    if use == RETRIEVAL:
        return mean_score(values, "mAP", "queries")
    value, n = float(values.mean()), len(values)
    chance = float(np.bincount(labels).max() / n)
    return Score("accuracy", value, wilson(value, n), "analytic, Wilson", chance, per_sample=values, details={"n": n})
