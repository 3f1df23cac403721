"""Linear classifiers: weights of the features as they came, whatever was done to these before."""

from typing import Any, final

import numpy as np
from jaxtyping import Float, Int
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from repscope.transfer.classifiers._contract import evenly_scaled


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """What is fitted has, and how it classifies.

    Attributes
    ----------
    classes_ : (c,)
    coef_ : (c or 1, d) float64
    intercept_ : (c or 1,) float64
    """

    classes_: Int[np.ndarray, " c"]
    coef_: Float[np.ndarray, "c d"]
    intercept_: Float[np.ndarray, " c"]

    def decision_function(self, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n c"]:
        """A number for each class; for two classes perhaps one alone."""
        check_is_fitted(self)
        values: Float[np.ndarray, "n c"] = X @ self.coef_.T + self.intercept_
        return values

    def predict(self, X: Float[np.ndarray, "n d"]) -> Int[np.ndarray, " n"]:
        """The class with the greatest number."""
        named: Int[np.ndarray, " n"] = self.classes_[greatest(self.decision_function(X))]
        return named


def greatest(values: Float[np.ndarray, "n c"]) -> Int[np.ndarray, " n"]:
    """The column with the greatest number; of a single column, 1 where it is above 0.

    >>> greatest(np.array([[-1.0], [2.0]])).tolist(), greatest(np.array([[3.0, 1.0]])).tolist()
    ([0, 1], [0])
    """
    if values.shape[1] == 1:
        return (values[:, 0] > 0).astype(np.int64)
    best: Int[np.ndarray, " n"] = values.argmax(axis=1)
    return best


@final
class ScaledLinear(LinearClassifier):
    """A linear classifier behind a shift and one scale, which are folded into its weights.

    Parameters
    ----------
    inner : classifier of scikit-learn
        With ``coef_`` and ``intercept_``.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def fit(self, X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"]) -> "ScaledLinear":
        """Fit."""
        from sklearn.base import clone
        from threadpoolctl import threadpool_limits

        middle, scale = X.mean(axis=0, dtype=np.float64), evenly_scaled(X)
        with threadpool_limits(1):  # many small products: with a thread for each core they wait for each other
            fitted = clone(self.inner).fit((X - middle) / scale, y)
        self.classes_ = fitted.classes_
        self.coef_ = fitted.coef_ / scale
        self.intercept_ = fitted.intercept_ - self.coef_ @ middle
        return self
