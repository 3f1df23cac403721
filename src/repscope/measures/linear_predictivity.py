"""Linear predictivity: how much of one layer a linear map from the other predicts, on samples that it has not seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.points import Points
from repscope.measures._canonical import Basis
from repscope.measures._groups import groups
from repscope.measures._interval import Z95
from repscope.measures._paired import paired
from repscope.measures._prepared import PreparedMeasure
from repscope.measures._score import Score

if TYPE_CHECKING:
    import torch

MOST = 1000
"""Samples that `compare` looks at."""

PENALTIES = np.logspace(-6, 3, 19)
"""Ridge penalties that are tried, relative to the mean squared singular value of the predictors."""

SKETCH = 64
"""Directions of what is predicted from which the penalty is chosen; the map itself is fitted to all."""


def linear_predictivity(x: Any, y: Any) -> Score:
    """R² of y predicted from x by ridge regression, every sample by a map that was fitted without it.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order. Twenty or more; features may outnumber them.

    Returns
    -------
    Score
        At most 1: the share of y's variance, all features together, that the map predicts; below 0 where it predicts
        worse than y's mean. Not symmetric: call it the other way round as well. `per_sample`: 1 less the
        sample's squared error over the mean squared distance from the mean. `null`: 0. `details`: `n`, `features_x`,
        `features_y`, `penalty` (median over the groups, relative).

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If there are fewer than twenty samples, a representation is constant, or features are not finite.

    Notes
    -----
    *Fit.* Ten groups of samples are predicted in turn from the others; the penalty is chosen within these by their
    own leave-one-out error (closed form), the intercept is not penalised. R² of the fit itself, which is also
    published under this name, is 1 on noise once features outnumber samples; it is not offered.

    *Interval.* From the spread of the samples' errors, the maps being as they were fitted.

    References
    ----------
    S. Kornblith, M. Norouzi, H. Lee, G. Hinton, ICML 2019, section 4 (in-sample). D. Allen, Technometrics 16 (1974),
    for the leave-one-out error.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import linear_predictivity
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 200, 300))
    >>> linear_predictivity(x[:, :10], x[:, :10] @ noise[:10]).value > 0.999
    True
    >>> linear_predictivity(x, noise).value < 0.01
    True
    """
    first, second = paired(x, y, "linear_predictivity", 20)
    return next(_predicted(_taken(first, "the first"), [_taken(second, "the second")]))


@final
@dataclass(frozen=True, eq=False)
class Coordinates:
    """A representation in its own directions: (n, r), and how many features it had. Ridge does not see the turn."""

    rows: "Float[torch.Tensor, 'n r']"
    features: int


def _taken(points: Points, which: str) -> Coordinates:
    if points.n < 20:
        raise BadInput(f"linear_predictivity got {points.n} samples; expected 20 or more, to leave groups of them out")
    basis = Basis.of(points, which)
    return Coordinates(basis.u * basis.s, points.d)


def _predicted(x: Coordinates, targets: Sequence[Coordinates]) -> Iterator[Score]:
    """How well x predicts each of the targets; what is taken apart of x serves them all."""
    import torch

    n = len(x.rows)
    rounding = float(x.rows.norm()) * max(x.rows.shape) * torch.finfo(torch.float64).eps
    errors, spread = np.empty((len(targets), n)), np.empty((len(targets), n))
    penalties: list[list[float]] = [[] for _ in targets]
    for out in groups(n):
        left = torch.ones(n, dtype=torch.bool)
        left[torch.from_numpy(out)] = False
        ridge = Ridge(x.rows[left], rounding)
        for number, y in enumerate(targets):
            middle = y.rows[left].mean(dim=0)
            penalty, weights = ridge.fit(y.rows[left] - middle)
            apart = y.rows[~left] - middle
            errors[number, out] = (apart - ridge.centred(x.rows[~left]) @ weights).square().sum(dim=1).numpy()
            spread[number, out] = apart.square().sum(dim=1).numpy()
            penalties[number].append(penalty)
    for number, y in enumerate(targets):
        yield _score(errors[number], spread[number], x.features, y.features, float(np.median(penalties[number])))


def _score(
    errors: Float[np.ndarray, " n"], spread: Float[np.ndarray, " n"], features_x: int, features_y: int, penalty: float
) -> Score:
    n = len(errors)
    ratio = float(errors.sum() / spread.sum())
    # of a ratio of sums, by its linear part
    half = Z95 * float(np.sqrt(np.sum((errors - ratio * spread) ** 2) * n / (n - 1)) / spread.sum())
    return Score(
        measure="linear_predictivity",
        value=1 - ratio,
        interval=(1 - ratio - half, min(1.0, 1 - ratio + half)),
        interval_method="analytic, ratio of sums over samples that the map has not seen",
        null=0.0,
        per_sample=1 - errors / spread.mean(),
        details={"n": n, "features_x": features_x, "features_y": features_y, "penalty": penalty},
    )


@final
class Ridge:
    """Ridge regression from one matrix to any number of others, with the penalty that predicts each row best.

    With x = U S Vᵀ centred, the fit is U diag(s² / (s² + λ)) Uᵀ y, and the error of row i without it is its
    residual over 1 − h_i, h_i = 1/m + Σ_j u_ij² s_j² / (s_j² + λ).

    Parameters
    ----------
    x : (m, r)
    rounding : float
        Singular values up to this are none: x is constant where it has no others, and predicts the mean.
    """

    def __init__(self, x: "Float[torch.Tensor, 'm r']", rounding: float = 0.0) -> None:
        import torch

        self.middle = x.mean(dim=0)
        u, s, vt = torch.linalg.svd(x - self.middle, full_matrices=False)
        keep = s > max(1e-12 * float(s[0]), rounding)
        self.u, self.s, self.vt = u[:, keep], s[keep], vt[keep]
        self.scale = float(self.s.square().mean()) if len(self.s) else 1.0

    def centred(self, rows: "Float[torch.Tensor, 'b r']") -> "Float[torch.Tensor, 'b r']":
        """Rows less the mean of those fitted."""
        return rows - self.middle

    def fit(self, y: "Float[torch.Tensor, 'm q']") -> "tuple[float, Float[torch.Tensor, 'r q']]":
        """The penalty and the weights, y being centred."""
        penalty = self._best(sketched(y)) * self.scale
        weights = self.vt.T @ ((self.s / (self.s.square() + penalty))[:, None] * (self.u.T @ y))
        return penalty / self.scale, weights

    def _best(self, y: "Float[torch.Tensor, 'm q']") -> float:
        """The penalty with the least leave-one-out error."""
        uy = self.u.T @ y
        errors = []
        for penalty in PENALTIES:
            shrink = self.s.square() / (self.s.square() + penalty * self.scale)
            leverage = 1 / len(y) + (self.u.square() @ shrink)
            residual = (y - self.u @ (shrink[:, None] * uy)) / (1 - leverage).clamp(min=1e-9)[:, None]
            errors.append(float(residual.square().sum()))
        return float(PENALTIES[int(np.argmin(errors))])


def sketched(y: "Float[torch.Tensor, 'm q']") -> "Float[torch.Tensor, 'm p']":
    """At most SKETCH random directions of y, in which the expected sum of squares of any combination of rows is y's own."""
    import torch

    if y.shape[1] <= SKETCH:
        return y
    generator = torch.Generator().manual_seed(0)
    directions: torch.Tensor = torch.randn((y.shape[1], SKETCH), generator=generator, dtype=y.dtype) / SKETCH**0.5
    return y @ directions


@final
class LinearPredictivity(PreparedMeasure[Coordinates]):
    """R² of every layer predicted from every other: rows predict columns."""

    name: ClassVar[str] = "linear_predictivity"
    title: ClassVar[str] = "Linear predictivity"
    symbol: ClassVar[str] = "R²"
    summary: ClassVar[str] = (
        "How much of the second layer a linear map from the first predicts, on samples that it has not seen: 1 for "
        "all of it, 0 for no more than its mean."
    )
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale"})
    reference: ClassVar[str] = "Kornblith et al., ICML 2019"
    symmetric: ClassVar[bool] = False
    higher_means_closer: ClassVar[bool] = True
    most: ClassVar[int | None] = MOST

    def prepare(self, points: Points, which: str) -> Coordinates:
        """A layer in its own directions."""
        return _taken(points, which)

    def answer(self, first: Coordinates, second: Coordinates) -> Score:
        """How well the first predicts the second."""
        return next(_predicted(first, [second]))

    def answers(self, first: Coordinates, seconds: Sequence[Coordinates]) -> Iterator[Score]:
        """How well the first predicts each of the others."""
        return _predicted(first, seconds)


measure = LinearPredictivity()
