"""A linear support vector machine."""

from typing import ClassVar, final

from repscope.transfer.classifiers._contract import Classifier
from repscope.transfer.classifiers._linear import ScaledLinear


@final
class Svm(Classifier):
    """A linear support vector machine, one class against the others, C = 1, of features whose mean variance is 1.

    References
    ----------
    A. Razavian, H. Azizpour, J. Sullivan, S. Carlsson, *CNN features off-the-shelf*, CVPR workshops 2014.
    """

    title: ClassVar[str] = "Linear SVM"
    summary: ClassVar[str] = "A linear classifier with the widest margin."

    def estimator(self) -> ScaledLinear:
        """Not fitted."""
        from sklearn.svm import LinearSVC

        return ScaledLinear(LinearSVC(C=1.0, dual="auto", random_state=0, max_iter=20_000))


classifier = Svm()
