"""What every classifier is."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from jaxtyping import Float
from numpy import ndarray

from repscope.core.registry import Registry


class Classifier(ABC):
    """A classifier of vectors. A file of this folder defines one instance under the name `classifier`."""

    title: ClassVar[str]
    """Its name, for people."""
    summary: ClassVar[str]
    """One sentence."""

    @abstractmethod
    def estimator(self) -> Any:
        """A new scikit-learn classifier, not fitted."""


CLASSIFIERS: Registry[Classifier] = Registry("repscope.transfer.classifiers", "classifier", Classifier)  # type: ignore[type-abstract]


def evenly_scaled(rows: Float[ndarray, "n d"]) -> float:
    """By what features are to be divided, all by the same, so that their mean variance is 1: a penalty on weights then means the same
    at every layer.

    >>> import numpy as np
    >>> round(evenly_scaled(np.array([[0.0, 0.0], [4.0, 0.0]])), 3)
    1.414
    """
    spread = float(rows.astype("float64").var(axis=0).mean())
    return spread**0.5 if spread > 0 else 1.0
