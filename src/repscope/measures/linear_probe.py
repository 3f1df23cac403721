"""Linear probe: how well a linear classifier tells the classes apart, on samples that it has not seen."""

from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.points import ChosenPoints, Points, as_points
from repscope.measures._canonical import Basis
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._interval import wilson
from repscope.measures._labels import class_codes
from repscope.measures._score import Score
from repscope.measures._some import chosen_samples, saying_how_many

if TYPE_CHECKING:
    import torch

FOLDS = 5

MOST = 3000
"""Samples that `analyze` looks at."""


def linear_probe(x: Any, labels: Any, C: float = 1.0) -> Score:
    """Accuracy of logistic regression, each fifth of the samples classified by a fit to the other four.

    Parameters
    ----------
    x : (n, d) array, tensor or Points
        A representation.
    labels : (n,) array, tensor or sequence of whole numbers or texts
        Classes; five samples or more of each.
    C : float
        Inverse of the penalty on the weights, as in scikit-learn, of features that are centred and divided, all by the same
        number, to a mean variance of 1.

    Returns
    -------
    Score
        0 to 1. `per_sample`: 1.0 where the class is named rightly. `null`: the share of the largest class.
        `details`: `n`, `features`, `classes`, `iterations` (the most of any fit).

    Raises
    ------
    BadInput
        If labels are missing or not classes, a class has fewer than five samples, `C` is not positive, the
        representation is constant, or features are not finite.

    Notes
    -----
    *Interval.* Wilson's, samples counted as independent: it says how far the accuracy of these fits would move with
    other samples to classify, not with other samples to fit.

    *Blind spots.* A probe says what can be read linearly, not what the network reads; with enough features any two
    classes can be told apart on the samples of the fit, which is why only unseen ones count.

    References
    ----------
    G. Alain, Y. Bengio, Understanding intermediate layers using linear classifier probes, arXiv 1610.01644 (2016).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import linear_probe
    >>> labels = np.arange(200) % 2
    >>> x = np.random.default_rng(0).normal(size=(200, 5)) + 2 * labels[:, None]
    >>> print(linear_probe(x, labels))
    linear_probe 0.99 [0.9643, 0.9973], chance 0.5
    """
    points = as_points(x)
    codes, counts = class_codes(labels, points.n, "linear_probe")
    if counts.min() < FOLDS:
        raise BadInput(
            f"linear_probe got a class of {counts.min()} samples; expected {FOLDS} or more of each: give more samples, or "
            "leave that class out"
        )
    if not C > 0 or not np.isfinite(C):
        raise BadInput(f"C = {C}; expected a positive number, such as 1.0")
    basis = Basis.of(points)
    rows = basis.u * basis.s  # the penalty does not see the turn
    rows *= (points.n * points.d) ** 0.5 / float(basis.s.norm())
    right, iterations = _classified(rows, codes, C)
    value = float(right.mean())
    return Score(
        measure="linear_probe",
        value=value,
        interval=wilson(value, points.n),
        interval_method=f"analytic, Wilson, {FOLDS}-fold cross-validated predictions",
        null=float(counts.max() / points.n),
        per_sample=right,
        details={"n": points.n, "features": points.d, "classes": len(counts), "iterations": iterations},
    )


def _classified(
    rows: "Float[torch.Tensor, 'n r']", codes: Int[np.ndarray, " n"], C: float
) -> tuple[Float[np.ndarray, " n"], int]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    array = rows.numpy()
    right, most = np.empty(len(array)), 0
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    with threadpool_limits(1):  # many small products: with a thread for each core they wait for each other
        for fit, seen in folds.split(array, codes):
            model = LogisticRegression(C=C, max_iter=10_000, tol=1e-4).fit(array[fit], codes[fit])
            right[seen] = model.predict(array[seen]) == codes[seen]
            most = max(most, int(model.n_iter_.max()))
    return right, most


@final
class LinearProbe(LayerMeasure):
    """Linear probe accuracy of every layer."""

    name: ClassVar[str] = "linear_probe"
    title: ClassVar[str] = "Linear probe accuracy"
    symbol: ClassVar[str] = "probe"
    summary: ClassVar[str] = (
        "How often a linear classifier of the layer names the class of samples that it has not seen."
    )
    needs: ClassVar[frozenset[str]] = frozenset({"activations", "labels"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    default: ClassVar[bool] = False
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale"})
    reference: ClassVar[str] = "Alain, Bengio, arXiv 1610.01644 (2016)"

    def score(self, layer: LayerView) -> Score:
        """The layer's accuracy."""
        points: Points = layer.points
        class_codes(layer.labels, points.n, self.name)
        assert layer.labels is not None
        chosen = chosen_samples(points.n, MOST)
        some = points if len(chosen) == points.n else ChosenPoints(points, chosen)
        return saying_how_many(linear_probe(some, layer.labels[chosen]), points.n, MOST)


measure = LinearProbe()
