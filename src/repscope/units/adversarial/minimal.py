"""The smallest change of an image with which the network names it as one likes."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks._logits import ClassOutput
from repscope.units._intact import intact
from repscope.units._slope import slope_of
from repscope.units.adversarial._attack import Adversarial, Bounds, checked_attack, margin, outcome, within

START = 10.0
"""Weight of the penalty in the beginning, per squared logit."""

GROWTH = 3.0
"""By which it grows from round to round."""


def minimal_perturbation(
    module: nn.Module,
    image: Float[Tensor, "n c h w"],
    label: object,
    *,
    bounds: Bounds = None,
    clearance: float = 0.0,
    rounds: int = 10,
    steps: int = 60,
) -> Adversarial:
    """Argmin ½ ‖r‖² with x + r named `label` and within the bounds; by L-BFGS-B and an augmented Lagrangian, from x itself.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was; gives logits (n, classes).
    image : (n, channels, height, width) tensor
        Each by itself.
    label : (n,) integers, or one
        The classes that are to be reached.
    bounds : (low, high), optional
        Of pixels.
    clearance : float
        By which the class's logit is to be above the others.
    rounds, steps : int
        Of multipliers, and of L-BFGS-B in each round, at most.

    Returns
    -------
    Adversarial
        A network is not convex: smaller changes may exist. Of a linear network it is the gap of logits over the length of the
        difference of their weights.

    Raises
    ------
    BadInput
        If a number is out of range, labels are none, or images out of bounds.

    References
    ----------
    C. Szegedy et al., Intriguing properties of neural networks, 2014, section 4.1; the margin for the loss, as in N. Carlini,
    D. Wagner, 2017.

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).double()
    >>> x = torch.rand(1, 3, 2, 2).double()
    >>> other = int(linear(x).argmin())
    >>> gap = float((linear(x)[0, 1 - other] - linear(x)[0, other]).detach())
    >>> expected = gap / float((linear[1].weight[0] - linear[1].weight[1]).norm().detach())
    >>> round(float(minimal_perturbation(linear, x, other).distance[0]) / expected, 3)
    1.0
    """
    if clearance < 0 or rounds < 1 or steps < 1:
        raise BadInput(
            f"clearance = {clearance}, rounds = {rounds}, steps = {steps}; expected a round, a step or more, no clearance below zero"
        )
    with intact(module), torch.enable_grad():
        given, wanted = checked_attack(module, image, label, bounds)
        changed = torch.cat(
            [
                _searched(module, given[i : i + 1], wanted[i : i + 1], bounds, clearance, rounds, steps)
                for i in range(len(given))
            ]
        )
        return outcome(module, given, changed, wanted, targeted=True)


def _searched(
    module: nn.Module, x: Tensor, wanted: Tensor, bounds: Bounds, clearance: float, rounds: int, steps: int
) -> Tensor:
    """Of one image; the nearest image that was seen to have the wanted name, or else the last."""
    from scipy.optimize import minimize

    output = ClassOutput(module)
    best: tuple[float, Tensor] | None = None
    start = x.double().flatten().cpu().numpy()
    edges = _edges(x, bounds)
    penalty, multiplier = START, 0.0
    change = np.zeros_like(start)

    def seen(r: Float[np.ndarray, " d"]) -> tuple[Tensor, Tensor]:
        leaf = (x.double() + torch.as_tensor(r, device=x.device).view_as(x)).to(x.dtype).requires_grad_(True)
        return leaf, margin(output(leaf), wanted)[0] - clearance

    def lagrangian(r: Float[np.ndarray, " d"]) -> tuple[float, Float[np.ndarray, " d"]]:
        leaf, above = seen(r)
        short = (multiplier / penalty - above).clamp(min=0)
        slope = slope_of(0.5 * penalty * short.square(), leaf)
        value = 0.5 * float(r @ r) + 0.5 * penalty * float(short.detach()) ** 2
        return value, r + slope.double().flatten().cpu().numpy()

    for _ in range(rounds):
        found = minimize(lagrangian, change, jac=True, method="L-BFGS-B", bounds=edges, options={"maxiter": steps})
        change = found.x
        _, above = seen(change)
        crossed = _crossing(output, x, change, wanted, bounds, clearance)
        if crossed is not None and (best is None or crossed[0] < best[0]):
            best = crossed
        multiplier = max(0.0, multiplier - penalty * float(above.detach()))
        if abs(float(above.detach())) < 1e-7:
            break
        penalty *= GROWTH
    if best is not None:
        return best[1]
    return within(seen(change)[0].detach(), bounds)


def _crossing(
    output: ClassOutput, x: Tensor, change: Float[np.ndarray, " d"], wanted: Tensor, bounds: Bounds, clearance: float
) -> tuple[float, Tensor] | None:
    """Along a change that ends about the boundary, the first image beyond it, by bisection; None if there is none near."""
    along = torch.as_tensor(change, device=x.device).view_as(x)

    def beyond(factor: float) -> Tensor | None:
        moved = within((x.double() + factor * along).to(x.dtype), bounds)
        with torch.no_grad():
            logits = output(moved)
        slack = (
            1000 * torch.finfo(logits.dtype).eps * float(logits.abs().max())
        )  # in another batch the last bits differ
        there = float(margin(logits, wanted)[0]) >= clearance + slack
        return moved if there else None

    low, high, found = 0.0, 0.0, None
    for factor in (0.9, 0.99, 1.0, 1.01, 1.1, 1.5):
        low, high, found = high, factor, beyond(factor)
        if found is not None:
            break
    if found is None:
        return None
    for _ in range(20):
        middle = (low + high) / 2
        nearer = beyond(middle)
        low, high, found = (middle, high, found) if nearer is None else (low, middle, nearer)
    return float((found - x).double().norm()), found


def _edges(x: Tensor, bounds: Bounds) -> list[tuple[float | None, float | None]] | None:
    """How far each pixel may be changed."""
    if bounds is None:
        return None
    low, high = (torch.as_tensor(edge, dtype=torch.float64).expand_as(x[0].double().cpu()).flatten() for edge in bounds)
    at = x[0].double().cpu().flatten()
    return list(zip((low - at).clamp(max=0).tolist(), (high - at).clamp(min=0).tolist(), strict=True))
