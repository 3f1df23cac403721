"""Power normalisation: large features are made smaller, signs stay."""

from typing import Any, final

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from repscope.core.errors import BadInput


@final
class SignedPower(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """z = sign(x) |x|^exponent.

    Parameters
    ----------
    exponent : float
        Above 0, at most 1, which changes nothing; 0.5 takes square roots.

    Raises
    ------
    BadInput
        On fitting, if the exponent is another.
    ValueError
        If X is no finite matrix (scikit-learn's messages).

    References
    ----------
    F. Perronnin, J. Sánchez, T. Mensink, *Improving the Fisher kernel for large-scale image classification*, ECCV 2010.

    Examples
    --------
    >>> SignedPower().fit_transform([[-4.0, 9.0]]).tolist()
    [[-2.0, 3.0]]
    """

    def __init__(self, exponent: float = 0.5) -> None:
        self.exponent = exponent

    def fit(self, X: Any, y: Any = None) -> "SignedPower":
        """Nothing is learned; the number of features is noted."""
        if not 0 < self.exponent <= 1:
            raise BadInput(
                f"SignedPower got exponent = {self.exponent!r}; expected more than 0, at most 1, such as 0.5"
            )
        validate_data(self, X, dtype=[np.float64, np.float32])
        return self

    def transform(self, X: Any) -> Float[np.ndarray, "n d"]:
        """The powers."""
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        powers: Float[np.ndarray, "n d"] = np.sign(x) * np.abs(x) ** self.exponent
        return powers

    def __sklearn_tags__(self) -> Any:
        """For scikit-learn: there is nothing to learn."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
