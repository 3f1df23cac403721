"""DeepFool: to the nearest boundary of the network made linear, again and again."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks._logits import ClassOutput
from repscope.units._intact import intact
from repscope.units._slope import slope_of
from repscope.units.adversarial._attack import Adversarial, Bounds, checked_attack, margin, outcome, within


def deepfool(
    module: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: object,
    *,
    steps: int = 50,
    overshoot: float = 0.02,
    bounds: Bounds = None,
) -> Adversarial:
    """R = Σ |f_l| / ‖w_l‖² · w_l towards the class l whose boundary is nearest, f and w the network's differences and gradients.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was; gives logits (n, classes).
    images : (n, channels, height, width) tensor
    labels : (n,) integers, or one
        The classes to leave.
    steps : int
        At most.
    overshoot : float
        By which share the sum is lengthened, to cross the boundary.
    bounds : (low, high), optional
        Of pixels. A step leaves out the pixels that it would push over them, which the clamping would take back for ever.

    Raises
    ------
    BadInput
        If a number is out of range, labels are none, or images out of bounds.

    References
    ----------
    S. Moosavi-Dezfooli, A. Fawzi, P. Frossard, DeepFool, CVPR 2016, algorithm 2.

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    >>> images = torch.rand(4, 3, 2, 2)
    >>> bool(deepfool(linear, images, linear(images).argmax(1)).found.all())
    True
    """
    if steps < 1 or overshoot < 0:
        raise BadInput(
            f"steps = {steps}, overshoot = {overshoot}; expected a step or more, and no overshoot below zero"
        )
    with intact(module), torch.enable_grad():
        given, classes = checked_attack(module, images, labels, bounds)
        output, total = ClassOutput(module), torch.zeros_like(given)
        left = torch.arange(len(given), device=given.device)
        for _ in range(steps):
            leaf = within(given[left] + (1 + overshoot) * total[left], bounds).detach().requires_grad_(True)
            logits = output(leaf)
            going = margin(logits, classes[left]) >= 0  # not yet named otherwise
            if not bool(going.any()):
                break
            step = _step(leaf, logits, classes[left], bounds)
            total[left[going]] += step[going]
            left = left[going]
        changed = within(given + (1 + overshoot) * total, bounds)
        return outcome(module, given, changed, classes, targeted=False)


def _step(leaf: Tensor, logits: Tensor, classes: Tensor, bounds: Bounds) -> Tensor:
    """To the nearest of the boundaries of the linear network, along the pixels that the bounds leave free."""
    low, high = bounds if bounds is not None else (-torch.inf, torch.inf)
    own = logits.gather(1, classes[:, None])[:, 0]
    best = torch.full_like(own, torch.inf)
    step = torch.zeros_like(leaf)
    for other in range(logits.shape[1]):
        gap = logits[:, other] - own
        slope = slope_of(gap.sum(), leaf, retain=True)
        slope = slope.masked_fill((leaf <= low) & (slope < 0) | (leaf >= high) & (slope > 0), 0.0)
        squared = slope.flatten(1).square().sum(1).clamp(min=1e-20)
        distance = gap.detach().abs() / squared.sqrt()
        nearer = (distance < best) & (classes != other)
        best = torch.where(nearer, distance, best)
        towards = (gap.detach().abs() / squared)[:, None, None, None] * slope
        step = torch.where(nearer[:, None, None, None], towards, step)
    return step
