"""The class of the most similar image."""

from typing import Any, ClassVar, final

from repscope.transfer.classifiers._contract import Classifier


@final
class NearestNeighbor(Classifier):
    """The class of the one image at the least Euclidean distance; after ``l2``, the greatest cosine."""

    title: ClassVar[str] = "Nearest neighbour"
    summary: ClassVar[str] = "The class of the most similar image."

    def estimator(self) -> Any:
        """Not fitted."""
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(1, algorithm="brute")


classifier = NearestNeighbor()
