"""The class whose mean is nearest."""

from typing import Any, ClassVar, final

from repscope.transfer.classifiers._contract import Classifier


@final
class NearestMean(Classifier):
    """The class whose images' mean is at the least Euclidean distance: it needs few images of each."""

    title: ClassVar[str] = "Nearest class mean"
    summary: ClassVar[str] = "The class whose mean is nearest."

    def estimator(self) -> Any:
        """Not fitted."""
        from sklearn.neighbors import NearestCentroid

        return NearestCentroid()


classifier = NearestMean()
