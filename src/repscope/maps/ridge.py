"""Ridge: least squares with a price on large weights, whose strength is given or found."""

from collections.abc import Sequence
from typing import Any, ClassVar, final

import numpy as np
import torch

from repscope.core.errors import BadInput
from repscope.maps._estimator import MapEstimator, Solution
from repscope.maps._moments import Moments

STRENGTHS = tuple(float(s) for s in np.logspace(-6, 3, 20))
"""Strengths that are tried, as shares of the mean eigenvalue of the moments of x."""

PARTS = 5


@final
class Ridge(MapEstimator):
    """M and m of least Σ‖M x_i + m − y_i‖² + α ‖M‖²; the intercept m is not penalised.

    Parameters
    ----------
    alpha : float, "cv" or "gcv"
        The strength. ``"cv"`` chooses among 20 by the exact squared error on five parts left out in turn, ``"gcv"`` by
        generalised cross-validation.
    relative : bool
        Whether a number is relative to the mean eigenvalue of Σ(x − x̄)(x − x̄)ᵀ, so that it means the same for any
        number of pairs and any unit: α = 1 is a fifth of it for 2,700 unit vectors in 512 dimensions, and nothing for a
        million images.
    intercept : bool
        Whether there is an m; without, as in the later of the papers, the map goes through the origin.
    strengths : sequence of float, optional
        Those among which ``"cv"`` and ``"gcv"`` choose, relative.
    device : str, optional
        Where products are taken.

    Raises
    ------
    BadInput
        On fitting, if the strength is not a number above 0, ``"cv"`` or ``"gcv"``.

    Notes
    -----
    Fewer pairs than dimensions are allowed; `map_.facts` then holds a warning. The objective is a sum, not a mean:
    every pair twice is as half the strength. Maps follow turns and shifts of x, not changes of the units of single
    dimensions.

    References
    ----------
    A. Hoerl, R. Kennard, Technometrics 12 (1970). G. Golub, M. Heath, G. Wahba, Technometrics 21 (1979), for ``"gcv"``.
    D. McNeely-White, B. Sattelberg, N. Blanchard, R. Beveridge, *Exploring the Interchangeability of CNN Embedding
    Spaces* (α = 1, no intercept: ``Ridge(1.0, intercept=False)``).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(20, 40))
    >>> found = Ridge("cv").fit(x, x[:, :2])
    >>> found.map_.facts["alpha"] > 0, found.map_.facts["notes"]
    (True, ['20 pairs for 40 dimensions: between pairs the map follows the penalty alone'])
    """

    title: ClassVar[str] = "Ridge"
    summary: ClassVar[str] = "Least squares with a price on large weights; the intercept is free."
    reference: ClassVar[str] = "Hoerl and Kennard 1970"

    def __init__(
        self,
        alpha: float | str = 1.0,
        relative: bool = False,
        intercept: bool = True,
        strengths: Sequence[float] | None = None,
        device: str | None = None,
    ) -> None:
        self.alpha = alpha
        self.relative = relative
        self.intercept = intercept
        self.strengths = strengths
        self.device = device

    @property
    def parts(self) -> int:  # type: ignore[override]
        """Five, to choose by leaving them out."""
        return PARTS if self.alpha == "cv" else 0

    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """From moments; for ``"cv"`` those of the parts too."""
        if not self.intercept:
            moments, parts = moments.about_zero(), [part.about_zero() for part in parts]
        notes = _notes(moments)
        facts: dict[str, Any] = {"n": moments.n, "notes": notes}
        if isinstance(self.alpha, str):
            tried = [s * moments.x.size for s in (self.strengths or STRENGTHS)]
            if self.alpha == "cv":
                # strengths are relative to the sum of products, which grows with n: on the parts too
                errors = left_out_errors(moments, parts, self.strengths or STRENGTHS)
                facts["left_out_error"] = float(errors.min()) / moments.n
            elif self.alpha == "gcv":
                errors = generalised_errors(moments, tried, intercept=self.intercept)
            else:
                raise BadInput(f"ridge got alpha={self.alpha!r}; expected a number above 0, 'cv' or 'gcv'")
            best = int(np.argmin(errors))
            alpha = tried[best]
            if best in (0, len(tried) - 1):
                notes.append(f"the strength is the {'least' if best == 0 else 'largest'} of those tried")
        else:
            if not 0 < self.alpha < float("inf"):
                raise BadInput(f"ridge got alpha={self.alpha!r}; expected a number above 0, 'cv' or 'gcv'")
            alpha = float(self.alpha) * (moments.x.size if self.relative else 1.0)
        facts |= {"alpha": alpha, "relative_alpha": alpha / moments.x.size if moments.x.size else float("nan")}
        return Solution.about_means(penalised(moments, alpha), moments, **facts)


