"""What every kind of map is: a scikit-learn regressor that solves from moments, so that an atlas can ask it too."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from repscope.core.errors import BadInput
from repscope.core.registry import Registry
from repscope.maps._embeddings import Embeddings, paired_by_id
from repscope.maps._linear_map import LinearMap
from repscope.maps._moments import Moments
from repscope.maps._space import Profile, Space


@final
@dataclass(frozen=True, eq=False)
class Solution:
    """A map as it was solved: y = M x + m, and what is known of it."""

    weight: Float[Tensor, "e d"]
    bias: Float[Tensor, " e"]
    facts: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def about_means(weight: Float[Tensor, "e d"], moments: Moments, **facts: Any) -> "Solution":
        """With the bias that takes the mean of x to the mean of y; it is never penalised."""
        return Solution(weight, moments.y.mean - weight @ moments.x.mean, facts)


class MapEstimator(MultiOutputMixin, RegressorMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A kind of map between embedding spaces.

    A file of this folder defines one subclass and an instance of it under the name `kind`, with the parameters that it
    has when it is asked for by name.
    """

    from_moments: ClassVar[bool] = True
    """Whether it can be solved from moments, without the pairs themselves."""
    title: ClassVar[str]
    """Its name, for people."""
    summary: ClassVar[str]
    """One sentence: what it minimises, among which maps."""
    reference: ClassVar[str] = ""
    """The paper, and the equation."""
    parts: ClassVar[int] = 0
    """Parts that the pairs are divided into, where something is chosen by leaving parts out."""

    @abstractmethod
    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """The map of these pairs; `parts` are the moments of the parts that the pairs are divided into."""

    def fit(self, X: Any, Y: Any) -> "MapEstimator":
        """Fit the map from the rows of X to those of Y.

        Parameters
        ----------
        X : (n, d) array or tensor
        Y : (n, e) or (n,) array or tensor
            The same n samples in the same order.

        Returns
        -------
        self
            With `map_`, a `LinearMap`; `n_features_in_`.

        Raises
        ------
        BadInput
            If there are too few pairs for this kind of map.
        ValueError
            If X or Y are no finite matrices of equally many rows (scikit-learn's messages).
        """
        x, given = _checked(self, X, Y)
        self._flat = given.ndim == 1
        y = given.reshape(len(given), -1)
        solution = self._fitted(x, y)
        self.map_ = named(solution, Space("source", x.shape[1]), Space("target", y.shape[1]), self, profiles_of(x, y))
        return self

    def _fitted(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"]) -> Solution:
        """From the data: by moments, unless a kind of map needs more than those."""
        device = getattr(self, "device", None)
        if not self.parts:
            return self.solve(Moments.of(x, y, device))
        count = min(self.parts, len(x) // 2)
        if count < 2:
            raise BadInput(
                f"{len(x)} pairs cannot be divided to choose by; expected four or more, or give the strength"
            )
        # always the same parts, drawn at random: rows may come in the order of their classes
        order = np.random.default_rng(0).permutation(len(x))
        parts = [Moments.of(x[np.sort(rows)], y[np.sort(rows)], device) for rows in np.array_split(order, count)]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole + part
        return self.solve(whole, parts)

    def predict(self, X: Any) -> Float[np.ndarray, "..."]:
        """The rows of X, mapped.

        Parameters
        ----------
        X : (n, d) array

        Returns
        -------
        (n, e) array, or (n,) if Y was a vector
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        mapped: Float[np.ndarray, "n e"] = x.astype(np.float64) @ self.map_.weight.T + self.map_.bias
        return mapped[:, 0] if self._flat else mapped


MAPS: Registry[MapEstimator] = Registry("repscope.maps", "kind", MapEstimator)  # type: ignore[type-abstract]


def fit_map(source: Embeddings, target: Embeddings, kind: "str | MapEstimator" = "ridge") -> LinearMap:
    """The map of a kind between embeddings of the same samples; it bears the names of their spaces.

    Parameters
    ----------
    source, target : Embeddings
        Of the same ids, in any order.
    kind : str or MapEstimator
        By name (``"ridge"`` is cross-validated), or with its parameters.

    Raises
    ------
    Mismatch
        If the samples are others.
    NotFound
        If there is no kind of that name.
    BadInput
        If there are too few samples for it.

    Examples
    --------
    >>> old = Embeddings.of(np.random.default_rng(0).normal(size=(50, 3)), "old")
    >>> found = fit_map(old, Embeddings.of(2 * old.vectors, "new"), "least_squares")
    >>> found.source.name, found.target.name, bool(np.allclose(found.weight, 2 * np.eye(3)))
    ('old', 'new', True)
    """
    first, second = paired_by_id(source, target)
    estimator = MAPS[kind] if isinstance(kind, str) else kind
    found: LinearMap = clone(estimator).fit(first.vectors, second.vectors).map_
    return LinearMap(found.weight, found.bias, first.space, second.space, found.facts, found.profiles)


def named(
    solution: Solution,
    source: Space,
    target: Space,
    kind: MapEstimator,
    profiles: tuple[Profile, Profile] | None = None,
) -> LinearMap:
    """A solution as a map between two spaces."""
    parameters = {k: v for k, v in kind.get_params().items() if isinstance(v, (bool, int, float, str))}
    return LinearMap(
        solution.weight.cpu().numpy(),
        solution.bias.cpu().numpy(),
        source,
        target,
        {"kind": type(kind).__name__, "parameters": parameters, **solution.facts},
        profiles,
    )


def profiles_of(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"]) -> tuple[Profile, Profile]:
    """What both sides look like on the pairs."""
    return Profile.of(x), Profile.of(y)


def _checked(kind: MapEstimator, X: Any, Y: Any) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n *e"]]:
    given = [side.detach().cpu().numpy() if hasattr(side, "detach") else side for side in (X, Y)]
    x, y = validate_data(
        kind,
        given[0],
        given[1],
        dtype=[np.float64, np.float32],
        multi_output=True,
        ensure_min_samples=2,
        y_numeric=True,
    )
    y = np.asarray(y)
    return x, y if y.dtype == np.float32 else y.astype(np.float64)
