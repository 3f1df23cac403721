"""Attacks along the gradient: one step (FGSM), and many, projected back into a ball (PGD)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from repscope.core.errors import BadInput, nearest
from repscope.networks._logits import ClassOutput
from repscope.units._intact import intact
from repscope.units._slope import slope_of
from repscope.units.adversarial._attack import Adversarial, Bounds, checked_attack, outcome, within

NORMS = ("inf", "2")


def fgsm(
    module: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: object,
    epsilon: float,
    *,
    bounds: Bounds = None,
    targeted: bool = False,
) -> Adversarial:
    """X + ε sign(∂ loss / ∂ x): one step against the labels, or towards them.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was; gives logits (n, classes).
    images : (n, channels, height, width) tensor
        As the module takes them.
    labels : (n,) integers, or one
        True classes; or wanted ones.
    epsilon : float
        In the module's units.
    bounds : (low, high), optional
        Of pixels.
    targeted : bool
        Whether labels are to be reached.

    Raises
    ------
    BadInput
        If epsilon is below zero, labels are none, or images out of bounds.

    References
    ----------
    I. Goodfellow, J. Shlens, C. Szegedy, Explaining and harnessing adversarial examples, 2015.

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    >>> found = fgsm(linear, torch.rand(4, 3, 2, 2), 0, 0.1, bounds=(0, 1))
    >>> bool((found.greatest <= 0.1 + 1e-6).all())
    True
    """
    return pgd(
        module,
        images,
        labels,
        epsilon,
        steps=1,
        rate=epsilon,
        norm="inf",
        bounds=bounds,
        targeted=targeted,
        start="image",
    )


def pgd(
    module: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: object,
    epsilon: float,
    *,
    norm: str = "inf",
    steps: int = 20,
    rate: float | None = None,
    bounds: Bounds = None,
    targeted: bool = False,
    start: str = "random",
    seed: int = 0,
) -> Adversarial:
    """Steps along the gradient of the loss, each projected back into the ball of radius ε and into the bounds.

    Parameters
    ----------
    module, images, labels, epsilon, bounds, targeted
        As for `fgsm`.
    norm : {"inf", "2"}
        Of the ball; steps follow the gradient's sign, or the gradient at length one.
    steps : int
    rate : float, optional
        Length of a step; 2.5 ε / steps by default.
    start : {"random", "image"}
        Where in the ball to begin.
    seed : int

    Raises
    ------
    BadInput
        If a number is out of range, labels are none, or images out of bounds.

    References
    ----------
    A. Madry et al., Towards deep learning models resistant to adversarial attacks, 2018.

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    >>> found = pgd(linear, torch.rand(4, 3, 2, 2), 0, 0.5, norm="2")
    >>> bool((found.distance <= 0.5 + 1e-6).all())
    True
    """
    if str(norm) not in NORMS:
        raise BadInput(f"there is no norm {norm!r}; {nearest(str(norm), NORMS)}")
    if start not in ("random", "image"):
        raise BadInput(f"start = {start!r}; expected 'random' or 'image'")
    if epsilon < 0 or steps < 1 or (rate is not None and rate < 0):
        raise BadInput(
            f"epsilon = {epsilon}, steps = {steps}, rate = {rate}; expected none below zero, and a step or more"
        )
    length = 2.5 * epsilon / steps if rate is None else rate
    with intact(module), torch.enable_grad():
        given, classes = checked_attack(module, images, labels, bounds)
        output, changed = ClassOutput(module), given
        if start == "random":
            drawn = torch.rand(given.shape, generator=torch.Generator().manual_seed(seed)).to(given)
            changed = within(_projected(given + epsilon * (2 * drawn - 1), given, epsilon, norm), bounds)
        for _ in range(steps):
            leaf = changed.detach().clone().requires_grad_(True)
            slope = slope_of(cross_entropy(output(leaf), classes, reduction="sum"), leaf)
            slope = -slope if targeted else slope
            if norm == "inf":
                step = slope.sign()
            else:
                step = slope / slope.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
            changed = within(_projected(changed + length * step, given, epsilon, norm), bounds)
        return outcome(module, given, changed, classes, targeted)


def _projected(images: Tensor, center: Tensor, epsilon: float, norm: str) -> Tensor:
    """The nearest images in the ball."""
    change = images - center
    if norm == "inf":
        return center + change.clamp(-epsilon, epsilon)
    lengths = change.flatten(1).norm(dim=1)
    moved: Tensor = center + change * (epsilon / lengths.clamp(min=max(epsilon, 1e-12)))[:, None, None, None]
    return moved
