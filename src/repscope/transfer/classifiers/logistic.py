"""Logistic regression."""

from typing import ClassVar, final

from repscope.transfer.classifiers._contract import Classifier
from repscope.transfer.classifiers._linear import ScaledLinear


@final
class Logistic(Classifier):
    """Logistic regression with C = 1, of features whose mean variance is 1."""

    title: ClassVar[str] = "Logistic regression"
    summary: ClassVar[str] = "A linear classifier that gives probabilities."

    def estimator(self) -> ScaledLinear:
        """Not fitted."""
        from sklearn.linear_model import LogisticRegression

        return ScaledLinear(LogisticRegression(C=1.0, max_iter=10_000, tol=1e-4))


classifier = Logistic()
