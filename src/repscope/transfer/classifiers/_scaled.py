"""Linear classifiers of features that are centred and evenly scaled, with the weights of the features as they came."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from repscope.transfer.classifiers._contract import evenly_scaled


class ScaledLinear(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A linear classifier behind a shift and one scale, which are folded into its weights.

    Parameters
    ----------
    inner : classifier of scikit-learn
        With ``coef_`` and ``intercept_``.

    Attributes
    ----------
    classes_ : (c,)
    coef_ : (c or 1, d) float64
    intercept_ : (c or 1,) float64
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
        self.coef_: Float[np.ndarray, "c d"] = fitted.coef_ / scale
        self.intercept_: Float[np.ndarray, " c"] = fitted.intercept_ - self.coef_ @ middle
        return self

    def decision_function(self, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n c"]:
        """A number for each class; for two classes one alone."""
        check_is_fitted(self)
        values: Float[np.ndarray, "n c"] = X @ self.coef_.T + self.intercept_
        return values

    def predict(self, X: Float[np.ndarray, "n d"]) -> Int[np.ndarray, " n"]:
        """The class with the greatest number."""
        values = self.decision_function(X)
        best = (values[:, 0] > 0).astype(np.int64) if values.shape[1] == 1 else values.argmax(axis=1)
        named: Int[np.ndarray, " n"] = self.classes_[best]
        return named