def penalised(moments: Moments, alpha: float) -> torch.Tensor:
    """M = Yᵀ X (Xᵀ X + α)⁻¹, by Cholesky, or from the eigenvectors if those are known already."""
    if "eigen" in vars(moments.x):
        values, vectors = moments.x.eigen
        return ((vectors / (values + alpha)) @ (vectors.T @ moments.xy)).T
    lifted = moments.x.gram + alpha * torch.eye(moments.x.d, dtype=torch.float64, device=moments.xy.device)
    factor, failed = torch.linalg.cholesky_ex(lifted)
    if int(failed):  # a strength that is lost in rounding beside the largest eigenvalue
        values, vectors = moments.x.eigen
        return ((vectors / (values + alpha)) @ (vectors.T @ moments.xy)).T
    return torch.cholesky_solve(moments.xy, factor).T


def left_out_errors(moments: Moments, parts: Sequence[Moments], strengths: Sequence[float]) -> np.ndarray:
    """Squared error on every part of the map fitted to the others, summed over parts, for each relative strength.

    With X'ᵀ X' = V diag(s) Vᵀ of the others, P = Vᵀ X'ᵀ Y', and Q, R the part's moments turned by V, the error of
    M = Pᵀ diag(1 / (s + α)) Vᵀ is tr Y ᵀ Y − 2 Σ_a D_a (P ∘ R)_a + Σ_ab D_a D_b Q_ab (P Pᵀ)_ab: the data are not
    touched again, and a strength costs d² numbers.
    """
    if len(parts) < 2:
        raise BadInput(f"ridge got {len(parts)} parts of the pairs; expected two or more to choose the strength by")
    total = np.zeros(len(strengths))
    for part in parts:
        rest = moments - part
        values, vectors = rest.x.eigen
        projected, there = vectors.T @ rest.xy, vectors.T @ part.xy
        inner = (projected * there).sum(dim=1)
        pairs = rest.x.turned(part.x) * (projected @ projected.T)
        # the part's mean as the map of the others sees it
        away_x, away_y = vectors.T @ (part.x.mean - rest.x.mean), part.y.mean - rest.y.mean
        for number, strength in enumerate(strengths):
            shrink = 1 / (values + strength * rest.x.size)
            offset = (shrink * away_x) @ projected - away_y
            total[number] += float(
                part.y.spread - 2 * shrink @ inner + shrink @ pairs @ shrink + part.n * offset @ offset
            )
    return total


def generalised_errors(moments: Moments, alphas: Sequence[float], intercept: bool) -> np.ndarray:
    """Generalised cross-validation: n RSS / (n − tr H)² for each strength; an intercept takes one of n more."""
    values, vectors = moments.x.eigen
    projected = (vectors.T @ moments.xy).square().sum(dim=1)
    out = []
    for alpha in alphas:
        shrink = 1 / (values + alpha)
        rss = float(moments.y.spread - 2 * shrink @ projected + (shrink.square() * values) @ projected)
        free = moments.n - intercept - float((values * shrink).sum())
        out.append(moments.n * max(rss, 0.0) / free**2 if free > 0 else np.inf)
    return np.array(out)


def _notes(moments: Moments) -> list[str]:
    d = moments.x.d
    if moments.n > d:
        return []
    return [f"{moments.n} pairs for {d} dimensions: between pairs the map follows the penalty alone"]


kind = Ridge("cv")
