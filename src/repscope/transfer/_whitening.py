"""Principal components, whitened as far as is wanted, of as many directions as the samples have."""

from typing import Any, final

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from repscope.core.errors import BadInput


@final
class Whitening(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """z = diag(s)^-power V (x − x̄), where V holds the principal directions and s the standard deviations along them.

    Parameters
    ----------
    components : int, optional
        How many directions, those of greatest variance first; by default as many as the samples have. n samples span n − 1 of
        them at most, whatever their dimensions: what is left has no variance, and dividing by its rounding errors is how
        whitening by an inverse goes wrong.
    power : float
        1 makes the variance along every direction 1, so that the covariance of the samples of the fit is the identity; 0 leaves
        the principal components as they are (PCA); between, part of the way.

    Attributes
    ----------
    mean_ : (d,) float64
    directions_ : (components, d) float64
        Orthonormal; of each, the entry of greatest size is positive.
    deviations_ : (components,) float64
        Along the directions, with n − 1 in the denominator.
    rank_ : int
        Directions that the samples have: singular values above max(n, d) · ε · the largest, ε of the type that came.

    Raises
    ------
    BadInput
        On fitting, if more components are asked for than the samples have, or power is negative.
    ValueError
        If X is no finite matrix of two rows or more (scikit-learn's messages).

    References
    ----------
    H. Jégou, O. Chum, *Negative evidences and co-occurrences in image retrieval*, ECCV 2012. A. Babenko, V. Lempitsky, ICCV 2015,
    equation 4.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(50, 3)) @ [[3, 1, 0], [0, 1, 0], [0, 0, 0.1]]
    >>> bool(np.allclose(np.cov(Whitening().fit_transform(x).T), np.eye(3)))
    True
    >>> few = np.random.default_rng(0).normal(size=(10, 64))
    >>> Whitening().fit(few).rank_
    9
    """

    def __init__(self, components: int | None = None, power: float = 1.0) -> None:
        self.components = components
        self.power = power

    def fit(self, X: Any, y: Any = None) -> "Whitening":
        """Find the directions.

        Parameters
        ----------
        X : (n, d) array
        y : ignored

        Returns
        -------
        self
        """
        if not self.power >= 0 or not np.isfinite(self.power):
            raise BadInput(f"Whitening got power = {self.power!r}; expected 0 (none) to 1 (all of it)")
        x = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        exact = x.astype(np.float64)
        self.mean_ = exact.mean(axis=0)
        _, s, vt = np.linalg.svd(exact - self.mean_, full_matrices=False)
        cutoff = max(x.shape) * np.finfo(x.dtype).eps * (float(s[0]) if len(s) else 0.0)
        self.rank_ = int((s > cutoff).sum())
        wanted = self.rank_ if self.components is None else self.components
        if self.rank_ == 0:
            raise BadInput(f"all {len(x)} samples are the same, so there are no directions; take another layer")
        if not 1 <= wanted <= self.rank_:
            raise BadInput(
                f"Whitening got components = {wanted!r} and {len(x)} samples of {x.shape[1]} features, which have {self.rank_} "
                f"directions; expected 1 to {self.rank_}, or more samples"
            )
        rows = vt[:wanted]
        signs = np.sign(rows[np.arange(wanted), np.abs(rows).argmax(axis=1)])
        self.directions_: Float[np.ndarray, "k d"] = rows * signs[:, None]
        self.deviations_: Float[np.ndarray, " k"] = s[:wanted] / np.sqrt(len(x) - 1)
        return self

    def transform(self, X: Any) -> Float[np.ndarray, "n k"]:
        """The samples along the directions.

        Parameters
        ----------
        X : (n, d) array

        Returns
        -------
        (n, components) array
            In the precision that came.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        along = (x.astype(np.float64) - self.mean_) @ self.directions_.T
        scaled: Float[np.ndarray, "n k"] = (along / self.deviations_**self.power).astype(x.dtype)
        return scaled

    @property
    def _n_features_out(self) -> int:
        """For scikit-learn's names of features."""
        return len(self.directions_)
