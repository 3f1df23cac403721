"""Unit norm: the map whose outputs point where the target's point, found by descent."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np
import torch
from jaxtyping import Bool, Float

from repscope.core.errors import BadInput
from repscope.maps._estimator import MapEstimator, Solution
from repscope.maps._moments import Moments
from repscope.maps._solving import power
from repscope.maps.least_squares import LeastSquares

_TINY = 1e-12


@final
class UnitNorm(MapEstimator):
    """M and m of least Σ‖u(M x_i + m) − u(y_i)‖², u(v) = v / ‖v‖: directions count, lengths do not.

    Parameters
    ----------
    steps : int
        Most steps of the descent (L-BFGS on all pairs, from the least-squares map, in whitened coordinates of x).
    zeros : "refuse" or "leave out"
        What is done with pairs whose target is the zero vector, which points nowhere.
    tolerance : float
        The descent ends where a step gains less than this share of the loss.
    device : str, optional
        Where products are taken.

    Raises
    ------
    BadInput
        On fitting, if a target is the zero vector and zeros are refused, or there are no more pairs than dimensions.

    Notes
    -----
    The length of what is mapped means nothing, and is left near that of the least-squares map. It needs the pairs
    themselves; an atlas, which keeps moments alone, cannot solve for it.

    References
    ----------
    D. McNeely-White, R. Beveridge, B. Draper, *Inception & ResNet: Same Training, Same Features*, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(60, 3))
    >>> lengths = np.random.default_rng(1).uniform(0.1, 9, size=(60, 1))
    >>> found = UnitNorm().fit(x, lengths * (x @ [[0, 1, 0], [1, 0, 0], [0, 0, 2]]))
    >>> bool(found.map_.facts["loss"] < 1e-6)
    True
    """

    from_moments: ClassVar[bool] = False
    title: ClassVar[str] = "Unit norm"
    summary: ClassVar[str] = "The map whose outputs point where the target's point; lengths do not count."
    reference: ClassVar[str] = "McNeely-White, Beveridge and Draper 2019"

    def __init__(
        self, steps: int = 500, tolerance: float = 1e-9, zeros: str = "refuse", device: str | None = None
    ) -> None:
        self.steps = steps
        self.zeros = zeros
        self.tolerance = tolerance
        self.device = device

    def solve(self, moments: Moments, parts: Sequence[Moments] = ()) -> Solution:
        """Refused: lengths of single targets are not in the moments."""
        raise BadInput("UnitNorm needs the pairs themselves, moments are not enough; use its fit(X, Y)")

    def _fitted(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"]) -> Solution:
        from scipy.optimize import minimize

        pointing = self._pointing(y)
        left_out = len(y) - int(pointing.sum())
        x, y = x[pointing], y[pointing]
        moments = Moments.of(x, y, self.device)
        start = LeastSquares().solve(moments)
        white, rank = power(moments.x.gram / moments.n, -0.5)
        there = moments.xy.device
        inputs = (torch.as_tensor(x, device=there).double() - moments.x.mean) @ white
        inputs = torch.cat([inputs, torch.ones(len(x), 1, dtype=torch.float64, device=there)], dim=1)
        targets = torch.as_tensor(y, device=there).double()
        targets = targets / targets.abs().amax(dim=1, keepdim=True)  # squares of small numbers would be zero
        targets = targets / targets.norm(dim=1, keepdim=True)
        back, _ = power(moments.x.gram / moments.n, 0.5)
        first = torch.cat([start.weight @ back, (start.weight @ moments.x.mean + start.bias)[:, None]], dim=1)
        size = float(first.norm()) or 1.0

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            weights = torch.from_numpy(flat).to(there).reshape(first.shape).requires_grad_()
            mapped = inputs @ weights.T
            value = 2 - 2 * ((mapped * targets).sum(dim=1) / mapped.norm(dim=1).clamp(min=_TINY)).mean()
            value.backward()
            slope = weights.grad
            return float(value.detach()), np.zeros_like(flat) if slope is None else slope.cpu().numpy().ravel()

        found = minimize(
            loss, (first / size).cpu().numpy().ravel(), jac=True, method="L-BFGS-B",
            options={"maxiter": self.steps, "ftol": self.tolerance, "gtol": 1e-9},
        )  # fmt: skip
        weights = size * torch.from_numpy(found.x).to(there).reshape(first.shape)
        weight = weights[:, :-1] @ white
        notes = [] if found.nit < self.steps else [f"the descent was stopped after {self.steps} steps; give more"]
        if left_out:
            notes.append(f"{left_out} pairs whose target is the zero vector were left out")
        facts = {"n": len(x), "rank": rank, "loss": float(found.fun), "steps": int(found.nit), "notes": notes}
        return Solution(weight, weights[:, -1] - weight @ moments.x.mean, facts)

    def _pointing(self, y: Float[np.ndarray, "n e"]) -> Bool[np.ndarray, " n"]:
        """Which targets are no zero vectors."""
        if self.zeros not in ("refuse", "leave out"):
            raise BadInput(f"UnitNorm got zeros={self.zeros!r}; expected 'refuse' or 'leave out'")
        pointing: Bool[np.ndarray, " n"] = (y != 0).any(axis=1)
        if self.zeros == "refuse" and not pointing.all():
            raise BadInput(
                f"{int((~pointing).sum())} of {len(y)} targets are the zero vector, the first is row "
                f"{int(np.argmin(pointing))}: they point nowhere and cannot be normalised; leave them out (zeros='leave out')"
            )
        return pointing


kind = UnitNorm()
