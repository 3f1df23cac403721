"""The class whose mean is nearest."""

from typing import ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.transfer.classifiers._contract import Classifier
from repscope.transfer.classifiers._linear import LinearClassifier


@final
class MeanClassifier(LinearClassifier):
    """The class whose mean is at the least Euclidean distance: argmin |x − μ|² is argmax 2 μ·x − |μ|², a linear classifier."""

    def fit(self, X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"]) -> "MeanClassifier":
        """Means, in float64."""
        self.classes_ = np.unique(y)
        means = np.stack([X[y == label].mean(axis=0, dtype=np.float64) for label in self.classes_])
        self.coef_: Float[np.ndarray, "c d"] = 2 * means
        self.intercept_: Float[np.ndarray, " c"] = -(means**2).sum(axis=1)
        return self


@final
class NearestMean(Classifier):
    """The class whose images' mean is at the least Euclidean distance: it needs few images of each."""

    title: ClassVar[str] = "Nearest class mean"
    summary: ClassVar[str] = "The class whose mean is nearest."

    def estimator(self) -> MeanClassifier:
        """Not fitted."""
        return MeanClassifier()


classifier = NearestMean()
